"""A long film is planned by the run that verified it, and cut by stream copy: each chunk is queued as soon as its
packets are in the store."""

import hashlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from django.conf import settings

from assets.storage import get_store
from transcoding.attempts import Begun
from transcoding.chunks import rows
from transcoding.chunks.film import CannotChunk, Film, source_key
from transcoding.chunks.packets import Packets, parse_packets
from transcoding.chunks.plan import ROOM, Chunk, plan_chunks, why_not_cut, why_whole
from transcoding.ffmpeg import commands, limits
from transcoding.ffmpeg.commands import Source
from transcoding.ffmpeg.ladder import LadderPlan
from transcoding.ffmpeg.probe import Admitted
from transcoding.ffmpeg.progress import Progress
from transcoding.ffmpeg.runner import MIB, run
from transcoding.growing.opening import show_from
from transcoding.growing.plan import Watched, plan_growing
from transcoding.growing.rows import keep_renditions
from transcoding.video.encode import plan_film
from transcoding.video.fitting import fit_to_content
from transcoding.video.job import Job
from transcoding.video.meter import Meter
from transcoding.video.repackage import judge_source
from transcoding.watch import RunWatch, persistently

SEEK_SLACK: Final = 0.0005
"""Seconds, so that rounding never makes a seek miss the keyframe that it is for."""
MEDIA_TYPE: Final = "application/octet-stream"
_NAME = "source.nut"


@dataclass(frozen=True, kw_only=True)
class _Cutting:
    """One film under the knife."""

    begun: Begun
    job: Job
    admitted: Admitted
    plan: LadderPlan
    packets: Packets


def cut_film(
    begun: Begun, watch: RunWatch, source: Source, admitted: Admitted, *, folder: Path, watched: Watched
) -> str:
    """Cut a film and queue its chunks and its sound. Where it is to be encoded whole nothing is queued, and the answer
    is why; empty once everything is queued. Its beginning is shown first, where it is not yet.

    Raises :class:`CannotChunk` where the source does not give the same packets again, what the store and the database
    raise, and :class:`~transcoding.ffmpeg.runner.ProcessingCancelled`.
    """
    video, plan = plan_film(admitted)
    reason = why_whole(video, admitted.duration, above=settings.CHUNKED_ABOVE.total_seconds())
    if not reason and persistently(lambda: rows.was_given_up(begun)):
        reason = "given_up"
    if reason:
        return reason
    watch.stage("cutting")
    watch.found(admitted.duration, plan.rungs[0].height)
    job = Job(source=source, folder=folder, meter=Meter(watch.percent), cancelled=watch.cancelled)
    verdict = judge_source(job, admitted, plan)
    if verdict.points:
        return "copied"
    packets = list_packets(job, admitted, plan)
    if packets is None:
        return "unreadable"
    if reason := why_not_cut(packets):
        return reason
    if not watched.is_shown:
        show_from(source, admitted, plan, watched, folder=folder, cancelled=watch.cancelled)
    fitted = fit_to_content(job, video, plan, duration=admitted.duration)
    plan = fitted.plan
    cut = plan_chunks(packets, plan, seconds=settings.CHUNK_SECONDS)
    if cut.reason:
        return cut.reason
    film = Film(format=source.format, admitted=admitted, fitted=fitted, not_copied=verdict.reason)
    persistently(lambda: rows.begin_film(begun, film, pictures=len(cut.chunks)))
    persistently(lambda: keep_renditions(begun, [each.name for each in plan_growing(plan)]))
    cutting = _Cutting(begun=begun, job=job, admitted=admitted, plan=plan, packets=packets)
    for done, chunk in enumerate(cut.chunks, start=1):
        _hand_out(cutting, chunk)
        job.meter.reach(100 * done / len(cut.chunks))
    persistently(lambda: rows.end_cutting(begun))
    return ""


def list_packets(job: Job, admitted: Admitted, plan: LadderPlan) -> Packets | None:
    """Every packet of the picture; None where they cannot be read."""
    bounds = limits.listing_bounds(admitted.description.size, pictures=admitted.duration * float(plan.rate))
    with tempfile.TemporaryDirectory(dir=job.folder, prefix=".scratch-") as scratch:
        args = commands.packets_args(job.source, plan.video_index, folder=PurePosixPath(scratch).name)
        ended = run("ffmpeg", args, bounds=bounds, folder=job.folder, on_progress=_ignore, cancelled=job.cancelled)
        return _read(Path(scratch)) if ended.ok else None


def _hand_out(cutting: _Cutting, chunk: Chunk) -> None:
    rate = cutting.plan.rate
    seek = float(chunk.seek) + SEEK_SLACK if chunk.begin else 0.0
    until = None if chunk.end is None else float(chunk.end / rate + 2 * ROOM)
    found = cut_out(cutting.job, cutting.admitted, cutting.plan, seek=seek, until=until)
    if not cutting.packets.holds(found, first=chunk.begin, end=chunk.until):
        raise CannotChunk(f"chunk {chunk.number} does not hold the packets that were listed")
    path = cutting.job.folder / _NAME
    checksum = sha256_of(path)
    get_store().put_file(source_key(cutting.begun.prefix, chunk.number), path, media_type=MEDIA_TYPE)
    path.unlink()
    persistently(lambda: rows.add_chunk(cutting.begun, chunk, seek=seek, until=until, sha256=checksum))


def cut_out(job: Job, admitted: Admitted, plan: LadderPlan, *, seek: float, until: float | None) -> Packets:
    """Write the packets between two times into ``source.nut`` of the job's folder; they are listed in the answer."""
    size = admitted.description.size
    bounds = replace(limits.counting_bounds(size), file_size=size + 64 * MIB)
    with tempfile.TemporaryDirectory(dir=job.folder, prefix=".scratch-") as scratch:
        folder = PurePosixPath(scratch).name
        args = commands.cut_args(job.source, plan.video_index, seek=seek, until=until, name=_NAME, folder=folder)
        ended = run("ffmpeg", args, bounds=bounds, folder=job.folder, on_progress=_ignore, cancelled=job.cancelled)
        if not ended.ok:
            raise CannotChunk("a part of the film cannot be copied out of it")
        return _read(Path(scratch))


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(folder: Path) -> Packets:
    with (folder / commands.PACKETS_FILE).open(encoding="ascii", errors="replace") as lines:
        return parse_packets(lines)


def _ignore(_: Progress) -> None:
    """Copying takes moments beside the encoding that follows."""
