"""How much a film needs, from a few short samples of it, and the ladder that follows. Pure.

The samples are coded small, once as the fixed ladder would and then more thoroughly with fewer bits. What keeps the
picture as good (by VMAF, measured) is taken over for all rungs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from transcoding.ffmpeg.ladder import LEAN_MAXRATE, LadderPlan, Rung, gop_length

LEAST_SECONDS = 60.0
LEAST_SIDE = 720
"""Of a shorter or smaller film the look would be a good part of the work."""
SECONDS_PER_SAMPLE, MOST_SAMPLES = 60.0, 3
"""One sample for each minute begun."""
SAMPLE_SIDE = 360
TRIED_OFFSETS = (2.0, 4.0)
"""Steps of CRF above the fixed ladder's that are tried."""
MOST_OFFSET = 5.0
OFFSET_STEP = 0.5
VMAF_MARGIN = 0.3
"""By how much the samples must stay better than the fixed ladder's: what is taken over to other sizes may err."""
BEYOND_SIGHT, SATURATED, SATURATED_LOSS = 97.0, 99.5, 0.2
"""From 97 on VMAF tells less and less apart; at 99.5 so much may be lost that nobody can see (the goal allows 0.5)."""
LEAST_GAIN = 0.1
"""Share of the bits that must be saved to be worth the encoder's longer search, or the fixed ladder is kept."""
CALM_SHARE, STILL_SHARE = 0.25, 0.5
"""Of the bits in keyframes, two seconds apart: from here on hardly anything moves between them."""
LOWEST_CAP = 0.75
CAP_MARGIN = 1.05
SIZE_EXPONENT = 0.75
"""Bits grow less than pixels: by their number to the power of this."""
LEAN_HEADROOM = 0.8

Liveliness = Literal["still", "calm", "lively"]


@dataclass(frozen=True, kw_only=True)
class Samples:
    """``begins`` in seconds, each of ``pictures`` that last a little less than ``seconds``; coded as ``rung``."""

    begins: tuple[float, ...]
    seconds: float
    pictures: int
    rung: Rung


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One coding of the samples: steps of CRF above the fixed ladder's, bytes, and VMAF (0 to 100)."""

    offset: float
    size: int
    vmaf: float


@dataclass(frozen=True, kw_only=True)
class Content:
    """What the samples say. ``bits``: the share of the fixed ladder's that suffices at ``offset`` steps of CRF more.

    ``keyframe_share`` of bits at two seconds' distance; ``kilobits`` a second of the samples at their small size by the
    fixed ladder, which has ``pixels``.
    """

    keyframe_share: float
    offset: float
    bits: float
    kilobits: float
    pixels: int

    @property
    def liveliness(self) -> Liveliness:
        return _liveliness(self.keyframe_share)


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """The plan after a look at the content. ``reason``: why it is the fixed one; empty where it is not."""

    plan: LadderPlan
    content: Content | None = None
    reason: str = ""


def why_not(plan: LadderPlan, *, duration: float) -> str:
    """What rules a look out before one is taken; empty when nothing does."""
    if duration < LEAST_SECONDS:
        return "short"
    if min(plan.rungs[0].width, plan.rungs[0].height) < LEAST_SIDE:
        return "small"
    return "held" if plan.hold_last else ""


def plan_samples(plan: LadderPlan, *, duration: float) -> Samples:
    """Where to look, evenly over a film of at least :data:`LEAST_SECONDS`: at two GOPs each."""
    pictures = 2 * gop_length(plan.rate)
    count = min(MOST_SAMPLES, math.ceil(duration / SECONDS_PER_SAMPLE))
    length = float(pictures / plan.rate)
    begins = tuple(round(duration * (2 * number + 1) / (2 * count) - length / 2, 3) for number in range(count))
    return Samples(begins=begins, seconds=math.ceil(2 * length) / 2 + 0.5, pictures=pictures, rung=_sample_rung(plan))


def keyframe_share(packets: Sequence[tuple[int, bool]]) -> float:
    """The share of bytes in keyframes, from sizes and marks."""
    total = sum(size for size, _ in packets)
    return sum(size for size, keyframe in packets if keyframe) / total if total else 0.0


def tried(plan: LadderPlan, rung: Rung, share: float) -> list[tuple[Rung, LadderPlan]]:
    """The codings to compare with the fixed one, in the order of :data:`TRIED_OFFSETS`."""
    thorough = replace(plan, thorough=True, long_gops=_liveliness(share) != "lively")
    return [(replace(rung, crf=rung.crf + offset), thorough) for offset in TRIED_OFFSETS]


def compare(fixed: Trial, trials: Sequence[Trial]) -> tuple[float, float]:
    """The largest offset that keeps the samples as good as ``fixed``, and the share of its bits that it takes.

    Between and beyond the two ``trials`` VMAF goes straight with CRF, and the bits by a constant factor.
    """
    low, high = trials
    span = high.offset - low.offset
    slope = (high.vmaf - low.vmaf) / span
    wanted = fixed.vmaf + _margin(fixed.vmaf)
    offset = low.offset + (wanted - low.vmaf) / slope if slope < 0 else high.offset
    offset = max(0.0, min(MOST_OFFSET, math.floor(offset / OFFSET_STEP) * OFFSET_STEP))
    falling = math.log(high.size / low.size) / span
    return offset, low.size / fixed.size * math.exp(falling * (offset - low.offset))


def fit(plan: LadderPlan, content: Content) -> Fitted:
    """The ladder for ``content``: fewer bits for the same look, and no rung that nobody's network asks for."""
    if content.bits > 1 - LEAST_GAIN:
        return Fitted(plan=plan, content=content, reason="no_gain")
    cap = min(1.0, max(LOWEST_CAP, content.bits * CAP_MARGIN))
    rungs = tuple(_fitted(rung, content.offset, cap) for rung in _needed(plan.rungs, content))
    long_gops = content.liveliness != "lively"
    return Fitted(plan=replace(plan, rungs=rungs, thorough=True, long_gops=long_gops), content=content)


def _margin(vmaf: float) -> float:
    """How much better than ``vmaf`` the samples must be."""
    beyond = min(1.0, max(0.0, (vmaf - BEYOND_SIGHT) / (SATURATED - BEYOND_SIGHT)))
    return VMAF_MARGIN - beyond * (VMAF_MARGIN + SATURATED_LOSS)


def _liveliness(share: float) -> Liveliness:
    if share >= STILL_SHARE:
        return "still"
    return "calm" if share >= CALM_SHARE else "lively"


def _sample_rung(plan: LadderPlan) -> Rung:
    """Of the rungs the one that is nearest to :data:`SAMPLE_SIDE` from below, or the smallest."""
    plain = [rung for rung in plan.rungs if not rung.lean]
    fitting = [rung for rung in plain if min(rung.width, rung.height) <= SAMPLE_SIDE]
    return fitting[0] if fitting else plain[-1]


def _fitted(rung: Rung, offset: float, cap: float) -> Rung:
    """The lean rung keeps its bounds: they are what it is for."""
    if rung.lean:
        return replace(rung, crf=rung.crf + offset)
    maxrate = math.ceil(rung.maxrate * cap)
    return replace(rung, crf=rung.crf + offset, maxrate=maxrate, bufsize=2 * maxrate)


def _needed(rungs: Sequence[Rung], content: Content) -> tuple[Rung, ...]:
    """Without the plain rungs below the largest one that goes over every network for which the lean one is made."""
    if not rungs[-1].lean:
        return tuple(rungs)
    plain = rungs[:-1]
    enough = next((n for n, rung in enumerate(plain) if _expected(rung, content) <= LEAN_HEADROOM * LEAN_MAXRATE), None)
    return (*(plain if enough is None else plain[: enough + 1]), rungs[-1])


def _expected(rung: Rung, content: Content) -> float:
    """Kilobits a second of ``rung`` after fitting."""
    pixels = Fraction(rung.width * rung.height, content.pixels)
    return content.kilobits * content.bits * math.pow(pixels, SIZE_EXPONENT)
