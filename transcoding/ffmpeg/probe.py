"""Looking into a user's file: ffprobe for its description, a count of packets where the header cannot be trusted."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from permissions.errors import InfrastructureError
from transcoding.ffmpeg import admission, limits
from transcoding.ffmpeg.commands import Source, count_args, decode_args, probe_args, read_args
from transcoding.ffmpeg.description import AudioStream, MediaDescription, VideoStream, parse_description
from transcoding.ffmpeg.failures import Evidence, explain, needs_decode_test
from transcoding.ffmpeg.progress import Progress
from transcoding.ffmpeg.runner import Bounds, Ended, run
from transcoding.results import MediaRejected

Cancelled = Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """A file that may be processed: its description, the streams chosen, and its duration in seconds.

    ``tracks``: every sound track that is kept, the main one (``audio``) first.
    """

    description: MediaDescription
    video: VideoStream | None
    audio: AudioStream | None
    duration: float
    tracks: tuple[AudioStream, ...] = ()

    @property
    def indexes(self) -> list[int]:
        return [stream.index for stream in (self.video, *self.tracks) if stream is not None]


def describe(source: Source, *, folder: Path, cancelled: Cancelled = lambda: False) -> MediaDescription:
    """What ffprobe says of ``source``. Raises :class:`MediaRejected` where it is not what it was sniffed as."""
    admission.check_format(source.format)
    if not source.path.is_absolute() or not source.path.is_file():
        raise InfrastructureError("The file to process is not on this machine's disk.", code="source_missing")
    ended = run("ffprobe", probe_args(source), bounds=limits.PROBE, folder=folder, cancelled=cancelled)
    if not ended.ok:
        raise _why_unreadable(source, ended, folder=folder, cancelled=cancelled)
    description = parse_description(json.loads(ended.stdout))
    return replace(description, size=source.path.stat().st_size)


def admit(source: Source, *, kind: str, folder: Path, cancelled: Cancelled = lambda: False) -> Admitted:
    """Describe ``source`` and hold it to every cap for an asset of ``kind``; raises :class:`MediaRejected`."""
    description = describe(source, folder=folder, cancelled=cancelled)
    video, audio = admission.choose_streams(description, kind=kind)
    if admission.needs_counting(description):
        indexes = [stream.index for stream in (video, audio) if stream is not None]
        description = _counted(source, description, indexes, folder=folder, cancelled=cancelled)
        video, audio = admission.choose_streams(description, kind=kind)
    duration = admission.check_duration(description, kind=kind)
    tracks = admission.choose_tracks(description)
    return Admitted(description=description, video=video, audio=audio, duration=duration, tracks=tracks)


def _counted(
    source: Source, description: MediaDescription, indexes: list[int], *, folder: Path, cancelled: Cancelled
) -> MediaDescription:
    bounds = limits.counting_bounds(description.size)
    args = count_args(source, indexes)
    ended = run("ffmpeg", args, bounds=bounds, folder=folder, on_progress=_ignore, cancelled=cancelled)
    if not ended.ok:
        raise _why_unreadable(source, ended, folder=folder, cancelled=cancelled)
    return description.measured(seconds=ended.last.seconds or 0.0, frames=ended.last.frame)


def diagnose(
    source: Source, indexes: list[int], evidence: Evidence, *, bounds: Bounds, folder: Path, cancelled: Cancelled
) -> MediaRejected | InfrastructureError:
    """The error for a failed run on ``source``; decodes it by itself where only that tells whose fault it is."""
    if needs_decode_test(evidence):
        args = decode_args(source, indexes)
        ended = run("ffmpeg", args, bounds=bounds, folder=folder, on_progress=_ignore, cancelled=cancelled)
        came_out = ended.last.frame > 0 or bool(ended.last.seconds)
        evidence = replace(evidence, input_decodes=ended.ok and came_out)
    return explain(evidence)


def _why_unreadable(
    source: Source, ended: Ended, *, folder: Path, cancelled: Cancelled
) -> MediaRejected | InfrastructureError:
    """The error for a file that ffprobe could not describe. It opens every codec; reading packets opens none."""
    error = explain(ended.evidence(folder, input_decodes=False))
    if error.reason != "undecodable":
        return error
    bounds = limits.counting_bounds(source.path.stat().st_size)
    read = run("ffmpeg", read_args(source), bounds=bounds, folder=folder, on_progress=_ignore, cancelled=cancelled)
    if read.ok and (read.last.frame or read.last.seconds):
        return MediaRejected(
            "The file is whole but uses a codec that is not supported. Export it as H.264 or HEVC with AAC in MP4.",
            code="codec_not_supported",
        )
    return MediaRejected(
        "This file cannot be opened as the kind that its first bytes announce: it is cut off, damaged or not a media "
        "file. Play it on your machine, export it again and upload that.",
        code="unreadable_media",
    )


def _ignore(_: Progress) -> None:
    """The last report is in the result; nobody waits for the ones before."""
