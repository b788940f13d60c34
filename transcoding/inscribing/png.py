"""PNG: XMP in an uncompressed iTXt chunk before the picture (XMP part 3, 1.1.5)."""

import zlib
from typing import Final

from transcoding.inscribing.splice import Edit, Source, unwritable
from transcoding.pictures.credits import Credits, xmp_of

KEYWORD: Final = b"XML:com.adobe.xmp\0"
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS: Final = 200_000
_AFTER_HEADER: Final = 33


def png_edits(source: Source, words: Credits) -> list[Edit]:
    """What is cut and inserted. The file's own XMP gives way to ours."""
    if source.read(0, 16) != _SIGNATURE + b"\0\0\0\x0dIHDR":
        raise unwritable()
    edits = [Edit(at=_AFTER_HEADER, inserted=_chunk(b"iTXt", KEYWORD + b"\0\0\0\0" + xmp_of(words)))]
    at = _AFTER_HEADER
    for _ in range(_MAX_CHUNKS):
        head = source.read(at, 8)
        whole, name = 12 + int.from_bytes(head[:4]), head[4:]
        if name == b"IEND":
            return edits
        if name == b"iTXt" and whole >= 12 + len(KEYWORD) and source.read(at + 8, len(KEYWORD)) == KEYWORD:
            edits.append(Edit(at=at, removed=whole))
        at += whole
    raise unwritable()


def _chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)
