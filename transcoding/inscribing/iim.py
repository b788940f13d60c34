"""IPTC-IIM 4.2 for readers that know no XMP: one language, fields of fixed lengths, in UTF-8 (record 1:90)."""

import hashlib
import struct
from typing import Final

from transcoding.pictures.credits import Credits, plain

_UTF_8: Final = b"\x1b%G"
_SIGNATURE: Final = b"8BIM"
IIM_RESOURCE, DIGEST_RESOURCE = 0x0404, 0x0425


def iim_of(words: Credits) -> bytes:
    """The datasets of these words, each cut to the octets that the standard gives it (IIM 4.2, chapter 6)."""
    language = words.language
    title = words.titles.get(language, "")
    fields = (
        (5, title, 64),
        (80, words.creator, 32),
        (103, words.reference, 32),
        (105, title, 256),
        (110, words.credit_line, 32),
        (115, words.source, 32),
        (116, words.copyright_notice, 128),
        (120, words.captions.get(language, ""), 2000),
    )
    written = [_dataset(1, 90, _UTF_8), _dataset(2, 0, b"\0\4")]
    written += [_dataset(2, number, cut) for number, text, most in fields if (cut := _cut(plain(text), most))]
    return b"".join(written)


def resources_of(iim: bytes, kept: bytes = b"") -> bytes:
    """Photoshop image resources with these datasets and their digest, after those that are ``kept``."""
    return kept + _resource(IIM_RESOURCE, iim) + _resource(DIGEST_RESOURCE, hashlib.md5(iim).digest())  # noqa: S324 - as the format has it


def others_in(resources: bytes) -> bytes:
    """What the resources of a file hold besides IIM and its digest; nothing where they are no resources."""
    kept, at = [], 0
    while at + 12 <= len(resources):
        signature, number, name = resources[at : at + 4], int.from_bytes(resources[at + 4 : at + 6]), resources[at + 6]
        head = 6 + (name + 2) // 2 * 2
        size = int.from_bytes(resources[at + head : at + head + 4])
        end = at + head + 4 + size + size % 2
        if signature != _SIGNATURE or end > len(resources):
            return b""
        if number not in {IIM_RESOURCE, DIGEST_RESOURCE}:
            kept.append(resources[at:end])
        at = end
    return b"".join(kept)


def _resource(number: int, data: bytes) -> bytes:
    return _SIGNATURE + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)


def _dataset(record: int, number: int, data: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, record, number, len(data)) + data


def _cut(text: str, most: int) -> bytes:
    """At most ``most`` octets, and no half letter."""
    return text.encode()[:most].decode(errors="ignore").encode()
