"""The media matrix: what one source is made of and what must come of it. Everything is written by ffmpeg's generators.

Every picture shows red, green, blue and white corners around something that moves; every sound is a tone. So a case
need only say what is unusual in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

UPRIGHT = "RGBW"
"""Corners as they are read: the upper two from the left, then the lower two."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What is drawn. Pixels, pictures per second, seconds; ``filters`` behind the drawing."""

    width: int = 128
    height: int = 72
    rate: str = "25"
    seconds: float = 1.0
    filters: str = ""


@dataclass(frozen=True, kw_only=True)
class Tone:
    """What is heard: ``channels`` is ffmpeg's name of a layout or expression for ``aformat``; Hz, seconds."""

    layout: str = "stereo"
    rate: int = 48_000
    seconds: float = 1.0
    hertz: int = 440


@dataclass(frozen=True, kw_only=True)
class Right:
    """What comes out of a source that ends right.

    ``size``: of the largest rung. ``rate``, ``seconds`` and ``pictures`` of it; ``slack``: pictures that may be more or
    less, where the source's clock is too coarse to say. ``corners``: empty where colours are not kept. ``tolerance``:
    of a colour's parts, 0 to 255. ``channels``: of each track.
    """

    size: tuple[int, int] | None = (128, 72)
    rate: Fraction = Fraction(25)
    seconds: float = 1.0
    pictures: int = 25
    slack: int = 0
    corners: str = UPRIGHT
    tolerance: int = 24
    channels: tuple[int, ...] = (2,)
    facts: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """One source. ``args`` stand behind the inputs, ``{folder}`` in them is where ``text.srt`` and ``chapters.txt``
    lie; ``suffix`` chooses the container; ``finish`` goes over the file. ``ends``: what comes of it, or the code of
    its refusal.
    """

    group: str
    name: str
    suffix: str
    args: tuple[str, ...]
    ends: Right | str
    picture: Picture | None = Picture()
    tones: tuple[Tone, ...] = (Tone(),)
    finish: Callable[[Path], None] | None = None
    kind: str = "video"

    @property
    def id(self) -> str:
        return f"{self.group}: {self.name}"


def covering(cases: Sequence[Case]) -> set[str]:
    """The ids of one case from the middle of each group, and of one that ends right in each container besides."""
    groups = {case.group: [each for each in cases if each.group == case.group] for case in cases}
    taken = [group[len(group) // 2] for group in groups.values()]
    brought = {case.suffix for case in taken}
    others = {case.suffix: case for case in cases if isinstance(case.ends, Right) and case.suffix not in brought}
    return {case.id for case in (*taken, *others.values())}
