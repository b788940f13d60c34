"""The packets of a picture as ffmpeg lists them: when each is shown, and which can be begun with. Pure.

Kept in flat arrays: half a day at sixty pictures a second are two and a half million packets.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

UNTIMED = -(1 << 63)
"""What ffmpeg writes for a packet without a time."""


@dataclass(frozen=True, kw_only=True)
class Packets:
    """In the order they are stored. ``shown`` in ticks of ``tick`` seconds; ``sizes`` in bytes; ``sums``: a checksum of
    each one's bytes; ``keyframes``: places of those that decoding can begin with. ``changes``: of codec parameters."""

    tick: Fraction
    shown: "array[int]"
    sizes: "array[int]"
    sums: "array[int]"
    keyframes: tuple[int, ...]
    changes: bool = False
    _least_after: "array[int]" = field(default_factory=lambda: array("q"), repr=False)

    def last_shown_by(self, seconds: Fraction) -> int:
        """The place behind the last packet that is shown at ``seconds`` or earlier."""
        return bisect_right(self._least_after, int(seconds / self.tick))

    def keyframe_by(self, seconds: Fraction) -> int | None:
        """The place of the last keyframe that is shown at ``seconds`` or earlier."""
        found = bisect_right(self.keyframes, int(seconds / self.tick), key=lambda place: self.shown[place])
        return self.keyframes[found - 1] if found else None

    def seconds(self, place: int) -> Fraction:
        return self.shown[place] * self.tick

    @property
    def end(self) -> Fraction:
        """When the last picture begins to be shown, in seconds."""
        return max(self.shown) * self.tick

    def holds(self, part: "Packets", *, first: int, end: int) -> bool:
        """Whether ``part`` is a run of these very packets from a keyframe on, with at least those from ``first`` to
        before ``end``.

        The pictures that lead up to its first keyframe may have other times, if earlier ones: a reader that begins in
        the middle guesses when they are decoded, and they are not shown.
        """
        if part.tick != self.tick or part.keyframes[:1] != (0,):
            return False
        begin = part.shown[0]
        at = next((place for place in range(first, -1, -1) if self.shown[place] == begin), None)
        if at is None or at + len(part.shown) < end:
            return False
        to = at + len(part.shown)
        return (part.sizes, part.sums) == (self.sizes[at:to], self.sums[at:to]) and all(
            found == told or (found < begin and told < begin)
            for found, told in zip(part.shown, self.shown[at:to], strict=True)
        )


def parse_packets(lines: Iterable[str]) -> Packets:
    """What ffmpeg's ``framecrc`` wrote of one stream. Raises ``ValueError`` where it is something else."""
    tick, changes, keyframes = Fraction(1), False, []
    shown, sizes, sums = array("q"), array("Q"), array("Q")
    for line in lines:
        if line.startswith("#tb 0:"):
            tick = Fraction(line.partition(":")[2].strip())
        elif line.strip() and not line.startswith("#"):
            _, _, time, _, size, checksum, *marks = (word.strip() for word in line.split(","))
            if not any(mark.startswith("F=") for mark in marks):
                keyframes.append(len(shown))
            changes = changes or (len(shown) > 0 and _changes(marks))
            shown.append(int(time))
            sizes.append(int(size))
            sums.append(int(checksum, 16))
    return Packets(
        tick=tick,
        shown=shown,
        sizes=sizes,
        sums=sums,
        keyframes=tuple(keyframes),
        changes=changes,
        _least_after=_least_after(shown),
    )


def _changes(marks: Sequence[str]) -> bool:
    """Whether a packet brings along more than a byte of side data: MPEG-TS tells its stream's number with each."""
    told = next((place for place, mark in enumerate(marks) if mark.startswith("S=")), len(marks))
    return any(int(size) > 1 for size in marks[told + 1 :] if not size.startswith("0x"))


def _least_after(shown: "array[int]") -> "array[int]":
    """Of each packet the earliest time among it and all behind it; never falls."""
    least = array("q", shown)
    for place in range(len(least) - 2, -1, -1):
        least[place] = min(least[place], least[place + 1])
    return least
