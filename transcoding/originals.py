"""One door to the processors: the family that the bytes were sniffed to be decides which one runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from transcoding.ffmpeg.probe import Admitted
from transcoding.ffmpeg.runner import ProcessingCancelled
from transcoding.growing.plan import Unwatched, Watched
from transcoding.pictures.process import process_picture
from transcoding.pictures.wanted import Wanted
from transcoding.results import ProcessingResult
from transcoding.retry import Stopped
from transcoding.sandbox import Interrupted
from transcoding.sniff import Family, Sniffed
from transcoding.video.process import process_media


@dataclass(frozen=True, kw_only=True)
class Original:
    """A verified file and what it is. ``kind`` is the asset's; ``output`` an existing, empty folder for renditions;
    ``wanted`` is for pictures, ``admitted`` what was found in a film that was looked into already; ``on_found`` is told
    what a film or sound is (``transcoding/video/job.py``), ``watched`` of a film's files while they are written."""

    path: Path
    sniffed: Sniffed
    kind: str
    output: Path
    wanted: Wanted = field(default_factory=Wanted)
    admitted: Admitted | None = None
    on_found: Callable[[float, int], None] = lambda seconds, height: None  # noqa: ARG005 - nobody asked
    watched: Watched = field(default_factory=Unwatched)


class Processor(Protocol):
    """``on_progress`` gets rising percents; ``cancelled`` is polled. Raises as :func:`process_original`."""

    def __call__(
        self, original: Original, *, on_progress: Callable[[int], None], cancelled: Callable[[], bool]
    ) -> ProcessingResult: ...


def _picture(
    original: Original, *, on_progress: Callable[[int], None], cancelled: Callable[[], bool]
) -> ProcessingResult:
    return process_picture(
        original.path,
        sniffed=original.sniffed,
        kind=original.kind,
        workdir=original.output,
        on_progress=on_progress,
        cancelled=cancelled,
        wanted=original.wanted,
    )


def _media(
    original: Original, *, on_progress: Callable[[int], None], cancelled: Callable[[], bool]
) -> ProcessingResult:
    return process_media(
        original.path,
        ffmpeg_format=original.sniffed.ffmpeg_format or "",
        kind=original.kind,
        workdir=original.output,
        on_progress=on_progress,
        cancelled=cancelled,
        admitted=original.admitted,
        on_found=original.on_found,
        watched=original.watched,
    )


PROCESSORS: Mapping[Family, Processor] = {"picture": _picture, "video": _media, "audio": _media}


def process_original(
    original: Original, *, on_progress: Callable[[int], None], cancelled: Callable[[], bool]
) -> ProcessingResult:
    """Renditions (in ``original.output``), facts and metadata of one original.

    Raises ``MediaRejected`` (final for this file), ``InfrastructureError`` (try again), or :class:`Stopped` once
    ``cancelled`` said so; no process is left either way.
    """
    try:
        return PROCESSORS[original.sniffed.family](original, on_progress=on_progress, cancelled=cancelled)
    except (ProcessingCancelled, Interrupted) as error:
        raise Stopped("The worker is stopping.") from error
