"""Stretches of text as they were read, and the tidy line that they make."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assets.articles.blocks import PLAIN, Line, Span, Style

_WORDS = re.compile(r"([ \t\n\r\f]+)")
"""White space as HTML collapses it; a no-break space is none."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """``text`` None is a line break."""

    text: str | None
    style: Style = PLAIN


def tidy(pieces: Iterable[Piece]) -> Line:
    """One line: white space collapsed and gone at its ends and around breaks, neighbours of one style joined."""
    out: list[tuple[str, Style]] = []
    space: Style | None = None
    for piece in pieces:
        if piece.text is None:
            space = None
            if out:
                out.append(("\n", piece.style))
            continue
        for part in _WORDS.split(piece.text):
            if not part:
                continue
            if part[0] in " \t\n\r\f":
                if out and out[-1][0] != "\n":
                    space = space or piece.style
                continue
            if space is not None:
                out.append((" ", space))
                space = None
            out.append((part, piece.style))
    while out and out[-1][0] == "\n":
        out.pop()
    return _joined(out)


def _joined(parts: list[tuple[str, Style]]) -> Line:
    spans: list[Span] = []
    for text, style in parts:
        if spans and spans[-1].style == style:
            spans[-1] = Span(text=spans[-1].text + text, style=style)
        else:
            spans.append(Span(text=text, style=style))
    return tuple(spans)


def joined_lines(lines: Iterable[Line]) -> Line:
    """Several lines as one, with a break between each two."""
    pieces: list[Piece] = []
    for line in lines:
        if pieces:
            pieces.append(Piece(text=None))
        for span in line:
            for number, text in enumerate(span.text.split("\n")):
                pieces += [Piece(text=None, style=span.style)] if number else []
                pieces.append(Piece(text=text, style=span.style))
    return tidy(pieces)
