"""Who comes next: self-clocked fair queueing (Golestani, INFOCOM 1994) as priorities that are given once.

Each agency has a line of its own for urgent work, pictures, short and long media. Work carries tags: it starts where
its predecessor in the line finishes, but never before the clock of its queue, which stands where the work that was
begun last finishes. The smallest finish goes first. So an agency that brings 5,000 films has tags far ahead, and
whoever comes with one film is behind one film of each line, not behind 5,000.

Urgency and pictures are head starts in seconds, not bands above all others. Every piece of work that is begun moves the
clock on, and later work starts no earlier than the clock, so whatever waits is overtaken only by what the head starts
cover: nothing starves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from assets.models.processing import QueuedWork
from assets.states import Kind

Line = QueuedWork.Line

HOUR: Final = 3600.0
URGENT: Final = 3
"""IPTC urgency from here down has a line of its own, and pre-empts background work."""
HEAD_STARTS: Final[Mapping[int, float]] = MappingProxyType(
    {1: 72 * HOUR, 2: 48 * HOUR, 3: 24 * HOUR, 4: HOUR, 5: 0.0, 6: -HOUR, 7: -2 * HOUR, 8: -4 * HOUR}
)
"""Seconds by IPTC urgency."""
PICTURE_HEAD_START: Final = 6 * HOUR
"""Where one worker does all, photos go before films until the films have waited this long."""
SHORT_COST: Final = 300.0
"""Seconds of work up to which media counts as short."""
PICTURES: Final = frozenset({Kind.PHOTO, Kind.INFOGRAPHIC})
EPOCH: Final = 1_767_225_600.0
"""2026-01-01, from which priorities count down; 32 bits of seconds last until 2094."""
LOWEST: Final = -2_000_000_000
BACKGROUND: Final = -2_100_000_000
"""The priority of work that only fills idle slots: below all that a tag can become."""


@dataclass(frozen=True, kw_only=True)
class Tags:
    """Where a piece of work begins and ends on its queue's clock, in seconds since 1970."""

    start: float
    finish: float


def line_of(*, kind: str, urgency: int, cost: float) -> QueuedWork.Line:
    """The line of its agency that work of ``cost`` seconds joins."""
    if urgency <= URGENT:
        return Line.URGENT
    if kind in PICTURES:
        return Line.PICTURES
    return Line.SHORT if cost <= SHORT_COST else Line.LONG


def clock_of(*, reading: float | None, waits: bool, now: float) -> float:
    """The clock of a queue for work that joins it at ``now``: its ``reading`` while anything else waits in it, else a
    new busy period begins. None: nothing was ever begun."""
    return reading if waits and reading is not None else now


def tags_of(*, clock: float, line_finish: float | None, cost: float) -> Tags:
    """The tags of work that joins a line whose last waiting work finishes at ``line_finish`` (None: nothing waits)."""
    start = clock if line_finish is None else max(clock, line_finish)
    return Tags(start=start, finish=start + cost)


def priority_of(finish: float, *, kind: str, urgency: int) -> int:
    """The queue's priority (larger goes first) of work with this finish tag; always below 0, where letters and
    maintenance are, and above :data:`BACKGROUND`."""
    head_start = HEAD_STARTS[urgency] + (PICTURE_HEAD_START if kind in PICTURES else 0.0)
    return max(LOWEST, min(-round(finish - head_start - EPOCH), -100))
