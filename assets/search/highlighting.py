"""Where a hit says the words: a piece of its text with ``<mark>`` around them, everything else escaped."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from typing import Final, Protocol

from assets.search.analysis import words_of
from assets.search.query_language import Parsed

AROUND: Final = 60
"""Letters of a piece before the first marked word."""
LENGTH: Final = 240
_USUAL: Final = 24
"""Letters of a word that is likely said again."""
_SPOKEN: Final = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")


class Said(Protocol):
    @property
    def title(self) -> str: ...
    @property
    def caption(self) -> str: ...


def highlights(texts: Iterable[Said], parsed: Parsed) -> dict[str, str]:
    """HTML for the title and the caption of the first of a work's texts that says any of the words; no field that says
    none."""
    found: dict[str, str] = {}
    for text in texts if parsed.wanted else ():
        for name, value in (("title", text.title), ("caption", text.caption)):
            html = "" if name in found else highlighted(value, parsed)
            if html:
                found[name] = html
    return found


def highlighted(text: str, parsed: Parsed) -> str:
    """HTML of the piece of ``text`` that says any of the words; empty where it says none."""
    wanted = {word.folded for term in parsed.wanted for word in term.words}
    begun = tuple(term.words[-1].folded for term in parsed.wanted if term.is_begun)
    spans = list(_spans(text, wanted, begun)) if wanted else []
    return marked(text, spans) if spans else ""


def _spans(text: str, wanted: set[str], begun: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for match in _SPOKEN.finditer(text):
        said, is_sign = _folded(match.group())
        if said and not is_sign:
            if said in wanted or (begun and said.startswith(begun)):
                yield match.span()
            continue
        for at in range(match.start(), match.end()):
            if _folded(text[at])[0] in wanted:
                yield at, at + 1


def _folded(said: str) -> tuple[str, bool]:
    """What the first word of it is found by, and whether that is a Chinese character; empty where it has no word."""
    return _folded_once(said) if len(said) <= _USUAL else _fold(said)


def _fold(said: str) -> tuple[str, bool]:
    words = words_of(said)
    return (words[0].folded, words[0].is_sign) if words else ("", False)


_folded_once = lru_cache(maxsize=20_000)(_fold)
"""Of usual words: a page of hits says some thousand, and folding each anew took a third of a search's time."""


def marked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The piece of ``text`` from shortly before the first span on, as HTML."""
    joined: list[list[int]] = []
    for begin, end in spans:
        if joined and not text[joined[-1][1] : begin].strip():
            joined[-1][1] = end
        else:
            joined.append([begin, end])
    start = max(0, joined[0][0] - AROUND)
    if start:
        start = text.find(" ", start, joined[0][0]) + 1 or start
    stop = min(len(text), start + LENGTH)
    made, last = ["…" if start else ""], start
    for begin, end in joined:
        if end > stop:
            break
        made.append(f"{escape(text[last:begin])}<mark>{escape(text[begin:end])}</mark>")
        last = end
    return "".join(made) + escape(text[last:stop]) + ("…" if stop < len(text) else "")
