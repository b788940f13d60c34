"""What is said, as text to read: for those who cannot hear it, and for those who search or quote it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from assets.captions.cues import Cue
from assets.captions.markup import plain
from assets.captions.times import written_time
from assets.states import Language

PAUSE: Final = 2_000
"""Milliseconds of silence after which a new paragraph begins."""
LONG: Final = 600
"""Letters after which the next sentence begins a new paragraph."""
_ENDS: Final = (".", "!", "?", "…", "。", "！", "？")


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """``start`` in milliseconds."""

    start: int
    speaker: str
    text: str


def paragraphs(cues: Iterable[Cue], *, language: str) -> list[Paragraph]:
    """One for each change of speaker, after a pause, and where one grows long."""
    space = "" if language == Language.ZH else " "
    made: list[Paragraph] = []
    end = 0
    for cue in cues:
        words = space.join(plain(cue.text).split("\n"))
        last = made[-1] if made else None
        goes_on = last is not None and last.speaker == cue.speaker and cue.start - end < PAUSE
        if last is not None and goes_on and not _is_full(last.text):
            made[-1] = Paragraph(start=last.start, speaker=last.speaker, text=f"{last.text}{space}{words}")
        else:
            made.append(Paragraph(start=cue.start, speaker=cue.speaker, text=words))
        end = max(end, cue.end)
    return made


def transcript(cues: Iterable[Cue], *, language: str) -> str:
    """Plain text, an empty line between paragraphs."""
    found = paragraphs(cues, language=language)
    return "\n\n".join(f"{one.speaker}: {one.text}" if one.speaker else one.text for one in found) + "\n"


def timed_text(cues: Iterable[Cue]) -> str:
    """A line for each cue: its times, who speaks, what is said."""
    return "\n".join(
        f"{written_time(cue.start)}–{written_time(cue.end)} "
        + (f"{cue.speaker}: " if cue.speaker else "")
        + " / ".join(cue.text.split("\n"))
        for cue in cues
    )


def _is_full(text: str) -> bool:
    return len(text) > (LONG if text.endswith(_ENDS) else 5 * LONG)
