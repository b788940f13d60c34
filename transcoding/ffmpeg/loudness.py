"""Loudness by EBU R 128, from the summary that ffmpeg's ``ebur128`` writes about one of our own renditions. Pure."""

import math
import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Loudness:
    """Integrated loudness in LUFS, loudness range in LU, true peak in dBTP (ITU-R BS.1770). None for silence."""

    integrated: float | None
    range: float | None
    true_peak: float | None


def parse_loudness(log: str) -> Loudness | None:
    """The last summary in ``log``; None when there is none."""
    _, found, summary = log.rpartition("Summary:")
    if not found:
        return None
    return Loudness(
        integrated=_value(summary, r"I:\s+(\S+) LUFS", floor=-70.0),
        range=_value(summary, r"LRA:\s+(\S+) LU\b"),
        true_peak=_value(summary, r"Peak:\s+(\S+) dBFS"),
    )


def _value(text: str, pattern: str, *, floor: float = -math.inf) -> float | None:
    """The number, or None where it is missing, infinite, or at the gate's floor (nothing louder was heard)."""
    match = re.search(pattern, text)
    try:
        number = float(match[1]) if match else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) and number > floor else None
