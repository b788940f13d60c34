"""What a file is, judged by its bytes alone: never by its name or by what the client said.

The allowed types are a short list; everything else is refused with a reason that tells the uploader what to do. For
video and audio the answer names the one demuxer that ffmpeg may use, so that a playlist renamed to ``.mp4`` never
reaches ffmpeg's own guessing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from transcoding.results import MediaRejected
from transcoding.sniff_refused import refuse_known

Family = Literal["picture", "video", "audio"]
Kind = Literal["photo", "infographic", "video", "audio"]

HEAD_BYTES = 64 * 1024
_PROBE_BYTES = 8 * 1024


@dataclass(frozen=True, kw_only=True)
class Sniffed:
    """``ffmpeg_format`` is the demuxer to force (``-f``); None for pictures."""

    media_type: str
    family: Family
    ffmpeg_format: str | None = None


_PICTURE_KINDS: frozenset[Kind] = frozenset({"photo", "infographic"})
_DRAWING_KINDS: frozenset[Kind] = frozenset({"infographic"})
_MOVING_KINDS: frozenset[Kind] = frozenset({"video", "audio"})
_SOUND_KINDS: frozenset[Kind] = frozenset({"audio"})

# media type -> (family, ffmpeg demuxer, asset kinds). A video container may hold sound alone, so it also fits "audio":
# the probe of its streams decides.
_TYPES: dict[str, tuple[Family, str | None, frozenset[Kind]]] = {
    "image/jpeg": ("picture", None, _PICTURE_KINDS),
    "image/png": ("picture", None, _PICTURE_KINDS),
    "image/webp": ("picture", None, _PICTURE_KINDS),
    "image/tiff": ("picture", None, _PICTURE_KINDS),
    "image/gif": ("picture", None, _PICTURE_KINDS),
    "image/heic": ("picture", None, _PICTURE_KINDS),
    "image/avif": ("picture", None, _PICTURE_KINDS),
    "image/svg+xml": ("picture", None, _DRAWING_KINDS),
    "application/pdf": ("picture", None, _DRAWING_KINDS),
    "video/mp4": ("video", "mov", _MOVING_KINDS),
    "video/quicktime": ("video", "mov", _MOVING_KINDS),
    "video/x-matroska": ("video", "matroska", _MOVING_KINDS),
    "video/webm": ("video", "matroska", _MOVING_KINDS),
    "video/mp2t": ("video", "mpegts", _MOVING_KINDS),
    "video/x-msvideo": ("video", "avi", _MOVING_KINDS),
    "video/ogg": ("video", "ogg", _MOVING_KINDS),
    "audio/mp4": ("audio", "mov", _SOUND_KINDS),
    "audio/mpeg": ("audio", "mp3", _SOUND_KINDS),
    "audio/aac": ("audio", "aac", _SOUND_KINDS),
    "audio/flac": ("audio", "flac", _SOUND_KINDS),
    "audio/ogg": ("audio", "ogg", _SOUND_KINDS),
    "audio/wav": ("audio", "wav", _SOUND_KINDS),
}

_KIND_HINTS: dict[str, str] = {
    "photo": "A photo is a JPEG, PNG, WebP, TIFF, HEIC, AVIF or GIF file",
    "infographic": "An infographic is a picture, an SVG or a PDF file",
    "video": "A video is an MP4, MOV, MKV, WebM, MPEG-TS or AVI file",
    "audio": "A recording is an MP3, M4A, AAC, FLAC, Ogg or WAV file",
}

_FTYP_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2"}
_FTYP_AVIF = {b"avif", b"avis"}
_FTYP_AUDIO = {b"M4A ", b"M4B ", b"M4P "}
_FTYP_VIDEO = re.compile(
    rb"iso[m2-9a-c]|mp4[1-3]|avc1|M4V[ HP]?|dash|cmf[cs2]|3g[2eghprs].|mmp4|MSNV|f4v |hvc1|hev1|XAVC"
)
_QUICKTIME_ATOMS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
_MP3_BITRATE_INVALID = (0, 15)


def sniff(path: Path) -> Sniffed:
    """The type of the file at ``path``; reads at most its first 64 KiB and 8 KiB behind an ID3 tag.

    Raises MediaRejected ``type_not_allowed`` (recognised, refused) or ``type_unknown``; OSError as ``open`` does.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        tag_size = _id3_size(head)
        if tag_size:
            file.seek(tag_size)
        after_tag = file.read(_PROBE_BYTES) if tag_size else b""
    return sniff_bytes(head, after_id3=after_tag)


def sniff_bytes(head: bytes, *, after_id3: bytes = b"") -> Sniffed:
    """Like :func:`sniff`, from the first 64 KiB of a file; ``after_id3`` are the bytes behind an ID3v2 tag."""
    if not head:
        raise MediaRejected("The file is empty. Send it again.", code="type_unknown")
    refuse_known(head)
    media_type = _media_type(head, after_id3)
    if media_type is None:
        raise MediaRejected(
            "This type of file is not known here. "
            "Save it as JPEG, PNG, TIFF, SVG or PDF (picture), MP4 (video) or MP3 (sound).",
            code="type_unknown",
        )
    family, ffmpeg_format, _ = _TYPES[media_type]
    return Sniffed(media_type=media_type, family=family, ffmpeg_format=ffmpeg_format)


def kinds_for(media_type: str) -> frozenset[Kind]:
    """The asset kinds a file of this type may be; empty for a type that is not allowed."""
    return _TYPES[media_type][2] if media_type in _TYPES else frozenset()


def require_kind(sniffed: Sniffed, kind: str) -> None:
    """Raises MediaRejected ``type_does_not_fit_kind`` unless a file of this type may be an asset of ``kind``."""
    kinds = kinds_for(sniffed.media_type)
    if kind not in kinds:
        hint = _KIND_HINTS.get(kind, f"{kind} takes no file of this kind")
        raise MediaRejected(
            f"{hint}; this one is {sniffed.media_type}. "
            f"Upload it as {' or '.join(sorted(kinds))}, or choose another file.",
            code="type_does_not_fit_kind",
            media_type=sniffed.media_type,
            kind=kind,
            fitting_kinds=sorted(kinds),
        )


def _media_type(head: bytes, after_id3: bytes) -> str | None:
    for found in _candidates(head, after_id3):
        if found:
            return found
    return None


def _candidates(head: bytes, after_id3: bytes) -> Iterator[str | None]:
    yield _picture_magic(head)
    yield _iso_media(head)
    yield _riff(head)
    yield _matroska(head)
    yield _ogg(head)
    yield "audio/flac" if head.startswith(b"fLaC") else None
    yield _mpeg_ts(head)
    yield _mpeg_audio(after_id3 or head)
    yield "application/pdf" if b"%PDF-" in head[:1024] else None
    yield "image/svg+xml" if _xml_root(head) == "svg" else None


def _picture_magic(head: bytes) -> str | None:
    magics = {
        b"\xff\xd8\xff": "image/jpeg",
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"GIF87a": "image/gif",
        b"GIF89a": "image/gif",
        b"II*\x00": "image/tiff",
        b"MM\x00*": "image/tiff",
        b"II+\x00": "image/tiff",
        b"MM\x00+": "image/tiff",
    }
    return next((media_type for magic, media_type in magics.items() if head.startswith(magic)), None)


def _iso_media(head: bytes) -> str | None:
    """ISO/IEC 14496-12, 4.3: the first box names the brands; old QuickTime files start without one."""
    box = head[4:8]
    if box != b"ftyp":
        size = int.from_bytes(head[:4], "big")
        return "video/quicktime" if box in _QUICKTIME_ATOMS and (size >= 8 or size == 1) else None
    end = min(max(int.from_bytes(head[:4], "big"), 16), 512)
    major = head[8:12]
    brands = [major, *(head[at : at + 4] for at in range(16, end - 3, 4))]
    if major in _FTYP_AUDIO:
        return "audio/mp4"
    if major == b"qt  ":
        return "video/quicktime"
    if _FTYP_AVIF & set(brands) and major in _FTYP_AVIF | _FTYP_HEIC:
        return "image/avif"
    if major in _FTYP_HEIC:
        return "image/heic"
    return "video/mp4" if any(_FTYP_VIDEO.match(brand) for brand in brands) else None


def _riff(head: bytes) -> str | None:
    if head[:4] == b"RF64" and head[8:12] == b"WAVE":
        return "audio/wav"
    forms = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
    return forms.get(head[8:12]) if head[:4] == b"RIFF" else None


def _matroska(head: bytes) -> str | None:
    """RFC 8794: an EBML header whose DocType (element 0x4282) is ``webm`` or ``matroska``."""
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    found = re.search(rb"\x42\x82[\x84-\x88](webm|matroska)", head[:256], re.DOTALL)
    if found is None:
        return None
    return "video/webm" if found[1] == b"webm" else "video/x-matroska"


def _ogg(head: bytes) -> str | None:
    if not head.startswith(b"OggS"):
        return None
    return "video/ogg" if b"\x80theora" in head[:512] else "audio/ogg"


def _mpeg_ts(head: bytes) -> str | None:
    """Packets of 188 bytes (ISO/IEC 13818-1, 2.4.3.2), or of 192 behind a four-byte time code (M2TS).

    Each starts with 0x47, has no error bit and says whether it carries a payload.
    """
    for start, step in ((0, 188), (4, 192)):
        at = range(start, min(len(head) - 3, start + 8 * step), step)
        if len(at) >= 3 and all(head[p] == 0x47 and not head[p + 1] & 0x80 and head[p + 3] & 0x30 for p in at):
            return "video/mp2t"
    return None


def _id3_size(head: bytes) -> int:
    """Bytes taken by an ID3v2 tag at the start, 0 without one (id3.org, ID3v2.4 section 3.1: four seven-bit bytes)."""
    if not head.startswith(b"ID3") or len(head) < 10:
        return 0
    a, b, c, d = (byte & 0x7F for byte in head[6:10])
    footer = 10 if head[5] & 0x10 else 0
    return 10 + (a << 21 | b << 14 | c << 7 | d) + footer


def _mpeg_audio(data: bytes) -> str | None:
    """MP3 or ADTS by two frame headers in a row (one alone is a common accident in other data)."""
    if data.startswith(b"fLaC"):
        return "audio/flac"
    for media_type, frame_length in (("audio/mpeg", _mp3_frame_length), ("audio/aac", _adts_frame_length)):
        first = frame_length(data)
        if first and (len(data) <= first or frame_length(data[first:])):
            return media_type
    return None


def _adts_frame_length(data: bytes) -> int:
    if len(data) < 7 or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        return 0
    length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    return length if length > 7 else 0


def _mp3_frame_length(data: bytes) -> int:
    """ISO/IEC 11172-3, 2.4.2.3, layer III only; bytes, 0 where this is no frame header."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:
        return 0
    version = data[1] >> 3 & 3
    rate_index, frequency_index, padding = data[2] >> 4, data[2] >> 2 & 3, data[2] >> 1 & 1
    if version == 1 or rate_index in _MP3_BITRATE_INVALID or frequency_index == 3:
        return 0
    mpeg1 = version == 3
    bitrates = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    bitrates_low = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    bitrate = (bitrates if mpeg1 else bitrates_low)[rate_index - 1] * 1000
    frequency = (44100, 48000, 32000)[frequency_index] // {3: 1, 2: 2, 0: 4}[version]
    return (144 if mpeg1 else 72) * bitrate // frequency + padding


_XML_PROLOGUE = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_XML_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)[\s/>]")


def _xml_root(head: bytes) -> str | None:
    """The local name of the root element of an XML text, None where this is no XML."""
    encoding = "utf-16" if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    text = head.decode(encoding, "replace")
    at = 0
    while skipped := _XML_PROLOGUE.match(text, at):
        at = skipped.end()
    root = _XML_ROOT.match(text, at)
    return root[1] if root else None
