"""JPEG: XMP in one APP1, IPTC-IIM in APP13 (XMP part 3, 1.1.3). Exif, colour profile and picture stay byte for byte."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from transcoding.inscribing.iim import iim_of, others_in, resources_of
from transcoding.inscribing.splice import Edit, Source, unwritable
from transcoding.pictures.credits import Credits, xmp_of

XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_XMP: Final = b"http://ns.adobe.com/xmp/extension/\0"
PHOTOSHOP: Final = b"Photoshop 3.0\0"
_APP0, _APP1, _APP2, _APP13, _SOS = 0xE0, 0xE1, 0xE2, 0xED, 0xDA
_MAX_SEGMENTS: Final = 4000
_MAX_FILLING: Final = 64
_MAX_DATA: Final = 65_533
_LONGEST_START: Final = len(EXTENDED_XMP)


@dataclass(frozen=True, kw_only=True)
class _Segment:
    """From ``at``, where the filling before its marker begins, to ``end``; its data are at ``data`` and begin with
    ``start``."""

    marker: int
    at: int
    data: int
    end: int
    start: bytes

    @property
    def is_head(self) -> bool:
        """Stays before ours: JFIF and Exif must come first."""
        return self.marker == _APP0 or (self.marker == _APP1 and self.start.startswith(b"Exif\0"))

    @property
    def is_replaced(self) -> bool:
        photoshop = self.marker == _APP13 and self.start.startswith(PHOTOSHOP)
        return photoshop or (self.marker == _APP1 and self.start.startswith((XMP, EXTENDED_XMP)))


def jpeg_edits(source: Source, words: Credits) -> list[Edit]:
    """What is cut and inserted. The file's own XMP and IIM give way to ours."""
    if source.read(0, 2) != b"\xff\xd8":
        raise unwritable()
    segments = list(_segments(source))
    own = [segment for segment in segments if segment.is_replaced]
    several = [segment.at for segment in segments if segment.marker == _APP2 and segment.start.startswith(b"MPF\0")]
    if several and any(segment.at > several[0] for segment in own):
        raise unwritable()  # further pictures are found by their distance from there
    at, kept = 2, b""
    for segment in segments:
        if not segment.is_head:
            break
        at = segment.end
    for segment in own:
        if segment.marker == _APP13:
            kept += source.read(segment.data + len(PHOTOSHOP), segment.end - segment.data - len(PHOTOSHOP))
    resources = resources_of(iim_of(words), others_in(kept))
    inserted = _app(_APP1, XMP + xmp_of(words)) + _photoshop(resources)
    return [Edit(at=at, inserted=inserted), *(Edit(at=segment.at, removed=segment.end - segment.at) for segment in own)]


def _segments(source: Source) -> Iterator[_Segment]:
    """The segments before the picture itself."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        begin = at
        while (marker := source.read(at, 2)) == b"\xff\xff":
            at += 1
            if at - begin > _MAX_FILLING:
                raise unwritable()
        if marker[0] != 0xFF or marker[1] in {0x00, 0x01, 0xD8, 0xD9}:
            raise unwritable()
        if marker[1] == _SOS:
            return
        length = int.from_bytes(source.read(at + 2, 2))
        if length < 2:
            raise unwritable()
        found = source.read(at + 4, min(length - 2, _LONGEST_START))
        data, at = at + 4, at + 2 + length
        yield _Segment(marker=marker[1], at=begin, data=data, end=at, start=found)
    raise unwritable()


def _app(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2) + data


def _photoshop(resources: bytes) -> bytes:
    """As many segments as it takes."""
    room = _MAX_DATA - len(PHOTOSHOP)
    parts = [resources[at : at + room] for at in range(0, len(resources), room)]
    return b"".join(_app(_APP13, PHOTOSHOP + part) for part in parts)
