"""Which renditions of a ladder grow before the eyes of those who wait for it. Pure."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Protocol, Self

from transcoding.ffmpeg.ladder import LadderPlan, Rung

LOW_SIDE: Final = 360
CONTAINER_SHARE: Final = Fraction(11, 10)
"""What fragments of few bits may add to them."""


@dataclass(frozen=True, kw_only=True)
class GrowingRendition:
    """One rung or one sound by the name of its folder; ``bandwidth`` in bits per second, as planned.

    Of a picture ``width``, ``height`` and ``rate``, of a sound ``channels`` and ``language`` are said. ``codec`` (RFC
    6381) is empty until its first fragment is there.
    """

    name: str
    bandwidth: int
    width: int | None = None
    height: int | None = None
    rate: Fraction | None = None
    channels: int = 0
    language: str = ""
    codec: str = ""

    @property
    def media_type(self) -> str:
        return "video/mp4" if self.width else "audio/mp4"

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"rate": str(self.rate) if self.rate else None}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        return cls(**{**values, "rate": Fraction(values["rate"]) if values["rate"] else None})


class Watched(Protocol):
    """Whoever is told of the files that an encoder writes."""

    @property
    def is_shown(self) -> bool:
        """Whether anything of the film can be watched already, or need not be."""

    def following(
        self, folder: Path, renditions: Sequence[GrowingRendition], *, duration: float, whole: bool = True
    ) -> AbstractContextManager[None]:
        """While inside, ``hls/{name}/media.mp4`` below ``folder`` is written for each rendition, of a film of
        ``duration`` seconds: all of it, or with ``whole`` false its beginning, which is noted before this ends. Leaving
        without an exception says that the files are finished."""


class Unwatched:
    """Nobody waits."""

    is_shown = True

    def following(
        self,
        folder: Path,  # noqa: ARG002 - the protocol's
        renditions: Sequence[GrowingRendition],  # noqa: ARG002
        *,
        duration: float,  # noqa: ARG002
        whole: bool = True,  # noqa: ARG002
    ) -> AbstractContextManager[None]:
        return nullcontext()


def growing_rungs(rungs: Sequence[Rung]) -> tuple[Rung, ...]:
    """The lean rung where there is one, and the largest plain one of at most 360 lines, or else the smallest."""
    plain = [rung for rung in rungs if not rung.lean]
    low = [rung for rung in plain if min(rung.width, rung.height) <= LOW_SIDE]
    return (*(rung for rung in rungs if rung.lean), *(low or plain[-1:])[:1])


def plan_growing(plan: LadderPlan) -> tuple[GrowingRendition, ...]:
    """The renditions that grow: the smallest picture first, then the main sound."""
    pictures = [
        GrowingRendition(
            name=rung.name,
            bandwidth=_with_container(rung.maxrate),
            width=rung.width,
            height=rung.height,
            rate=plan.rate / rung.step,
        )
        for rung in growing_rungs(plan.rungs)
    ]
    sounds = [
        GrowingRendition(
            name=track.name,
            bandwidth=_with_container(track.bitrate),
            channels=track.channels,
            language=track.language,
        )
        for track in plan.audio[:1]
    ]
    return (*pictures, *sounds)


def carried_on(shown: Sequence[GrowingRendition], made: Sequence[GrowingRendition]) -> tuple[GrowingRendition, ...]:
    """Those of ``shown`` that go on as ``made``, whose bits may be others; none where no picture, or no sound, is left
    of what was."""
    shapes = {(each.name, each.width, each.height, each.rate, each.channels) for each in made}
    kept = tuple(each for each in shown if (each.name, each.width, each.height, each.rate, each.channels) in shapes)
    kinds = {each.media_type for each in shown}
    return kept if {each.media_type for each in kept} == kinds == {each.media_type for each in made} else ()


def _with_container(kilobits: int) -> int:
    return int(1000 * kilobits * CONTAINER_SHARE)
