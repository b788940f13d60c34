"""A queue with one slot, run in memory by the functions that the real one is filled with."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from assets.fairness import clock_of, line_of, priority_of, tags_of
from assets.states import Kind

NOW = 1_795_000_000.0


@dataclass(frozen=True, kw_only=True)
class Item:
    """A piece of work with its place; ``number`` counts arrivals."""

    number: int
    agency: str
    cost: float
    urgency: int
    line: str
    finish: float
    priority: int


@dataclass
class Queue:
    """``now`` moves with the work that is served, at ``speed`` seconds of work a second."""

    speed: float = 1.0
    now: float = NOW
    reading: float | None = None
    waiting: list[Item] = field(default_factory=list)
    count: int = 0

    def add(self, agency: str, *, cost: float, urgency: int = 5, kind: str = Kind.VIDEO) -> Item:
        line = line_of(kind=kind, urgency=urgency, cost=cost)
        self.reading = clock_of(reading=self.reading, waits=bool(self.waiting), now=self.now)
        before = [item.finish for item in self.waiting if (item.agency, item.line) == (agency, line)]
        tags = tags_of(clock=self.reading, line_finish=max(before, default=None), cost=cost)
        self.count += 1
        item = Item(
            number=self.count,
            agency=agency,
            cost=cost,
            urgency=urgency,
            line=line,
            finish=tags.finish,
            priority=priority_of(tags.finish, kind=kind, urgency=urgency),
        )
        self.waiting.append(item)
        return item

    def serve(self) -> Item:
        """Begin and end what comes next."""
        item = min(self.waiting, key=lambda each: (-each.priority, each.number))
        self.waiting.remove(item)
        self.reading = max(self.reading or 0.0, item.finish)
        self.now += item.cost / self.speed
        return item

    def serve_all(self) -> Iterator[Item]:
        while self.waiting:
            yield self.serve()
