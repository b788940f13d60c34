"""The chunks of a film become its rungs: one header and every fragment in order, byte by byte; nothing is decoded."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from assets.storage.base import ObjectMissing
from transcoding.chunks.film import CannotChunk, Film, result_key
from transcoding.chunks.rows import Done, Joining
from transcoding.chunks.stored import Unreadable, from_json
from transcoding.fetching import read_original
from transcoding.ffmpeg.fragments import read_fragments
from transcoding.ffmpeg.runner import ProcessingCancelled
from transcoding.video.encode import Ladder, TrackLevel, check_whole, package_all
from transcoding.video.job import Job
from transcoding.video.packaging import MEDIA, PIECE, Packaged

Cancelled = Callable[[], bool]


class ChunksLost(Exception):
    """What these chunks made is not in the store any more, or not what was put there."""

    def __init__(self, chunks: Sequence[Done]) -> None:
        super().__init__(f"{len(chunks)} chunks are lost")
        self.chunks = chunks


def fetch_ladder(joining: Joining, job: Job, on_percent: Callable[[int], None]) -> Ladder:
    """The whole ladder in the job's folder, as if one run had encoded it.

    Raises :class:`ChunksLost`, :class:`CannotChunk` where the parts do not fit each other, and
    :class:`~transcoding.ffmpeg.runner.ProcessingCancelled`.
    """
    film, lost = joining.film, {}
    parts = [*joining.pictures, *([joining.sound] if joining.sound else [])]
    for number, done in enumerate(parts, start=1):
        for name, checksum in done.files.items():
            if not _append(joining, done, name, checksum, job):
                lost[done.chunk_id] = done
        on_percent(100 * number // len(parts))
    if lost:
        raise ChunksLost(tuple(lost.values()))
    levels = _levels(joining.sound) if joining.sound else ()
    plan = replace(film.plan, audio=tuple(level.plan for level in levels))
    rungs, sounds = package_all(job, plan.rungs, plan.audio)
    _require_gapless(film, rungs)
    check_whole(film.admitted, rungs, sounds)
    return Ladder(plan=plan, rungs=rungs, sounds=sounds, levels=levels, not_copied=film.not_copied, fitted=film.fitted)


def _levels(sound: Done) -> tuple[TrackLevel, ...]:
    try:
        return from_json(tuple[TrackLevel, ...], sound.facts["levels"])
    except Unreadable as error:
        raise ChunksLost((sound,)) from error


def _append(joining: Joining, done: Done, name: str, checksum: str, job: Job) -> bool:
    """Add one stored part to its file; False where the part is lost."""
    part = job.folder / "part.mp4"
    key = result_key(joining.begun.prefix, done.part, done.number, done.run, name)
    try:
        if read_original(key, into=part, cancelled=job.cancelled).sha256 != checksum:
            return False
    except ObjectMissing:
        return False
    path = job.folder / "hls" / name / MEDIA
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    with part.open("rb") as source, path.open("r+b") as target:
        header = read_fragments(source, size=part.stat().st_size)
        if target.seek(0, os.SEEK_END) == 0:
            _copy(source, target, begin=0, cancelled=job.cancelled)
        else:
            _require_header(path, header.codec_header, name)
            _copy(source, target, begin=header.header.end, cancelled=job.cancelled)
    part.unlink()
    return True


def _require_header(path: Path, header: bytes, name: str) -> None:
    """Every part is described by the first one's header, or a decoder would be told wrong."""
    with path.open("rb") as whole:
        if whole.read(len(header)) != header:
            raise CannotChunk(f"the chunks of {name} were made by different encoders")


def _copy(source: BinaryIO, target: BinaryIO, *, begin: int, cancelled: Cancelled) -> None:
    size = os.fstat(source.fileno()).st_size
    while begin < size:
        if cancelled():
            raise ProcessingCancelled
        copied = os.sendfile(target.fileno(), source.fileno(), begin, PIECE)
        if copied == 0:
            raise OSError("the file became shorter while it was read")
        begin += copied


def _require_gapless(film: Film, rungs: Sequence[Packaged]) -> None:
    """Every rung has a keyframe at every place of the grid from the film's begin, and as many pictures as the first."""
    gop = Fraction(film.plan.gop) / film.plan.rate
    for rung, packaged in zip(film.plan.rungs, rungs, strict=True):
        if any(begin != number * gop for number, begin in enumerate(packaged.keyframes)):
            raise CannotChunk(f"the chunks of {rung.name} do not follow each other")
        if packaged.samples != -(-rungs[0].samples // rung.step):
            raise CannotChunk(f"{rung.name} has {packaged.samples} pictures where {rungs[0].samples} are shown")
