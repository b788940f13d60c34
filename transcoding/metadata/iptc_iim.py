"""IPTC-IIM 4.2 data sets of a picture, in whatever encoding they were written."""

import hashlib
from typing import Any

from PIL import Image, IptcImagePlugin

from transcoding.metadata.encodings import decode_text
from transcoding.metadata.text import LONG, plain_text

Properties = dict[str, tuple[str, ...]]

_APPLICATION_RECORD = 2
_CODED_CHARACTER_SET = (1, 90)
_UTF8_ESCAPE = b"\x1b%G"
_IIM_RESOURCE, _DIGEST_RESOURCE = 0x0404, 0x0425
_MAX_ITEMS = 200
_MAX_VALUE_BYTES = 32 * 1024


def read_iim(image: Image.Image) -> Properties:
    """Data sets of the application record as ``2:105`` to values in plain text; empty where there are none.

    UTF-8 where CodedCharacterSet says so and it is true; otherwise the encoding is told from the whole record
    together, because a city of five letters says too little by itself.
    """
    try:
        found: Any = IptcImagePlugin.getiptcinfo(image)  # type: ignore[arg-type]
    except (SyntaxError, OSError, ValueError, TypeError, IndexError, KeyError, AttributeError):
        return {}
    sets = {
        number: _as_list(value) for (record, number), value in (found or {}).items() if record == _APPLICATION_RECORD
    }
    declared_utf8 = _UTF8_ESCAPE in _as_list((found or {}).get(_CODED_CHARACTER_SET))
    properties = {}
    for number, values in _decoded(sets, declared_utf8=declared_utf8).items():
        texts = tuple(text for value in values if (text := plain_text(value, most=LONG, lines=True)))
        if texts:
            properties[f"2:{number:02d}"] = texts
    return properties


def is_newer_than_xmp(image: Image.Image) -> bool:
    """Whether a program without XMP has changed the IIM since both were written (MWG Guidelines 2.0, section 3.2).

    Adobe's programs keep the MD5 of the IIM block beside it; a different one means that the XMP was left behind.
    """
    resources = image.info.get("photoshop")
    if not isinstance(resources, dict):
        return False
    block, digest = resources.get(_IIM_RESOURCE), resources.get(_DIGEST_RESOURCE)
    if not isinstance(block, bytes) or not isinstance(digest, bytes) or len(digest) != 16 or not any(digest):
        return False
    return hashlib.md5(block, usedforsecurity=False).digest() != digest


def _decoded(sets: dict[int, list[bytes]], *, declared_utf8: bool) -> dict[int, list[str]]:
    flat = [(number, value) for number, values in sets.items() for value in values]
    separator = b"\n\x0c\n"
    together = separator.join(value for _, value in flat)
    texts = decode_text(together).text.split(separator.decode())
    if declared_utf8 or len(texts) != len(flat):
        texts = [decode_text(value).text for _, value in flat]
    decoded: dict[int, list[str]] = {}
    for (number, _), text in zip(flat, texts, strict=True):
        decoded.setdefault(number, []).append(text)
    return decoded


def _as_list(value: Any) -> list[bytes]:
    values = value if isinstance(value, list) else [value]
    return [each[:_MAX_VALUE_BYTES] for each in values[:_MAX_ITEMS] if isinstance(each, bytes)]
