"""SubRip (``.srt``), which nobody specified: numbers, times with a comma, words, a few tags of HTML."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from assets.captions.cues import Cue, Written
from assets.captions.times import written_time
from assets.captions.webvtt import ARROW, timing, unreadable_times

_NUMBER: Final = re.compile(r"\s*\d{1,9}\s*", re.ASCII)
_OVERRIDE: Final = re.compile(r"\{\\[^{}]{0,500}\}")
"""``{\\an8}``: what some programs take over from ASS."""


def read_subrip(text: str) -> Iterator[Written]:
    """The cues of a file whose line ends are line feeds. Raises ``CaptionsInvalid`` with the line.

    Found by their lines of times, so that empty lines inside a text, and missing ones between two, do no harm.
    """
    lines = text.split("\n")
    times: tuple[int, int] | None = None
    begun = 0  # the line after the times
    for at, line in enumerate(lines):
        if ARROW not in line:
            continue
        found = timing(line)
        if found is None:
            if line.strip()[:1] in set("-0123456789"):
                raise unreadable_times(at + 1)
            continue  # an arrow that somebody said
        if times is not None:
            yield _cue(times, lines[begun : _without_number(lines, begun, at)], begun)
        times, begun = found, at + 1
    if times is not None:
        yield _cue(times, lines[begun:], begun)


def write_subrip(cues: Sequence[Cue]) -> str:
    """For programs that read nothing else: speakers are named before their words."""
    blocks = []
    for number, cue in enumerate(cues, start=1):
        times = f"{written_time(cue.start, mark=',')} {ARROW} {written_time(cue.end, mark=',')}"
        name = f"{cue.speaker}: " if cue.speaker else ""
        blocks.append(f"{number}\n{times}\n{name}{_unescaped(cue.text)}\n")
    return "\n".join(blocks)


def _without_number(lines: Sequence[str], begun: int, at: int) -> int:
    """Where the words end: the line before the next times is that cue's number."""
    return at - 1 if at - 1 >= begun and _NUMBER.fullmatch(lines[at - 1]) else at


def _cue(times: tuple[int, int], lines: Sequence[str], line: int) -> Written:
    text = _OVERRIDE.sub("", "\n".join(lines))
    return Written(start=times[0], end=times[1], text=text.replace("&", "&amp;"), line=line)


def _unescaped(markup: str) -> str:
    """SubRip has no escapes: the signs stand for themselves."""
    return markup.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
