"""The RFC 6381 codec name of our own fMP4 files, read from their initialisation section (ISO/IEC 14496-12 and -15)."""

import struct
from collections.abc import Iterator

AAC_LC = "mp4a.40.2"
_CONTAINERS = {b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0, b"stsd": 8, b"avc1": 78}
"""Boxes that hold boxes, and how many bytes of their own come first."""


class CodecError(ValueError):
    """No H.264 or AAC description in this initialisation section."""


def codec_name(header: bytes) -> str:
    """``avc1.64001f`` or ``mp4a.40.2``. ``header`` is ftyp and moov; raises :class:`CodecError`."""
    for kind, body in _boxes(header):
        if kind == b"avcC" and len(body) >= 4:
            return f"avc1.{body[1:4].hex()}"
        if kind == b"mp4a":
            return AAC_LC  # the only AAC that our commands make
    raise CodecError("the initialisation section describes neither H.264 nor AAC")


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
