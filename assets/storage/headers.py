"""Content-Type and Content-Disposition of what is delivered, the same on both stores."""

import re
import unicodedata
from typing import Final

from django.utils.http import content_disposition_header

from assets.storage.keys import is_original
from permissions.errors import Invalid

OCTET_STREAM: Final = "application/octet-stream"
MAX_NAME_BYTES: Final = 240

# What our own renditions are; anything else is bytes.
_BY_SUFFIX: Final = {
    "avif": "image/avif",
    "jpg": "image/jpeg",
    "m3u8": "application/vnd.apple.mpegurl",
    "m4a": "audio/mp4",
    "m4s": "video/iso.segment",
    "mp4": "video/mp4",
    "mpd": "application/dash+xml",
    "png": "image/png",
    "vtt": "text/vtt; charset=utf-8",
    "webp": "image/webp",
}
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,126}/[a-z0-9][a-z0-9.+-]{0,126}(?:; charset=utf-8)?", re.ASCII)


def content_type_of(key: str) -> str:
    """Content-Type of a rendition by its key's suffix."""
    return _BY_SUFFIX.get(key.rpartition("/")[2].rpartition(".")[2], OCTET_STREAM)


def delivered_type(key: str, media_type: str | None) -> str:
    """Content-Type that ``key`` is delivered with: the signed one, or what its kind allows."""
    if media_type is not None:
        return check_media_type(media_type)
    return OCTET_STREAM if is_original(key) else content_type_of(key)


def disposition(key: str, filename: str | None) -> str | None:
    """Content-Disposition that ``key`` is delivered with: always an attachment for originals, else when named."""
    return attachment(filename) if filename is not None or is_original(key) else None


def check_media_type(media_type: str) -> str:
    """The media type itself, if it can stand in a header; otherwise :class:`Invalid`."""
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise Invalid("This is not a media type.", code="media_type_invalid")
    return media_type


def attachment(filename: str | None) -> str:
    """Content-Disposition of a download (RFC 6266; RFC 8187 for what is not ASCII).

    The name is normalised to NFC, loses control characters, directional overrides and path separators, and is cut to
    240 bytes of UTF-8 with its suffix kept.
    """
    name = _safe_name(filename or "")
    return content_disposition_header(as_attachment=True, filename=name) or "attachment"


def _safe_name(filename: str) -> str:
    text = unicodedata.normalize("NFC", filename).replace("/", "_").replace("\\", "_")
    text = "".join(letter for letter in text if unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    text = text.strip(" .")
    if len(text.encode()) <= MAX_NAME_BYTES:
        return text
    stem, dot, suffix = text.rpartition(".")
    if not dot or len(suffix.encode()) > 20:
        stem, dot, suffix = text, "", ""
    room = MAX_NAME_BYTES - len((dot + suffix).encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + suffix
