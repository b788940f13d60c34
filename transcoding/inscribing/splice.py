"""A file as another one with cuts and insertions: found without copying, delivered piece by piece."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

from permissions.errors import Conflict

MAX_INSERTED: Final = 96 * 1024 * 1024
"""Bytes that all insertions of one file may have: the index of a film of a day is written anew as one."""


class Unwritable(Conflict):
    """Nothing can be written into this file. HTTP: 409 ``metadata_unwritable``."""

    code = "metadata_unwritable"


def unwritable() -> Unwritable:
    return Unwritable("Words cannot be written into this file: take it without them, or another format.")


@dataclass(frozen=True, kw_only=True)
class Edit:
    """At byte ``at`` of the stored file, ``removed`` bytes are left out and ``inserted`` stands there instead."""

    at: int
    removed: int = 0
    inserted: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Copied:
    """``length`` bytes of the stored file from ``start``."""

    start: int
    length: int


Piece = Copied | bytes


class Source(Protocol):
    """The stored file, read a little at a time. ``read`` answers exactly ``length`` bytes, or raises Unwritable."""

    @property
    def size(self) -> int: ...

    def read(self, at: int, length: int) -> bytes: ...


@dataclass(frozen=True)
class FileSource:
    """An open local file of ``size`` bytes."""

    file: BinaryIO
    size: int

    def read(self, at: int, length: int) -> bytes:
        if at < 0 or length < 0 or at + length > self.size:
            raise unwritable()
        self.file.seek(at)
        found = self.file.read(length)
        if len(found) != length:
            raise unwritable()
        return found


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The pieces of the file as it is delivered."""

    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        return sum(_length(piece) for piece in self.pieces)

    def window(self, start: int, length: int) -> Iterator[Piece]:
        """The pieces of ``length`` bytes from ``start``."""
        end, at = start + length, 0
        for piece in self.pieces:
            first, last = max(start - at, 0), min(end - at, _length(piece))
            if first < last:
                yield _part(piece, first, last)
            at += _length(piece)


def plan_of(edits: Iterable[Edit], *, size: int) -> Plan:
    """The pieces of a file of ``size`` bytes with these edits. Raises Unwritable where they overlap, lie outside or
    insert more than ``MAX_INSERTED``."""
    pieces: list[Piece] = []
    done = inserted = 0
    for edit in sorted(edits, key=lambda edit: edit.at):
        inserted += len(edit.inserted)
        if edit.at < done or edit.removed < 0 or edit.at + edit.removed > size or inserted > MAX_INSERTED:
            raise unwritable()
        pieces += [Copied(start=done, length=edit.at - done), edit.inserted]
        done = edit.at + edit.removed
    pieces.append(Copied(start=done, length=size - done))
    return Plan(pieces=tuple(piece for piece in pieces if _length(piece)))


def _length(piece: Piece) -> int:
    return len(piece) if isinstance(piece, bytes) else piece.length


def _part(piece: Piece, first: int, last: int) -> Piece:
    if isinstance(piece, bytes):
        return piece[first:last]
    return Copied(start=piece.start + first, length=last - first)
