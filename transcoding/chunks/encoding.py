"""One chunk of a film, encoded by whoever has taken it: the pictures of every rung, or the whole film's sound."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from assets.storage import get_store
from assets.storage.base import ObjectMissing
from permissions.errors import InfrastructureError
from transcoding.chunks.cutting import cut_out, sha256_of
from transcoding.chunks.film import CannotChunk, result_key, source_key
from transcoding.chunks.rows import Part, Taken
from transcoding.chunks.stored import to_json
from transcoding.fetching import read_original
from transcoding.ffmpeg import commands, limits
from transcoding.ffmpeg.commands import Source
from transcoding.ffmpeg.filters import Window
from transcoding.ffmpeg.fragments import FragmentedFile, FragmentError, put_at, read_fragments
from transcoding.ffmpeg.ladder import LadderPlan, Rung
from transcoding.ffmpeg.probe import diagnose
from transcoding.ffmpeg.progress import Progress
from transcoding.ffmpeg.runner import Ended, run
from transcoding.results import MediaRejected
from transcoding.scratch import require_space
from transcoding.video.encode import measure
from transcoding.video.job import SOUND_MEASURING, Job
from transcoding.video.meter import Meter
from transcoding.video.packaging import MEDIA

logger = logging.getLogger(__name__)
Cancelled = Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Made:
    """What came of a chunk. ``facts`` with the SHA-256 of each file; seconds as ffmpeg took."""

    facts: Mapping[str, Any]
    cpu_seconds: float
    wall_seconds: float


def encode(taken: Taken, folder: Path, *, cancelled: Cancelled) -> Made:
    """Encode the chunk in ``folder`` and store it under the run's own keys.

    Raises :class:`CannotChunk`, ``MediaRejected`` (sound alone), ``InfrastructureError``, ``ProcessingCancelled``.
    """
    return (_sound if taken.part == Part.SOUND else _pictures)(taken, folder, cancelled)


def _pictures(taken: Taken, folder: Path, cancelled: Cancelled) -> Made:
    plan, video = taken.film.plan, taken.film.admitted.video
    if video is None:
        raise InfrastructureError("A chunk of pictures was asked of a file without any.", code="internal")
    source = _chunk_source(taken, folder, cancelled)
    window = Window(first=taken.first, end=taken.end, rotation=video.rotation, range=video.range)
    seconds = _seconds(taken)
    bounds = limits.ladder_bounds(video, plan, duration=seconds + 2 * float(plan.gop_seconds) + plan.hold_last)
    _make_folders(folder, [rung.name for rung in plan.encoded])
    args = commands.chunk_args(source, plan, window)
    ended = run("ffmpeg", args, bounds=bounds, folder=folder, on_progress=_ignore, cancelled=cancelled)
    if not ended.ok:
        error = diagnose(source, [0], ended.evidence(folder), bounds=bounds, folder=folder, cancelled=cancelled)
        if isinstance(error, MediaRejected):
            raise CannotChunk(f"chunk {taken.number} cannot be encoded by itself: {error.message}") from error
        raise error
    _place(taken, folder)
    return _stored(taken, folder, [rung.name for rung in plan.encoded], ended, {})


def _chunk_source(taken: Taken, folder: Path, cancelled: Cancelled) -> Source:
    """The chunk's packets from the store. What was lost or altered there is cut out of the original once more."""
    path = folder / "source.nut"
    key = source_key(taken.begun.prefix, taken.number)
    try:
        if read_original(key, into=path, cancelled=cancelled).sha256 == taken.sha256:
            return Source(path=path, format="nut")
        logger.warning("the object %s is no longer what was stored; the chunk is cut again", key)
    except ObjectMissing:
        logger.warning("the object %s is gone; the chunk is cut again", key)
    job = _job(_original(taken, folder, cancelled), folder, cancelled)
    cut_out(job, taken.film.admitted, taken.film.plan, seek=taken.seek, until=taken.until)
    job.source.path.unlink()
    if sha256_of(path) != taken.sha256:
        raise CannotChunk(f"chunk {taken.number} is not the same when it is cut again")
    return Source(path=path, format="nut")


def _original(taken: Taken, folder: Path, cancelled: Cancelled) -> Source:
    path = folder / "original"
    require_space(folder, taken.begun.size)
    read = read_original(taken.begun.key, into=path, cancelled=cancelled)
    if read.sha256 != taken.begun.sha256:
        raise InfrastructureError(
            "The stored original is no longer the file that was verified: run mediacenter verify and restore it.",
            code="original_altered",
        )
    return Source(path=path, format=taken.film.format)


def _seconds(taken: Taken) -> float:
    rate = taken.film.plan.rate
    end = taken.film.admitted.duration * float(rate) if taken.end is None else taken.end
    return max(1.0, (end - taken.first) / float(rate))


def _place(taken: Taken, folder: Path) -> None:
    """Give the chunk's fragments their place in the film, once they are what was asked for."""
    plan = taken.film.plan
    found = {rung.name: _read(folder, rung.name) for rung in plan.encoded}
    largest = _samples(found[plan.encoded[0].name])
    pictures = largest if taken.end is None else taken.end - taken.first
    for rung in plan.encoded:
        _require_exact(taken, rung, found[rung.name], pictures=pictures)
        path = folder / "hls" / rung.name / MEDIA
        with path.open("r+b") as file:
            begin, number = Fraction(taken.first) / plan.rate, taken.first // plan.gop + 1
            put_at(file, size=path.stat().st_size, begin=begin, number=number)


def _require_exact(taken: Taken, rung: Rung, found: FragmentedFile, *, pictures: int) -> None:
    """Exactly the chunk's pictures at the film's rate, with a keyframe at every place of the grid and nowhere else."""
    plan: LadderPlan = taken.film.plan
    if _samples(found) != -(-pictures // rung.step):
        raise CannotChunk(f"chunk {taken.number} of {rung.name} has {_samples(found)} of {pictures} pictures")
    gop = Fraction(plan.gop) / plan.rate
    for number, fragment in enumerate(found.fragments):
        if not fragment.independent or fragment.begin != number * gop:
            raise CannotChunk(f"chunk {taken.number} of {rung.name} is not cut where the plan says")


def _samples(file: FragmentedFile) -> int:
    return sum(fragment.samples for fragment in file.fragments)


def _read(folder: Path, name: str) -> FragmentedFile:
    path = folder / "hls" / name / MEDIA
    try:
        with path.open("rb") as file:
            return read_fragments(file, size=path.stat().st_size)
    except (FileNotFoundError, FragmentError) as error:
        raise CannotChunk(f"{name} has no whole file: {error}") from error


def _sound(taken: Taken, folder: Path, cancelled: Cancelled) -> Made:
    admitted, tracks = taken.film.admitted, taken.film.plan.audio
    job = _job(_original(taken, folder, cancelled), folder, cancelled)
    levels = measure(job, admitted, tracks, stage=SOUND_MEASURING)
    plans = [level.plan for level in levels]
    names = [name for plan in plans for name in plan.names]
    _make_folders(folder, names)
    size = admitted.description.size
    bounds = limits.measuring_bounds(size, duration=admitted.duration, tracks=2 * len(plans))
    args = commands.film_sound_args(job.source, plans)
    ended = run("ffmpeg", args, bounds=bounds, folder=folder, on_progress=_ignore, cancelled=cancelled)
    if not ended.ok:
        indexes, evidence = [plan.index for plan in plans], ended.evidence(folder)
        raise diagnose(job.source, indexes, evidence, bounds=bounds, folder=folder, cancelled=cancelled)
    for name in names:
        _read(folder, name)
    return _stored(taken, folder, names, ended, {"levels": to_json(levels)})


def _stored(taken: Taken, folder: Path, names: Sequence[str], ended: Ended, facts: Mapping[str, Any]) -> Made:
    files = {}
    for name in names:
        path = folder / "hls" / name / MEDIA
        key = result_key(taken.begun.prefix, taken.part, taken.number, taken.run, name)
        get_store().put_file(key, path, media_type="video/mp4" if taken.part == Part.PICTURE else "audio/mp4")
        files[name] = sha256_of(path)
    return Made(facts={"files": files, **facts}, cpu_seconds=ended.cpu_seconds, wall_seconds=ended.wall_seconds)


def _job(source: Source, folder: Path, cancelled: Cancelled) -> Job:
    return Job(source=source, folder=folder, meter=Meter(_unheard), cancelled=cancelled)


def _make_folders(folder: Path, names: Sequence[str]) -> None:
    for name in names:
        (folder / "hls" / name).mkdir(parents=True, exist_ok=True)


def _ignore(_: Progress) -> None:
    """A film's progress is the share of its chunks that are done."""


def _unheard(_: int) -> None:
    """As :func:`_ignore`."""
