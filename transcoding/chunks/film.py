"""What every worker on a film must know of it, and where its parts lie in the store. Pure."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from transcoding.ffmpeg.content import Fitted
from transcoding.ffmpeg.ladder import LadderPlan
from transcoding.ffmpeg.probe import Admitted
from transcoding.results import ProcessingResult

FOLDER: Final = "chunks/"
"""Below an attempt's prefix; nothing in it outlives the film's joining."""


@dataclass(frozen=True, kw_only=True)
class Film:
    """``format``: the demuxer that our sniffing found. ``fitted``: the plan, without the levels of its sound, which are
    measured by whoever encodes it. ``not_copied``: why its own stream is not the largest rung."""

    format: str
    admitted: Admitted
    fitted: Fitted
    not_copied: str

    @property
    def plan(self) -> LadderPlan:
        return self.fitted.plan


class CannotChunk(Exception):
    """The film does not come out of its chunks as it would in one piece: it is to be encoded whole. ``code`` is the
    attempt's then."""

    code: Final = "encoded_whole"


def told(result: ProcessingResult, *, chunks: int, not_chunked: str) -> ProcessingResult:
    """The result, whose facts say in how many chunks a film was encoded, or why in one piece."""
    video = result.facts.get("video")
    if not video:
        return result
    return replace(result, facts={**result.facts, "video": {**video, "chunks": chunks, "not_chunked": not_chunked}})


def source_key(prefix: str, number: int) -> str:
    """Where the packets of one chunk lie; ``prefix`` is the attempt's."""
    return f"{prefix}{FOLDER}{number:05d}/source.nut"


def result_key(prefix: str, part: str, number: int, run: UUID, name: str) -> str:
    """Where one run put the rung or sound ``name`` of a chunk."""
    return f"{prefix}{FOLDER}{part}/{number:05d}/{run}/{name}.mp4"
