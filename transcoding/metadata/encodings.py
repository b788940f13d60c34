"""Text of unknown encoding, decoded: Vietnamese comes in every encoding it ever had, and often in two at once."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from permissions.marks import composed
from transcoding.metadata import vietnamese_tables as tables
from transcoding.metadata.syllables import score, word_score, words_with_marks

_MAX_BYTES = 256 * 1024
_ENOUGH = 16 * 1024
_LEAST_VALID_SHARE = 0.6
_LEAST_VALID_SHARE_REPAIR = 0.8

# "Qu¯c", "N“I": what a font encoding leaves inside words, unlike apostrophes and hyphens
_SYMBOL_IN_WORD = re.compile(r"[^\W\d_][\u00a1-\u00b6\u00b8-\u00bf€‚„…†‡‰‹“”•˜™›\x80-\x9f][^\W\d_]")

# in the order in which equal scores are settled
_LEGACY: dict[str, Callable[[bytes], str]] = {
    "windows-1258": tables.decode_cp1258,
    "tcvn3": tables.decode_tcvn3,
    "vni": tables.decode_vni,
    "viscii": tables.decode_viscii,
}
# GB 2312 has no second bytes below 0xA1, which half of Big5's are; so the stricter ones come first
_CHINESE = ("gb2312", "big5", "gb18030")


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """``text`` in NFC; ``encoding`` names what the bytes were taken for."""

    text: str
    encoding: str


def decode_text(data: bytes) -> Decoded:
    """The text of ``data`` (the first 256 KiB); never fails.

    UTF-8 and UTF-16 where they are valid, else the reading with the most possible Vietnamese syllables, else
    Windows-1252.
    """
    data = data[:_MAX_BYTES]
    if wide := _utf16_name(data):
        return Decoded(text=composed(data.decode(wide, "replace").strip("\ufeff\0")), encoding="utf-16")
    data = data.rstrip(b"\0").removeprefix(b"\xef\xbb\xbf")
    unicode = _utf8(data)
    if unicode is not None:
        repaired = repair_text(unicode)
        return Decoded(text=repaired, encoding="utf-8" if repaired == composed(unicode) else "repaired")
    western = _western(data)
    found = _best_legacy(data, more_than=_western_score(western), valid_share=_LEAST_VALID_SHARE)
    return found or Decoded(text=composed(western), encoding="windows-1252")


def decode_whole(data: bytes, *, chinese: bool = False) -> Decoded:
    """The text of a file of any length; never fails.

    As :func:`decode_text`, but judged by the first lines that tell one encoding from another, wherever they are.
    ``chinese``: what is not Unicode is tried as GB 2312, Big5 and GB 18030 before it is taken for Vietnamese.
    """
    if wide := _utf16_name(data[:_MAX_BYTES]):
        return Decoded(text=composed(data.decode(wide, "replace").strip("\ufeff\0")), encoding="utf-16")
    data = data.rstrip(b"\0").removeprefix(b"\xef\xbb\xbf")
    unicode = _strictly(data, "utf-8")
    if unicode is None and chinese:
        for name in _CHINESE:
            text = _strictly(data, name)
            if text is not None:
                return Decoded(text=composed(text), encoding=name)
    encoding = decode_text(_telling_lines(data)).encoding
    if encoding == "repaired":
        text = "".join(repair_text(part) for part in _parts(unicode or data.decode(errors="replace")))
    elif encoding == "utf-8":
        text = unicode or data.decode(errors="replace")
    else:
        text = _try(_LEGACY.get(encoding, _western), data) or _western(data)
    return Decoded(text=composed(text), encoding=encoding)


def _telling_lines(data: bytes) -> bytes:
    """The first lines that are not ASCII, up to what is enough to judge by."""
    lines: list[bytes] = []
    left = _ENOUGH
    for line in data.split(b"\n"):
        if left > 0 and not line.isascii():
            lines.append(line[:left])
            left -= len(line)
    return b"\n".join(lines)


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _parts(text: str) -> Iterator[str]:
    """The text cut at line ends into what :func:`repair_text` takes at once."""
    part: list[str] = []
    length = 0
    for line in text.splitlines(keepends=True):
        if length + len(line) > _MAX_BYTES:
            yield "".join(part)
            part, length = [], 0
        part.append(line)
        length += len(line)
    yield "".join(part)


def repair_text(text: str) -> str:
    """``text`` in NFC, with a wrong earlier decoding undone where that is beyond doubt.

    UTF-8 read as Windows-1252 ("Viá»‡t") by ftfy; TCVN3, VNI, VISCII or Windows-1258 read as Windows-1252 ("ViÖt",
    "Vieät") where nearly all marked words become possible syllables and more than before.
    """
    text = composed(text[:_MAX_BYTES])
    if text.isascii():
        return text
    from ftfy import fix_encoding  # a tenth of a second, which most pictures never need

    fixed = composed(fix_encoding(text))
    if fixed != text and score(fixed) > score(text) and _valid_share(fixed) >= _LEAST_VALID_SHARE_REPAIR:
        return fixed
    data = _bytes_behind(text)
    if data is not None and (_valid_share(text) < 1 or _SYMBOL_IN_WORD.search(text)):
        found = _best_legacy(data, more_than=_western_score(text), valid_share=_LEAST_VALID_SHARE_REPAIR)
        if found is not None:
            return found.text
    return fixed if score(fixed) >= score(text) else text


def _best_legacy(data: bytes, *, more_than: float, valid_share: float) -> Decoded | None:
    """The reading of ``data`` that scores highest above ``more_than``, with enough of its marked words Vietnamese."""
    best = None
    for name, decode in _LEGACY.items():
        reading = _try(decode, data)
        if reading is None or score(reading) <= more_than or _valid_share(reading) < valid_share:
            continue
        if any(len(word) > 1 for word in words_with_marks(reading)):  # one lone letter may have been a symbol
            best, more_than = Decoded(text=reading, encoding=name), score(reading)
    return best


def _utf16_name(data: bytes) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    data = data.rstrip(b"\0")
    pairs, high, low = (len(data) + 1) // 2, data[1::2].count(0), data[0::2].count(0)
    # ASCII letters and spaces, which every Vietnamese text has, have a zero high byte; U+0300 has a zero low one
    if pairs >= 2 and max(high, low) >= pairs / 4 and max(high, low) > 2 * min(high, low):
        return "utf-16-le" if high > low else "utf-16-be"
    return ""


def _utf8(data: bytes) -> str | None:
    """Strict UTF-8, but for a last letter cut in two by a field's length limit."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3 and error.start > 0 and error.reason == "unexpected end of data":
            whole = data[: error.start].decode()
            return None if whole.isascii() else whole
        return None


def _western(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _bytes_behind(text: str) -> bytes | None:
    """The bytes that read as ``text`` in Windows-1252, or in Latin-1 where that has gaps; None if there are none."""
    out = bytearray()
    for character in text:
        try:
            out += character.encode("cp1252")
        except UnicodeEncodeError:
            if ord(character) > 255:
                return None
            out.append(ord(character))
    return bytes(out)


def _western_score(text: str) -> float:
    """Possible syllables count for it, other words nothing: they may be any Western language's."""
    return sum(max(0.0, word_score(word)) for word in words_with_marks(text))


def _valid_share(text: str) -> float:
    marked = words_with_marks(text)
    return sum(word_score(word) > 0 for word in marked) / len(marked) if marked else 0.0


def _try(decode: Callable[[bytes], str], data: bytes) -> str | None:
    try:
        return decode(data)
    except UnicodeDecodeError:
        return None
