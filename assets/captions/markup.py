"""The words of a cue: lines of text with bold, italic and underline, in one spelling.

That spelling is a part of WebVTT's cue text: ``<b>``, ``<i>``, ``<u>`` around single runs, and ``&amp;``, ``&lt;``,
``&gt;`` for the three signs. Nothing else of what comes in stays: other tags go, their words stay.
"""

import html
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from permissions.marks import composed

STYLES: Final = ("b", "i", "u")
_MEANT: Final = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u"}
# bounded, and never over a "<": linear in the text, whatever it is
_TAG: Final = re.compile(r"<(/?)([A-Za-z][^<>]{0,200}|[0-9]{1,4}:[0-9:.]{1,20})>")
_NAME: Final = re.compile(r"[A-Za-z0-9]+")
_REFERENCE: Final = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_LINE_END: Final = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_DIRECTIONS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_UNREADABLE: Final = frozenset({"Cc", "Cs", "Co"})


@dataclass(frozen=True, kw_only=True)
class Run:
    """Words of one look. ``text`` may have line ends; ``styles`` are of :data:`STYLES`."""

    text: str
    styles: frozenset[str] = frozenset()


def tidy(markup: str) -> str:
    """The text in the one spelling: NFC, no control characters or direction marks, white space runs as one space,
    no empty lines. ``tidy(tidy(text)) == tidy(text)``."""
    return spelled(runs_of(markup))


def plain(markup: str) -> str:
    """The words alone, with their line ends."""
    if "<" not in markup and "&" not in markup:
        return markup
    return "".join(run.text for run in runs_of(markup))


def literal(text: str) -> str:
    """Text in which nothing is markup, as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def name_of(text: str) -> str:
    """A speaker's name as text: references resolved, one line."""
    return " ".join(readable(_unescaped(text)).split())


def readable(text: str) -> str:
    """``text`` in NFC with nothing in it but characters to read, tabs and line feeds."""
    if not text.isascii() or not text.isprintable():
        text = "".join(letter for letter in _LINE_END.sub("\n", text) if _is_readable(letter))
    return composed(text)


def runs_of(markup: str) -> list[Run]:
    """The text in its looks. What is no tag that we know the form of is text."""
    return _laid_out(_joined(Run(text=readable(run.text), styles=run.styles) for run in _read(markup)))


def spelled(runs: Iterable[Run]) -> str:
    """Tags never span a line end, so that every line stands by itself."""
    return "".join(
        "\n".join(_wrapped(part, run.styles) if part else "" for part in run.text.split("\n")) for run in runs
    )


def _wrapped(text: str, styles: frozenset[str]) -> str:
    names = [name for name in STYLES if name in styles]
    opening = "".join(f"<{name}>" for name in names)
    return opening + literal(text) + "".join(f"</{name}>" for name in reversed(names))


def _read(markup: str) -> Iterator[Run]:
    depth = dict.fromkeys(STYLES, 0)
    place = 0
    for tag in _TAG.finditer(markup):
        yield _run(markup[place : tag.start()], depth)
        place = tag.end()
        found = _NAME.match(tag[2])
        style = _MEANT.get(found[0].lower()) if found else None
        if style is not None:
            depth[style] = max(0, depth[style] + (-1 if tag[1] else 1))
    yield _run(markup[place:], depth)


def _run(text: str, depth: dict[str, int]) -> Run:
    return Run(text=_unescaped(text), styles=frozenset(name for name, open_ in depth.items() if open_))


def _unescaped(text: str) -> str:
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def _joined(runs: Iterable[Run]) -> list[Run]:
    """Neighbours of one look as one run."""
    said = (run for run in runs if run.text)
    return [
        Run(text=composed("".join(run.text for run in same)), styles=styles)
        for styles, same in itertools.groupby(said, lambda run: run.styles)
    ]


def _laid_out(runs: list[Run]) -> list[Run]:
    """White space as one space between words, across runs too; lines without words go."""
    if len(runs) == 1 and "\n" not in runs[0].text:
        return _joined([Run(text=" ".join(runs[0].text.split()), styles=runs[0].styles)])
    laid: list[Run] = []
    gap = ""  # white space that waits for the next word
    gap_styles: frozenset[str] = frozenset()
    for run in runs:
        for part in re.split(r"(\s+)", run.text):
            if not part:
                continue
            if part.isspace():
                if gap == "":
                    gap_styles = run.styles
                gap = "\n" if "\n" in gap + part else " "
                continue
            if gap and laid:
                laid.append(Run(text=gap, styles=frozenset() if gap == "\n" else gap_styles))
            gap = ""
            laid.append(Run(text=part, styles=run.styles))
    return _joined(laid)


def _is_readable(letter: str) -> bool:
    if letter.isascii():
        return letter.isprintable() or letter in "\n\t"
    if letter in _DIRECTIONS or (ord(letter) & 0xFFFE) == 0xFFFE:
        return False
    return unicodedata.category(letter) not in _UNREADABLE
