"""Text from strangers made into plain text: bounded, normalised, nothing in it but characters to read."""

import re
import unicodedata

from permissions.marks import composed

SHORT, LONG = 500, 10_000
_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")
_LINE_BREAKS = re.compile(r"\r\n?|\u2028|\u2029|\x0b|\x0c|\x85")
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_TAG_ROUNDS = 5


def plain_text(text: str, *, most: int = SHORT, lines: bool = False) -> str:
    """``text`` in NFC without markup, control characters and direction marks, at most ``most`` characters.

    White space runs become one space; with ``lines`` the line breaks stay (at most one empty line in a row).
    """
    text = text[: most * 4]  # bounds the work below
    for _ in range(_TAG_ROUNDS):
        stripped = _TAG.sub("", text)
        if stripped == text:
            break
        text = stripped
    text = composed(_LINE_BREAKS.sub("\n", text))
    text = "".join(character for character in text if _is_wanted(character))
    if lines:
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in text.split("\n")))
    else:
        text = " ".join(text.split())
    return text.strip()[:most].rstrip()


def _is_wanted(character: str) -> bool:
    if character in "\n\t":
        return True
    return character not in _BIDI_CONTROLS and unicodedata.category(character) not in {"Cc", "Cs", "Co", "Cn"}
