"""WebVTT (W3C): read with everything but its words left behind, and written anew.

Style sheets, regions, comments, settings of cues, classes, languages and karaoke times do not survive; bold, italic,
underline and the first voice do.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from django.utils.translation import gettext as _

from assets.captions.cues import MAX_MARKUP, Cue, Written
from assets.captions.markup import literal, name_of
from assets.captions.problems import refusal
from assets.captions.times import CLOCK, clock_time, written_time

ARROW: Final = "-->"
_TIMING: Final = re.compile(rf"[ \t]*({CLOCK})[ \t]*-->[ \t]*({CLOCK})(?:[ \t].*)?", re.ASCII)
_START, _END = 1, 7
_NOT_CUES: Final = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t:].*)?")
_VOICE: Final = re.compile(r"<v(?:\.[^\s<>]{0,100})?(?:[ \t\n]([^<>]{0,400}))?>")


def read_webvtt(text: str) -> Iterator[Written]:
    """The cues of a WebVTT file whose line ends are line feeds. Raises ``CaptionsInvalid`` with the line."""
    lines = text.split("\n")
    at = 0
    while at < len(lines) and lines[at].strip() and ARROW not in lines[at]:
        at += 1  # the signature and what a header says
    while at < len(lines):
        end = _end_of_block(lines, at)
        if end > at and not _NOT_CUES.fullmatch(lines[at].strip()):
            yield from _cues(lines, at, end)
        at = end + 1


def write_webvtt(cues: Sequence[Cue]) -> str:
    """The file that players get: nothing in it but times, speakers and words."""
    blocks = ["WEBVTT"]
    for cue in cues:
        voice = f"<v {literal(cue.speaker)}>" if cue.speaker else ""
        blocks.append(f"{written_time(cue.start)} {ARROW} {written_time(cue.end)}\n{voice}{cue.text}")
    return "\n\n".join(blocks) + "\n"


def timing(line: str) -> tuple[int, int] | None:
    """Start and end that the line says; None where it is no line of times."""
    found = _TIMING.fullmatch(line)
    if found is None:
        return None
    start, end = clock_time(found[_START]), clock_time(found[_END])
    return None if start is None or end is None else (start, end)


def unreadable_times(line: int) -> Exception:
    return refusal(_("These times cannot be read."), code="captions_time_invalid", line=line)


def _end_of_block(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and lines[at].strip():
        at += 1
    return at


def _cues(lines: Sequence[str], start: int, end: int) -> Iterator[Written]:
    """Of one block: an identifier, times, words. Where the empty line between two cues was forgotten, both."""
    places = [at for at in range(start, end) if ARROW in lines[at]]
    if not places or places[0] > start + 1:
        raise refusal(_("Here should be the times of a cue."), code="captions_malformed", line=start + 1)
    for place, following in zip(places, [*places[1:], end], strict=True):
        times = timing(lines[place])
        if times is None:
            raise unreadable_times(place + 1)
        yield from _voices("\n".join(lines[place + 1 : following]), times, place + 1)


def _voices(words: str, times: tuple[int, int], line: int) -> Iterator[Written]:
    """One voice is the speaker; with several, or with words before the first, their names are written out."""
    start, end = times
    if "<v" not in words or len(words) > MAX_MARKUP:
        yield Written(start=start, end=end, text=words, line=line)
        return
    before, *rest = _VOICE.split(words)
    names, texts = rest[::2], rest[1::2]
    if len(set(names)) == 1 and not before.strip():
        yield Written(start=start, end=end, text="".join(texts), speaker=name_of(names[0] or ""), line=line)
        return
    said = [before]
    for name, text in zip(names, texts, strict=True):
        said.append(f"{literal(name_of(name or ''))}: {text}" if (name or "").strip() else text)
    yield Written(start=start, end=end, text="".join(said), line=line)
