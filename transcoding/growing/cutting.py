"""From the fragments of a growing file to segments that follow what is stored already. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from transcoding.ffmpeg.fragments import ByteRange, Fragment
from transcoding.ffmpeg.segments import LEAST_SEGMENT

SLACK: Final = Fraction(1, 1000)
"""Seconds that a fragment may begin beside the end of the last one: the rounding of clocks."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """One segment: where it lies in its file, and seconds of the film."""

    range: ByteRange
    begin: Fraction
    duration: Fraction


class Cutter:
    """Joins fragments into segments. The first segment of a film is its first fragment, so that play begins early; the
    others last four seconds or more.

    ``end``: seconds of the film up to which all is cut. What lies before is passed over, so that a second file of the
    same film takes over where the first one stopped. ``lost``: the file has no fragment that begins there.
    """

    def __init__(self) -> None:
        self.end = Fraction(0)
        self.lost = False
        self._group: list[Fragment] = []

    def begin_file(self) -> None:
        """Another file of the same film follows: what was not enough for a segment is forgotten."""
        self._group, self.lost = [], False

    def feed(self, fragments: Sequence[Fragment]) -> list[Cut]:
        """The segments that ``fragments`` complete, which follow the ones fed before."""
        cuts = []
        for fragment in fragments:
            if self.lost or not self._follows(fragment):
                continue
            self._group.append(fragment)
            if self.end == 0 or self._gathered >= LEAST_SEGMENT:
                cuts.append(self._cut())
        return cuts

    def rest(self, *, whole: bool) -> list[Cut]:
        """What is left of a file: to the end of the film, or where it stops within it (``whole`` false) all but its
        last fragment, which may be cut short."""
        if not whole:
            self._group = self._group[:-1]
        return [self._cut()] if self._group else []

    @property
    def _gathered(self) -> Fraction:
        return sum((fragment.duration for fragment in self._group), Fraction(0))

    def _follows(self, fragment: Fragment) -> bool:
        ahead = fragment.begin - (self.end + self._gathered)
        self.lost = ahead > SLACK
        return abs(ahead) <= SLACK

    def _cut(self) -> Cut:
        first, last = self._group[0].range, self._group[-1].range
        cut = Cut(
            range=ByteRange(offset=first.offset, length=last.end - first.offset),
            begin=self.end,
            duration=self._group[-1].begin + self._group[-1].duration - self.end,
        )
        self.end += cut.duration
        self._group = []
        return cut
