"""Cues: what is said from when to when. Whatever they come from, they pass :func:`checked_cues`."""

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from assets.captions.markup import literal, plain, readable, tidy
from assets.captions.problems import refusal
from assets.captions.times import written_time

MAX_CUES: Final = 10_000
MAX_LETTERS: Final = 400_000
"""Of all cues together: a day of talking."""
MAX_CUE_LETTERS: Final = 1_000
MAX_CUE_LINES: Final = 20
MAX_SPEAKER: Final = 100
MAX_TIME: Final = 24 * 3600 * 1000
"""Milliseconds: no cue is later than a day."""
MAX_MARKUP: Final = 20_000
"""Characters of one cue as it comes, tags and all."""


@dataclass(frozen=True, kw_only=True)
class Cue:
    """``start`` and ``end`` in milliseconds; ``text`` in the spelling of ``markup.tidy``."""

    start: int
    end: int
    text: str
    speaker: str = ""


@dataclass(frozen=True, kw_only=True)
class Written:
    """A cue as it was found, not yet checked; ``line`` of the file, from 1, or 0. ``text`` is markup, ``speaker``
    is not. ``number`` is that by which people know it; 0 for its place among those that were found."""

    start: int
    end: int
    text: str
    speaker: str = ""
    line: int = 0
    number: int = 0


def checked_cues(found: Iterable[Written], *, chapters: bool = False) -> tuple[Cue, ...]:
    """The cues in the order of their times, tidied. Cues of a file that say nothing are left out.

    Raises ``CaptionsInvalid`` with the place for times that run backwards, below nothing or beyond a day, for texts and
    numbers beyond the bounds, and for a cue without words that has no line. Chapters have one line each and do not
    overlap.
    """
    kept: list[tuple[Cue, Written, int]] = []
    letters = 0
    for place, written in enumerate(found, start=1):
        if place > MAX_CUES:
            raise refusal(_("There are more than %(most)d cues.") % {"most": MAX_CUES}, code="captions_too_large")
        number = written.number or place
        cue = _checked(written, number, chapters=chapters)
        if cue is None:
            continue
        letters += len(cue.text)
        if letters > MAX_LETTERS:
            sentence = _("The cues have more than %(most)d characters together.") % {"most": MAX_LETTERS}
            raise refusal(sentence, code="captions_too_large")
        kept.append((cue, written, number))
    if not kept:
        raise refusal(_("There are no cues in it."), code="captions_empty")
    kept.sort(key=lambda one: (one[0].start, one[0].end))
    if chapters:
        _require_apart(kept)
    return tuple(cue for cue, _written, _number in kept)


def as_json(cues: Sequence[Cue]) -> list[dict[str, Any]]:
    return [{"start": cue.start, "end": cue.end, "text": cue.text, "speaker": cue.speaker} for cue in cues]


def from_stored(rows: Iterable[Mapping[str, Any]]) -> tuple[Cue, ...]:
    """What :func:`as_json` wrote."""
    return tuple(
        Cue(start=row["start"], end=row["end"], text=row["text"], speaker=row.get("speaker", "")) for row in rows
    )


def digest_of(cues: Sequence[Cue]) -> str:
    """SHA-256 of the cues, the same for the same cues."""
    said = [[cue.start, cue.end, cue.text, cue.speaker] for cue in cues]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _checked(written: Written, number: int, *, chapters: bool) -> Cue | None:
    place = {"line": written.line} if written.line else {"cue": number}
    _check_times(written, place)
    if len(written.text) > MAX_MARKUP:
        raise refusal(_too_long(), code="captions_text_invalid", **place)
    text = tidy(written.text)
    words = plain(text)
    if not words:
        if written.line:
            return None
        raise refusal(_("It has no words."), code="captions_text_invalid", **place)
    if chapters:
        words = " ".join(words.split())
        text = literal(words)
    if len(words) > MAX_CUE_LETTERS or words.count("\n") >= MAX_CUE_LINES:
        raise refusal(_too_long(), code="captions_text_invalid", **place)
    speaker = "" if chapters else " ".join(readable(written.speaker[: MAX_SPEAKER * 10]).split())
    if len(speaker) > MAX_SPEAKER:
        sentence = _("A speaker's name has at most %(most)d characters.") % {"most": MAX_SPEAKER}
        raise refusal(sentence, code="captions_text_invalid", **place)
    return Cue(start=written.start, end=written.end, text=text, speaker=speaker)


def _check_times(written: Written, place: Mapping[str, int]) -> None:
    if written.start < 0 or written.end < 0:
        sentence = _("A time is before the beginning.")
    elif written.end > MAX_TIME or written.start > MAX_TIME:
        sentence = _("A time is later than 24 hours.")
    elif written.end <= written.start:
        times = {"start": written_time(written.start), "end": written_time(written.end)}
        sentence = _("It ends (%(end)s) before or when it begins (%(start)s).") % times
    else:
        return
    raise refusal(sentence, code="captions_time_invalid", **place)


def _require_apart(kept: Sequence[tuple[Cue, Written, int]]) -> None:
    for (before, _first, _one), (cue, written, number) in itertools.pairwise(kept):
        if cue.start < before.end:
            place = {"line": written.line} if written.line else {"cue": number}
            raise refusal(_("A chapter begins before the one before it ends."), code="captions_time_invalid", **place)


def _too_long() -> str:
    values = {"letters": MAX_CUE_LETTERS, "lines": MAX_CUE_LINES}
    return _("A cue has at most %(letters)d characters in %(lines)d lines.") % values
