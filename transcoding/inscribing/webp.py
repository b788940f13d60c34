"""WebP: XMP in a chunk at the end, announced in the extended header (RFC 9649, 2.7.1.5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from transcoding.inscribing.splice import Edit, Source, unwritable
from transcoding.pictures.credits import Credits, xmp_of

_MAX_CHUNKS: Final = 100_000
_HAS_XMP, _HAS_ALPHA = 0x04, 0x10
_FIRST: Final = 12
_MAX_RIFF: Final = 2**32 - 10


@dataclass(frozen=True, kw_only=True)
class _Chunk:
    name: bytes
    at: int
    size: int
    """Of its data; it takes ``8 + size`` bytes, and one more where that is odd."""

    @property
    def end(self) -> int:
        return self.at + 8 + self.size + self.size % 2


def webp_edits(source: Source, words: Credits) -> list[Edit]:
    """What is cut and inserted. The file's own XMP gives way to ours."""
    head = source.read(0, _FIRST)
    end = 8 + int.from_bytes(head[4:8], "little")
    if head[:4] != b"RIFF" or head[8:] != b"WEBP" or end > source.size:
        raise unwritable()
    chunks = list(_chunks(source, end))
    if not chunks:
        raise unwritable()
    packet = xmp_of(words)
    added = b"XMP " + len(packet).to_bytes(4, "little") + packet + b"\0" * (len(packet) % 2)
    edits = [_extended(source, chunks[0]), Edit(at=end, inserted=added)]
    edits += [Edit(at=chunk.at, removed=chunk.end - chunk.at) for chunk in chunks if chunk.name == b"XMP "]
    grown = end - 8 + sum(len(edit.inserted) - edit.removed for edit in edits)
    if grown > _MAX_RIFF:
        raise unwritable()
    return [Edit(at=4, removed=4, inserted=grown.to_bytes(4, "little")), *edits]


def _chunks(source: Source, end: int) -> Iterator[_Chunk]:
    at = _FIRST
    for _ in range(_MAX_CHUNKS):
        if at == end:
            return
        head = source.read(at, 8)
        chunk = _Chunk(name=head[:4], at=at, size=int.from_bytes(head[4:], "little"))
        if chunk.end > end:
            raise unwritable()
        yield chunk
        at = chunk.end
    raise unwritable()


def _extended(source: Source, first: _Chunk) -> Edit:
    """The extended header with the mark for XMP: changed where there is one, made where there is none."""
    if first.name == b"VP8X":
        flags = source.read(first.at + 8, 1)[0]
        return Edit(at=first.at + 8, removed=1, inserted=bytes((flags | _HAS_XMP,)))
    if first.name == b"VP8L":
        bits = int.from_bytes(source.read(first.at + 9, 4), "little")
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    elif first.name == b"VP8 ":
        frame = source.read(first.at + 8, 10)
        if frame[3:6] != b"\x9d\x01\x2a":
            raise unwritable()
        width = (int.from_bytes(frame[6:8], "little") & 0x3FFF) - 1
        height, alpha = (int.from_bytes(frame[8:10], "little") & 0x3FFF) - 1, 0
    else:
        raise unwritable()
    if width < 0 or height < 0:
        raise unwritable()
    marks = bytes((_HAS_XMP | (_HAS_ALPHA if alpha else 0), 0, 0, 0))
    data = marks + width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return Edit(at=_FIRST, inserted=b"VP8X" + len(data).to_bytes(4, "little") + data)
