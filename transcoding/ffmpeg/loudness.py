"""Loudness by EBU R 128: read from what ffmpeg's ``ebur128`` measured, and how far to turn a sound up or down. Pure."""

import math
import re
from dataclasses import dataclass

TARGET = -16.0
"""LUFS that everything on the web is brought to (EBU R 128 s2 for streaming; AES TD1008 allows −16 for all content)."""
CEILING = -1.5
"""dBTP that no peak may exceed."""
CODEC_MARGIN = 0.5
"""dB that peaks may grow by in the AAC encoder."""
MAX_GAIN = 20.0
"""dB. A recording that would need more is nearly silence; turned up further, it would be noise."""
MAX_LIMITING = 10.0
"""dB that the limiter may take off single peaks. More would be heard as pumping."""


@dataclass(frozen=True, kw_only=True)
class Loudness:
    """Integrated loudness in LUFS, loudness range in LU, true peak in dBTP (ITU-R BS.1770). None for silence."""

    integrated: float | None
    range: float | None
    true_peak: float | None


@dataclass(frozen=True, kw_only=True)
class Level:
    """``gain`` in dB, the same from beginning to end; ``limit``: peaks above the ceiling are taken off afterwards."""

    gain: float = 0.0
    limit: bool = False


AS_IT_IS = Level()


def plan_level(measured: Loudness | None) -> Level:
    """The gain that brings a sound to :data:`TARGET`, linear where its true peak admits that, else with a limiter.

    What is too short (under 0.4 s) or too quiet to have a loudness keeps its level, unless its peak is too high.
    """
    if measured is None or measured.true_peak is None:
        return AS_IT_IS
    room = CEILING - CODEC_MARGIN - measured.true_peak
    if measured.integrated is None:
        return Level(gain=_tenths(min(0.0, room)))
    gain = min(TARGET - measured.integrated, MAX_GAIN, max(0.0, room + MAX_LIMITING))
    return Level(gain=_tenths(gain), limit=gain > room)


def parse_loudness(log: str) -> list[Loudness]:
    """The summaries at the end of ``log``, by the place of their filters in the graph."""
    parts = re.split(r"^\[Parsed_ebur128_(\d+) @ 0x[0-9a-f]+\] Summary:$", log, flags=re.MULTILINE)
    summaries = {int(number): text for number, text in zip(parts[1::2], parts[2::2], strict=True)}
    return [
        Loudness(
            integrated=_value(summary, r"I:\s+(\S+) LUFS", floor=-70.0),
            range=_value(summary, r"LRA:\s+(\S+) LU\b"),
            true_peak=_value(summary, r"Peak:\s+(\S+) dBFS"),
        )
        for _, summary in sorted(summaries.items())
    ]


def _value(text: str, pattern: str, *, floor: float = -math.inf) -> float | None:
    """The number, or None where it is missing, infinite, or at the gate's floor (nothing louder was heard)."""
    match = re.search(pattern, text)
    try:
        number = float(match[1]) if match else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) and number > floor else None


def _tenths(gain: float) -> float:
    return round(gain, 1) + 0.0  # never -0.0
