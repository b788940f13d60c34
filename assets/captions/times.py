"""Times of cues, in milliseconds."""

import re
from fractions import Fraction
from typing import Final

CLOCK: Final = r"(-?)(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
"""``[[H]H:]MM:SS.mmm``, as SubRip, WebVTT and ASS write it, with a sign where somebody shifted too far."""
_CLOCK: Final = re.compile(CLOCK, re.ASCII)
_OFFSET: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(h|m|s|ms|f|t)", re.ASCII)
_TTML_CLOCK: Final = re.compile(r"(\d{2,4}):(\d{2}):(\d{2})(?:\.(\d{1,9})|:(\d{2,3})(?:\.\d{1,3})?)?", re.ASCII)
_SECONDS: Final = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}


def clock_time(text: str) -> int | None:
    """Milliseconds; negative ones are kept for the check to refuse. None for what is no time."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    sign, hours, minutes, seconds, fraction = found.groups()
    if int(minutes) > 59 or int(seconds) > 59:
        return None
    whole = (int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))
    return -whole if sign else whole


def written_time(milliseconds: int, *, mark: str = ".") -> str:
    """``HH:MM:SS.mmm``; SubRip's ``mark`` is a comma."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{rest:03}"


def ttml_time(text: str, *, frame_rate: Fraction, tick_rate: Fraction) -> int | None:
    """A time expression of TTML (TTML2, 12.3.1), in milliseconds; rates are per second. None for what is none."""
    text = text.strip()
    if found := _TTML_CLOCK.fullmatch(text):
        hours, minutes, seconds, fraction, frames = found.groups()
        if int(minutes) > 59 or int(seconds) > 60:
            return None
        time = Fraction(int(hours) * 3600 + int(minutes) * 60 + int(seconds))
        time += Fraction(int(fraction), 10 ** len(fraction)) if fraction else 0
        time += int(frames) / frame_rate if frames else 0
        return round(time * 1000)
    if found := _OFFSET.fullmatch(text):
        unit = {"f": 1 / frame_rate, "t": 1 / tick_rate}.get(found[2]) or _SECONDS[found[2]]
        return round(Fraction(found[1]) * unit * 1000)
    return None
