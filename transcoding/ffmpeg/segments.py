"""Where fragments and segments begin, the same in every rung. Pure.

A fragment begins with a keyframe; a segment is one fragment or more. Both rules look only at times, so that rungs whose
keyframes lie at the same times are cut at the same times.
"""

from collections.abc import Sequence
from fractions import Fraction

LEAST_FRAGMENT = Fraction(199, 100)
"""Seconds from one fragment to the next at the least: two, less the rounding of clocks."""
LEAST_SEGMENT = Fraction(399, 100)


def begin_at_least(times: Sequence[Fraction], distance: Fraction) -> tuple[Fraction, ...]:
    """Of ascending ``times`` (seconds) the first, and each that is at least ``distance`` behind the last one taken."""
    taken = [*times[:1]]
    for time in times[1:]:
        if time - taken[-1] >= distance:
            taken.append(time)
    return tuple(taken)


def distances(times: Sequence[Fraction], end: Fraction) -> list[Fraction]:
    """From each of ``times`` to the next one, from the last to ``end``."""
    return [after - before for before, after in zip(times, [*times[1:], end], strict=True)]
