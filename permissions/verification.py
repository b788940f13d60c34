"""Checks the record: makes every digest and every link again and says what is not as it was written.

Reads only. What it can prove and what it cannot: ``docs/operations.md``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from django.db import connection, transaction

from permissions.audit_digests import BEGINNING, COLUMNS, GROUPS, SEALED_AT, SIZE, Link, event_digests, event_hash

CHUNK: Final = 2000

_EVENT: Final = f"event.id::text, event.digests, {', '.join(COLUMNS)}"
SEALED: Final = f"""
SELECT seal.sequence, seal.event_id::text, seal.event_hash, seal.previous, {SEALED_AT}, seal.hash, {_EVENT}
  FROM permissions_auditseal AS seal
  LEFT JOIN permissions_auditevent AS event ON event.id = seal.event_id
 WHERE seal.sequence >= %s
 ORDER BY seal.sequence
"""  # noqa: S608 - of constants
UNSEALED: Final = f"""
SELECT pending.event_id::text, {_EVENT}
  FROM permissions_auditevent AS event
  LEFT JOIN permissions_auditseal AS seal ON seal.event_id = event.id
  FULL JOIN permissions_auditpending AS pending ON pending.event_id = event.id
 WHERE seal.event_id IS NULL
"""  # noqa: S608 - of constants
LOWEST: Final = -(2**63)


class Damage(StrEnum):
    """What can be wrong with a row of the record."""

    EVENT_ALTERED = "event_altered"
    EVENT_MISSING = "event_missing"
    EVENT_UNKNOWN = "event_unknown"
    SEAL_ALTERED = "seal_altered"
    SEAL_MISSING = "seal_missing"
    HEAD_UNKNOWN = "head_unknown"


@dataclass(frozen=True, kw_only=True)
class Discrepancy:
    """``parts`` are the groups of columns of an event (``what``, ``who``, ``where``, ``data``, ``digests``), or the
    columns of a seal, one of which was altered. ``seal`` is a sequence number, with ``until`` for a run of them."""

    damage: Damage
    seal: int | None = None
    until: int | None = None
    event: str | None = None
    parts: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Tally:
    """Counted while :func:`verify` runs. ``waiting`` events have no seal yet, as is normal for some seconds."""

    seals: int = 0
    waiting: int = 0
    head: str = f"0:{BEGINNING.hex()}"


@dataclass(frozen=True)
class _Event:
    """An event as it is stored, or None in ``id`` where there is none."""

    id: str | None
    digests: bytes
    texts: tuple[str | None, ...]

    @property
    def altered(self) -> tuple[str, ...]:
        """The groups that do not have their digest."""
        made = event_digests(self.texts)
        if len(self.digests) != SIZE * len(GROUPS):
            return ("digests",)
        places = range(0, len(self.digests), SIZE)
        return tuple(name for name, at in zip(made, places, strict=True) if self.digests[at : at + SIZE] != made[name])

    @property
    def hash(self) -> bytes:
        """As its digests have it."""
        return event_hash(self.digests)

    @property
    def hash_of_columns(self) -> bytes:
        return event_hash(b"".join(event_digests(self.texts).values()))


@dataclass(frozen=True)
class _Seal:
    link: Link
    hash: bytes
    event: _Event

    @property
    def holds(self) -> bool:
        return self.link.hash == self.hash


def verify(
    *, tally: Tally, begin: int | None = None, head: str = "", on_seal: Callable[[int], object] = lambda _: None
) -> Iterator[Discrepancy]:
    """Everything that is wrong with the record, in the order of the chain.

    ``begin`` is the first seal to check; what it follows is then believed. ``head`` is a hash of the chain that was
    kept elsewhere, with or without ``sequence:`` before it: it must be found among the seals that are checked.
    """
    number, _, wanted = head.rpartition(":")
    chain = _Chain(begin)
    found = not head
    for seal in _sealed(LOWEST if begin is None else begin):
        yield from chain.add(seal)
        found |= seal.hash.hex() == wanted.lower() and number in {"", str(seal.link.sequence)}
        tally.seals += 1
        tally.head = f"{seal.link.sequence}:{seal.hash.hex()}"
        on_seal(1)
    yield from chain.end()
    if not found:
        yield Discrepancy(damage=Damage.HEAD_UNKNOWN, seal=int(number) if number.isdigit() else None)
    yield from _unsealed(tally)


class _Chain:
    """Walks the seals. A seal whose hash does not fit is judged when the next one is known, which says what the hash
    was."""

    def __init__(self, begin: int | None) -> None:
        self._expected = 1 if begin is None else begin
        self._last: _Seal | None = None
        self._follows: set[bytes] | None = {BEGINNING} if begin in {None, 1} else None
        """What ``previous`` may be; None where it cannot be known."""
        self._doubtful: tuple[_Seal, tuple[bytes, ...]] | None = None

    def add(self, seal: _Seal) -> Iterator[Discrepancy]:
        yield from self._judge(next_previous=seal.link.previous)
        sequence = seal.link.sequence
        if sequence > self._expected:
            yield Discrepancy(damage=Damage.SEAL_MISSING, seal=self._expected, until=sequence - 1)
            self._follows = None
        if not seal.holds:
            self._doubtful = (seal, tuple(self._follows or ()))
        elif sequence < self._expected or (self._follows is not None and seal.link.previous not in self._follows):
            yield Discrepancy(damage=Damage.SEAL_ALTERED, seal=sequence, event=seal.link.event_id, parts=("previous",))
        yield from _event_of(seal)
        if sequence >= self._expected:
            self._follows = {seal.hash, seal.link.hash}
            self._expected = sequence + 1

    def end(self) -> Iterator[Discrepancy]:
        yield from self._judge(next_previous=None)

    def _judge(self, *, next_previous: bytes | None) -> Iterator[Discrepancy]:
        if self._doubtful is None:
            return
        seal, follows = self._doubtful
        self._doubtful = None
        yield Discrepancy(
            damage=Damage.SEAL_ALTERED,
            seal=seal.link.sequence,
            event=seal.link.event_id,
            parts=_altered(seal, follows, next_previous),
        )


def _altered(seal: _Seal, follows: tuple[bytes, ...], next_previous: bytes | None) -> tuple[str, ...]:
    """Which column of a seal was altered: the one that, put right, makes the hash fit."""
    link = seal.link
    if next_previous == link.hash:
        return ("hash",)
    if any(replace(link, previous=previous).hash == seal.hash for previous in follows):
        return ("previous",)
    if seal.event.id is not None and replace(link, event_hash=seal.event.hash).hash == seal.hash:
        return ("event_hash",)
    if seal.event.id is None or seal.event.hash != link.event_hash:
        return ("event_id",)
    if next_previous != seal.hash:
        return ("sequence", "sealed_at", "hash")
    return ("sealed_at",) if follows else ("previous", "sealed_at")


def _event_of(seal: _Seal) -> Iterator[Discrepancy]:
    event, link = seal.event, seal.link
    if event.id is None:
        if seal.holds:  # otherwise it is the seal's own event_id that was altered
            yield Discrepancy(damage=Damage.EVENT_MISSING, seal=link.sequence, event=link.event_id)
        return
    parts = event.altered
    if event.hash != link.event_hash:
        if event.hash_of_columns == link.event_hash:
            parts = ("digests",)
        elif not parts and not seal.holds:
            return  # the event is whole: it is the seal that was altered
        elif not parts:
            parts = tuple(GROUPS)  # rewritten together with its digests
    if parts:
        yield Discrepancy(damage=Damage.EVENT_ALTERED, seal=link.sequence, event=event.id, parts=parts)


def _unsealed(tally: Tally) -> Iterator[Discrepancy]:
    """Events outside of the chain: those that wait for their seal are counted, others have no business here."""
    for row in _rows(UNSEALED, []):
        event = _event(row[1:])
        waits = row[0] is not None
        if event.id is None:
            yield Discrepancy(damage=Damage.EVENT_MISSING, event=row[0])
            continue
        tally.waiting += waits
        parts = event.altered
        if not waits:
            yield Discrepancy(damage=Damage.EVENT_UNKNOWN, event=event.id, parts=parts)
        elif parts:
            yield Discrepancy(damage=Damage.EVENT_ALTERED, event=event.id, parts=parts)


def _sealed(begin: int) -> Iterator[_Seal]:
    for row in _rows(SEALED, [begin]):
        sequence, event_id, hash_of_event, previous, sealed_at, own = row[:6]
        link = Link(
            sequence=sequence,
            event_id=event_id,
            event_hash=bytes(hash_of_event),
            previous=bytes(previous),
            sealed_at=sealed_at,
        )
        yield _Seal(link, bytes(own), _event(row[6:]))


def _event(columns: tuple[Any, ...]) -> _Event:
    return _Event(columns[0], bytes(columns[1] or b""), tuple(columns[2:]))


def _rows(query: str, parameters: list[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of a query a chunk at a time, however many there are."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(query, parameters)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
