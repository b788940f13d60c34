"""Chapters as one list with a title in each language, out of the tracks of all languages and back into them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from assets.captions.cues import MAX_TIME, Cue, Written, checked_cues
from assets.captions.markup import literal, plain
from assets.captions.problems import refusal
from assets.states import Language

SHORTEST = 1_000
"""Milliseconds of a last chapter whose end nobody knows."""


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """``start`` and ``end`` in milliseconds; ``end`` 0 is not said. ``titles`` are plain text."""

    start: int
    end: int
    titles: Mapping[Language, str]


def tracks_from(chapters: Sequence[Chapter], *, duration: float | None) -> dict[Language, tuple[Cue, ...]]:
    """The cues of each language that titles a chapter. ``duration`` of the work in seconds, where it is known.

    A chapter without an end lasts until the next, whatever languages that one has. Raises ``CaptionsInvalid``.
    """
    ends = _ends(chapters, duration)
    titled: dict[Language, list[Written]] = {}
    for number, (chapter, end) in enumerate(zip(chapters, ends, strict=True), start=1):
        said = {language: title for language, title in chapter.titles.items() if title.strip()}
        if not said:
            raise refusal(_("It has no words."), code="captions_text_invalid", cue=number)
        for language, title in said.items():
            titled.setdefault(language, []).append(
                Written(start=chapter.start, end=end, text=literal(title), number=number)
            )
    return {language: checked_cues(found, chapters=True) for language, found in titled.items()}


def merged(tracks: Mapping[Language, Sequence[Cue]]) -> list[Chapter]:
    """One list; chapters of different languages are one where they begin and end together. :func:`tracks_from` makes
    the same tracks of it again."""
    spans: dict[tuple[int, int], dict[Language, str]] = {}
    for language, cues in tracks.items():
        for cue in cues:
            spans.setdefault((cue.start, cue.end), {})[language] = plain(cue.text)
    return [Chapter(start=start, end=end, titles=titles) for (start, end), titles in sorted(spans.items())]


def _ends(chapters: Sequence[Chapter], duration: float | None) -> list[int]:
    starts = sorted({chapter.start for chapter in chapters})
    following = dict(itertools.pairwise(starts))
    last = max([int((duration or 0) * 1000), *(start + SHORTEST for start in starts)])
    return [chapter.end or following.get(chapter.start, min(last, MAX_TIME)) for chapter in chapters]
