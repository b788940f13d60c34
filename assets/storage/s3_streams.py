"""Streams between files, S3 responses and callers, in bounded memory."""

import hashlib
import io
import math
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, Protocol, cast

from assets.storage.base import MAX_PARTS, MIB, PartRefused, PartSpec

CHUNK: Final = MIB
PART: Final = 64 * MIB
_SPOOL: Final = 8 * MIB


class Body(Protocol):
    """What an S3 client hands out for reading."""

    def read(self, amt: int | None = None, /) -> bytes:
        """At most ``amt`` bytes, empty at the end."""

    def close(self) -> None:
        """Give the connection back."""


class ResponseReader(io.RawIOBase):
    """A response's body as a file; ``guard`` turns what breaks while reading into the product's errors."""

    def __init__(self, body: Body, guard: Callable[[], AbstractContextManager[None]]) -> None:
        self._body = body
        self._guard = guard

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's WriteableBuffer is private
        with self._guard():
            block = self._body.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()


class FileSlice(io.RawIOBase):
    """``length`` bytes of a file from ``start``, seekable, with its own position."""

    def __init__(self, path: Path, *, start: int, length: int) -> None:
        self._file = path.open("rb")
        self._start = start
        self._length = length
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's WriteableBuffer is private
        wanted = min(len(buffer), max(0, self._length - self._position))
        block = os.pread(self._file.fileno(), wanted, self._start + self._position)
        buffer[: len(block)] = block
        self._position += len(block)
        return len(block)

    def close(self) -> None:
        self._file.close()
        super().close()


def slices_of(size: int) -> list[tuple[int, int, int]]:
    """Number, start and length of the parts that a file of ``size`` bytes is sent in."""
    step = max(PART, math.ceil(size / MAX_PARTS))
    return [(number, start, min(step, size - start)) for number, start in enumerate(range(0, size, step), start=1)]


def spec_of(path: Path, *, number: int, start: int, length: int) -> PartSpec:
    """What one slice of a file must arrive as."""
    with FileSlice(path, start=start, length=length) as part:
        digest = hashlib.sha256()
        while block := part.read(CHUNK):
            digest.update(block)
    return PartSpec(number=number, size=length, sha256=digest.hexdigest())


@contextmanager
def exact_body(body: BinaryIO, part: PartSpec) -> Iterator[BinaryIO]:
    """``body`` as a seekable file of exactly ``part.size`` bytes, or :class:`PartRefused` before anything is sent."""
    if body.seekable() and body.tell() == 0:
        size = body.seek(0, os.SEEK_END)
        # Django's uploaded files forward seek() without its result
        size = body.tell() if size is None else size
        body.seek(0)
        _check_size(size, part)
        yield body
        return
    with SpooledTemporaryFile(max_size=_SPOOL) as spool:
        size = 0
        while size <= part.size and (block := body.read(min(CHUNK, part.size + 1 - size))):
            spool.write(block)
            size += len(block)
        _check_size(size, part)
        spool.seek(0)
        yield cast("BinaryIO", spool)


def _check_size(size: int, part: PartSpec) -> None:
    if size != part.size:
        raise PartRefused(
            f"Part {part.number} must have exactly {part.size} bytes.", code="part_wrong_size", number=part.number
        )


def same_bytes(first: BinaryIO, second: BinaryIO) -> bool:
    """Whether two streams hold the same bytes."""
    while True:
        one, two = _read_full(first), _read_full(second)
        if one != two:
            return False
        if not one:
            return True


def _read_full(stream: BinaryIO) -> bytes:
    """A whole chunk unless the stream ends: raw streams may give less."""
    blocks = []
    missing = CHUNK
    while missing and (block := stream.read(missing)):
        blocks.append(block)
        missing -= len(block)
    return b"".join(blocks)
