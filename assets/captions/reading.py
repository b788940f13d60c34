"""A file of captions, whatever it is, as cues. What it is, is seen from what is in it, never from its name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from assets.captions.ass import read_ass
from assets.captions.cues import Cue, Written, checked_cues
from assets.captions.problems import refusal
from assets.captions.subrip import read_subrip
from assets.captions.ttml import read_ttml
from assets.captions.webvtt import ARROW, read_webvtt

MAX_FILE: Final = 4 * 1024 * 1024
"""Bytes."""
_HEAD: Final = 4_000
"""Characters in which a format shows itself."""


@dataclass(frozen=True, kw_only=True)
class Captions:
    """``format``: ``webvtt``, ``srt``, ``ttml`` or ``ass``."""

    format: str
    cues: tuple[Cue, ...]


def read_captions(text: str, *, chapters: bool = False) -> Captions:
    """The cues of a decoded file. Raises ``CaptionsInvalid`` with what is wrong and where."""
    if len(text) > MAX_FILE:
        raise too_large()
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    name, read = _format_of(text)
    return Captions(format=name, cues=checked_cues(read(text), chapters=chapters))


def too_large() -> Exception:
    sentence = _("A file of captions has at most %(most)d MiB.") % {"most": MAX_FILE // 1024**2}
    return refusal(sentence, code="captions_too_large")


def _format_of(text: str) -> tuple[str, Callable[[str], Iterable[Written]]]:
    head = text[:_HEAD].lstrip()
    if head.startswith("WEBVTT"):
        return "webvtt", read_webvtt
    if head.lower().startswith("[script info]") or "\n[events]" in "\n" + head.lower():
        return "ass", read_ass
    if head.startswith("<") and ("<tt" in head or ":tt" in head or head.startswith("<?xml") or "<!DOCTYPE" in head):
        return "ttml", read_ttml
    if ARROW in head:
        return "srt", read_subrip
    sentence = _("This is no SubRip, WebVTT, TTML or ASS file.")
    raise refusal(sentence, code="captions_unknown_format")
