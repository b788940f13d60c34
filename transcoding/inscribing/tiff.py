"""TIFF and BigTIFF: tags 700 (XMP) and 33723 (IIM) in a directory written anew at the end (TIFF 6.0, section 2).

All that the first directory points to stays where it is, so no other offset changes.
"""

from dataclasses import dataclass
from typing import Final, Literal

from transcoding.inscribing.iim import iim_of
from transcoding.inscribing.splice import Edit, Source, unwritable
from transcoding.pictures.credits import Credits, xmp_of

_XMP, _IIM, _PHOTOSHOP = 700, 33723, 34377
_BYTE, _UNDEFINED = 1, 7
_MAX_ENTRIES: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class _Shape:
    """``word``: bytes of an offset, 4 or 8 (BigTIFF); ``count``: bytes of the number of entries."""

    order: Literal["little", "big"]
    word: int
    count: int
    pointer: int

    @property
    def entry(self) -> int:
        return 4 + 2 * self.word

    def number(self, data: bytes) -> int:
        return int.from_bytes(data, self.order)

    def bytes_of(self, value: int, length: int) -> bytes:
        if value >= 1 << 8 * length:
            raise unwritable()
        return value.to_bytes(length, self.order)


def tiff_edits(source: Source, words: Credits) -> list[Edit]:
    """What is cut and inserted. The file's own XMP and IIM give way to ours (its resources of Photoshop too: they would
    repeat the old IIM)."""
    shape = _shape(source)
    directory = shape.number(source.read(shape.pointer, shape.word))
    count = shape.number(source.read(directory, shape.count))
    if not 0 < count <= _MAX_ENTRIES:
        raise unwritable()
    table = source.read(directory + shape.count, count * shape.entry + shape.word)
    entries = {}
    for at in range(0, count * shape.entry, shape.entry):
        entries[shape.number(table[at : at + 2])] = table[at : at + shape.entry]
    entries.pop(_PHOTOSHOP, None)
    packet, iim = xmp_of(words), iim_of(words)
    at = source.size
    added = b"\0" * (-at % 8)
    for tag, kind, data in ((_XMP, _BYTE, packet), (_IIM, _UNDEFINED, iim)):
        entries[tag] = _entry(shape, tag, kind, data, at + len(added))
        added += data + b"\0" * (-len(data) % 8)
    start = at + len(added)
    added += shape.bytes_of(len(entries), shape.count) + b"".join(entries[tag] for tag in sorted(entries))
    added += table[-shape.word :]  # where the next directory is
    pointer = shape.bytes_of(start, shape.word)
    return [Edit(at=shape.pointer, removed=shape.word, inserted=pointer), Edit(at=at, inserted=added)]


def _entry(shape: _Shape, tag: int, kind: int, data: bytes, at: int) -> bytes:
    """Both are longer than a word: they lie elsewhere and the entry says where."""
    head = shape.bytes_of(tag, 2) + shape.bytes_of(kind, 2)
    return head + shape.bytes_of(len(data), shape.word) + shape.bytes_of(at, shape.word)


def _shape(source: Source) -> _Shape:
    head = source.read(0, 8)
    order: Literal["little", "big"] | None = {b"II": "little", b"MM": "big"}.get(head[:2])  # type: ignore[assignment]
    if order is None:
        raise unwritable()
    magic = int.from_bytes(head[2:4], order)
    if magic == 42:
        return _Shape(order=order, word=4, count=2, pointer=4)
    if magic == 43 and int.from_bytes(head[4:6], order) == 8:
        return _Shape(order=order, word=8, count=8, pointer=8)
    raise unwritable()
