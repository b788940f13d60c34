"""What there is to watch of a version that is still being processed, and where its files are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from assets.models import AssetVersion, GrowingStream, ProcessingAttempt
from assets.states import VersionState

FOLDER: Final = "live"
"""Below the prefix of an attempt."""
MASTER: Final = f"{FOLDER}/master.m3u8"
PLAYLIST: Final = "index.m3u8"
TOLERANCE: Final = 1000
"""Microseconds that two segments may be apart and still follow each other: the rounding of clocks."""
_UNFINISHED: Final = (VersionState.RECEIVED, VersionState.PROCESSING)


@dataclass(frozen=True, kw_only=True)
class Span:
    """From ``begin`` on, ``duration`` long; microseconds of the film. ``header`` names what a player needs before it:
    encoders that were told otherwise write others. ``digest`` is of its own bytes: who makes it again may make others.
    """

    begin: int
    duration: int
    header: str = ""
    digest: str = ""

    @property
    def end(self) -> int:
        return self.begin + self.duration


def header_name(header: str) -> str:
    """The file that a player needs before a segment with this ``header``."""
    return f"init-{header}.mp4"


def header_path(rendition: str, header: str) -> str:
    """Below the attempt's prefix."""
    return f"{FOLDER}/{rendition}/{header_name(header)}"


def segment_name(span: Span) -> str:
    """The file of the segment."""
    return f"{span.begin:012d}-{span.digest}.mp4"


def segment_path(rendition: str, span: Span) -> str:
    """Below the attempt's prefix."""
    return f"{FOLDER}/{rendition}/{segment_name(span)}"


def without_holes(spans: Iterable[Span]) -> Sequence[Span]:
    """Those that follow each other from the film's beginning on. What is behind a hole waits until that is filled; what
    is shown already (the parts of two that made the same) is passed over."""
    found: list[Span] = []
    end = 0
    for span in sorted(spans, key=lambda span: span.begin):
        if span.begin < end - TOLERANCE:
            continue
        if span.begin > end + TOLERANCE:
            break
        found.append(span)
        end = span.end
    return found


def growing_of(version: AssetVersion | None) -> GrowingStream | None:
    """The stream that can be watched while the version is processed; None before its first pictures and afterwards. For
    those who follow the work on it: others are shown whole sets."""
    if version is None or version.state not in _UNFINISHED or version.attempt is None:
        return None
    return GrowingStream.objects.filter(
        attempt=version.attempt, attempt__version=version, attempt__state=ProcessingAttempt.State.RUNNING
    ).first()
