"""Normalisation of texts from strangers: combining marks in a row are bounded first.

Normalising sorts a run of marks in time that grows with the square of its length: 40,000 of them take a minute, in
which a Python process does nothing else. No writing system needs more than a few; Unicode's own bound for streams is 30
(UAX #15, section 13).
"""

import re
import sys
import unicodedata
from functools import cache
from itertools import groupby

MOST_MARKS = 30
_SPLIT_INTO_MARKS = frozenset("\u0f73\u0f75\u0f81")
"""They count as no marks themselves but are decomposed into some."""


def bounded(text: str) -> str:
    """``text`` with the first 30 of each run of marks."""
    return text if text.isascii() else _long_runs().sub(r"\1", text)


def composed(text: str) -> str:
    """``text`` in NFC, its runs of marks bounded."""
    return unicodedata.normalize("NFC", bounded(text))


def decomposed(text: str) -> str:
    """``text`` in NFD, its runs of marks bounded."""
    return unicodedata.normalize("NFD", bounded(text))


@cache
def _long_runs() -> re.Pattern[str]:
    marks = [code for code in range(sys.maxunicode + 1) if _is_mark(chr(code))]
    runs = [[code for _, code in group] for _, group in groupby(enumerate(marks), lambda one: one[1] - one[0])]
    letters = "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in runs)
    return re.compile(f"([{letters}]{{{MOST_MARKS}}})[{letters}]+")


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) != 0 or character in _SPLIT_INTO_MARKS
