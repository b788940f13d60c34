"""The canonical form of an event and of a seal, and their SHA-256.

An event has one digest for each group of columns, so that a check can say in which group it was altered. The database
writes them (the functions in the migration ``0002_the_record``); here they are made again for checking. The form of a
group is one line a column, ``name:length in bytes:text``, or ``name:-`` for NULL.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

SIZE: Final = 32
BEGINNING: Final = bytes(SIZE)
"""What the first seal has for ``previous``."""

_INSTANT: Final = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

GROUPS: Final[Mapping[str, Mapping[str, str]]] = {
    "what": {
        "id": "event.id::text",
        "at": _INSTANT.format("event.at"),
        "act": "event.act",
        "agency": "event.agency_id::text",
        "target": "event.target::text",
    },
    "who": {
        "user": "event.user_id::text",
        "token": "event.token_id::text",
        "on_behalf_of": "event.on_behalf_of_id::text",
        "answerable": "event.answerable_id::text",
    },
    "where": {
        "address": "host(event.address)",
        "user_agent": "event.user_agent",
        "request_id": "event.request_id",
    },
    "data": {"data": "event.data::text"},
}
"""Group → name → SQL of the column's text."""

COLUMNS: Final = tuple(sql for group in GROUPS.values() for sql in group.values())
SEALED_AT: Final = _INSTANT.format("seal.sealed_at")


def line(name: str, value: str | None) -> bytes:
    if value is None:
        return f"{name}:-\n".encode()
    text = value.encode()
    return b"%s:%d:%s\n" % (name.encode(), len(text), text)


def digest(lines: Iterable[tuple[str, str | None]]) -> bytes:
    return hashlib.sha256(b"".join(line(name, value) for name, value in lines)).digest()


def event_digests(texts: Iterable[str | None]) -> dict[str, bytes]:
    """Group → digest, from the texts of :data:`COLUMNS`, in their order."""
    values = iter(texts)
    return {group: digest([(name, next(values)) for name in names]) for group, names in GROUPS.items()}


def event_hash(digests: bytes) -> bytes:
    """What a seal holds of an event."""
    return hashlib.sha256(digests).digest()


@dataclass(frozen=True, kw_only=True)
class Link:
    """The columns of a seal that its hash covers; ``sealed_at`` as the database writes it in :data:`SEALED_AT`."""

    sequence: int
    event_id: str
    event_hash: bytes
    previous: bytes
    sealed_at: str

    @property
    def hash(self) -> bytes:
        return digest(
            [
                ("sequence", str(self.sequence)),
                ("event_id", self.event_id),
                ("event_hash", self.event_hash.hex()),
                ("previous", self.previous.hex()),
                ("sealed_at", self.sealed_at),
            ]
        )
