"""The RFC 6381 codec name of our own fMP4 files, read from their initialisation section (ISO/IEC 14496-12 and -15,
the AV1 and Opus bindings)."""

import struct
from collections.abc import Iterator

AAC_LC = "mp4a.40.2"
OPUS = "opus"
_CONTAINERS = {b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0, b"stsd": 8, b"avc1": 78, b"av01": 78}
"""Boxes that hold boxes, and how many bytes of their own come first."""


class CodecError(ValueError):
    """No codec of ours is described in this initialisation section."""


def codec_name(header: bytes) -> str:
    """``avc1.64001f``, ``av01.0.08M.08``, ``mp4a.40.2`` or ``opus``. ``header`` is ftyp and moov; raises
    :class:`CodecError`."""
    for kind, body in _boxes(header):
        if kind == b"avcC" and len(body) >= 4:
            return f"avc1.{body[1:4].hex()}"
        if kind == b"av1C" and len(body) >= 3:
            return _av1_name(body)
        if kind == b"mp4a":
            return AAC_LC  # the only AAC that our commands make
        if kind == b"Opus":
            return OPUS
    raise CodecError("the initialisation section describes none of H.264, AV1, AAC and Opus")


def _av1_name(body: bytes) -> str:
    """Profile, level, tier and depth (AV1 Codec ISO Media File Format Binding, sections 2.3 and 5)."""
    profile, level, flags = body[1] >> 5, body[1] & 0x1F, body[2]
    depth = (12 if flags & 0x20 else 10) if flags & 0x40 else 8
    return f"av01.{profile}.{level:02}{'H' if flags & 0x80 else 'M'}.{depth:02}"


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Every box, depth first."""
    position = 0
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        if length < 8 or position + length > len(data):
            return
        body = data[position + 8 : position + length]
        yield kind, body
        if kind in _CONTAINERS:
            yield from _boxes(body[_CONTAINERS[kind] :])
        position += length
