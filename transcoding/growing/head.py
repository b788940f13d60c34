"""The beginning of a stored film as a file that ffmpeg opens, without fetching the rest.

What is missing is a hole: a decoder that comes there finds no picture. An MP4 whose index stands at the end gets that
too, found by the lengths of its boxes (ISO/IEC 14496-12, 4.2).
"""

import struct
from pathlib import Path
from typing import BinaryIO, Final

from assets.storage import get_store

HEAD_BYTES: Final = 16 * 1024 * 1024
MAX_INDEX: Final = 64 * 1024 * 1024
MAX_BOXES: Final = 64
"""Boxes that are looked at before the index; films have some five, broken ones any number."""


def fetch_head(key: str, path: Path, *, size: int) -> None:
    """The first :data:`HEAD_BYTES` of an object of ``size`` bytes, and of an MP4 its index. May raise as the store."""
    fill(key, path, start=0, end=min(HEAD_BYTES, size))


def fill(key: str, path: Path, *, start: int, end: int) -> None:
    """Bring the bytes from ``start`` to ``end`` to their place in the file."""
    if start >= end:
        return
    with get_store().open(key, start=start, length=end - start) as source, path.open("r+b") as target:
        target.seek(start)
        while block := source.read(1024 * 1024):
            target.write(block)


def fetch_index(key: str, path: Path, *, size: int) -> bool:
    """The ``moov`` of an MP4 whose head is in ``path``; whether it was found. The file then has its whole length."""
    position = 0
    for _ in range(MAX_BOXES):
        if position + 16 > size:
            return False
        kind, length = _box(_look(key, path, position), size - position)
        if kind == b"moov":
            if length > MAX_INDEX:
                return False
            fill(key, path, start=max(position, HEAD_BYTES), end=position + length)
            with path.open("r+b") as file:
                file.truncate(size)
            return True
        if length < 8:
            return False
        position += length
    return False


def _look(key: str, path: Path, position: int) -> bytes:
    """The first 16 bytes of a box, from the head where they lie in it."""
    if position + 16 <= HEAD_BYTES:
        with path.open("rb") as file:
            file.seek(position)
            return file.read(16)
    with get_store().open(key, start=position, length=16) as source:
        return _exactly(source, 16)


def _exactly(source: BinaryIO, count: int) -> bytes:
    data = b""
    while len(data) < count and (block := source.read(count - len(data))):
        data += block
    return data


def _box(start: bytes, left: int) -> tuple[bytes, int]:
    """Kind and length in bytes; a length of 0 reaches to the end of the file."""
    if len(start) < 16:
        return b"", 0
    length, kind = struct.unpack_from(">I4s", start)
    if length == 1:
        (length,) = struct.unpack_from(">Q", start, 8)
    return kind, length or left
