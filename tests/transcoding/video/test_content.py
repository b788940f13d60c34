"""Which ladder follows from what short samples of a film say."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcoding.ffmpeg.content import (
    LEAST_SECONDS,
    Content,
    Fitted,
    Samples,
    Trial,
    compare,
    fit,
    keyframe_share,
    plan_samples,
    tried,
    why_not,
)
from transcoding.ffmpeg.description import VideoStream
from transcoding.ffmpeg.ladder import LadderPlan, plan_ladder

FULL_HD = VideoStream(
    index=0, codec="h264", width=1920, height=1080, average_rate=Fraction(30), real_rate=Fraction(30), matrix="bt709"
)
PLAN = plan_ladder(FULL_HD, duration=90)
STILL = Content(keyframe_share=0.6, offset=3.0, bits=0.6, kilobits=200, pixels=640 * 360)


def crfs(plan: LadderPlan) -> list[float]:
    return [rung.crf for rung in plan.rungs]


def test_samples_lie_evenly_over_the_film_and_are_two_gops_long() -> None:
    assert plan_samples(PLAN, duration=90) == Samples(
        begins=(20.5, 65.5), seconds=4.5, pictures=120, rung=PLAN.rungs[3]
    )


@pytest.mark.parametrize(("duration", "count"), [(60, 1), (61, 2), (180, 3), (10800, 3)])
def test_longer_films_are_looked_at_more_often(duration: float, count: int) -> None:
    samples = plan_samples(PLAN, duration=duration)
    assert len(samples.begins) == count


@pytest.mark.parametrize(
    ("plan", "duration", "reason"),
    [
        (PLAN, LEAST_SECONDS, ""),
        (PLAN, LEAST_SECONDS - 1, "short"),
        (replace(PLAN, hold_last=80.0), 90, "held"),
        (replace(PLAN, rungs=PLAN.rungs[1:]), 90, ""),
        (replace(PLAN, rungs=PLAN.rungs[2:]), 90, "small"),
    ],
)
def test_short_and_small_films_and_held_pictures_are_not_looked_at(
    plan: LadderPlan, duration: float, reason: str
) -> None:
    assert why_not(plan, duration=duration) == reason


@given(
    rate=st.fractions(min_value=5, max_value=60, max_denominator=1001),
    duration=st.floats(min_value=LEAST_SECONDS, max_value=40_000),
)
def test_every_sample_lies_in_the_film(rate: Fraction, duration: float) -> None:
    plan = replace(PLAN, rate=rate)
    samples = plan_samples(plan, duration=duration)
    assert samples.begins[0] >= 0
    assert samples.begins[-1] + samples.seconds <= duration
    assert samples.pictures / rate <= samples.seconds


@pytest.mark.parametrize("size", [(640, 360), (480, 270), (200, 150), (360, 640), (8000, 100)])
def test_samples_are_no_larger_than_a_rung_of_the_film(size: tuple[int, int]) -> None:
    plan = plan_ladder(replace(FULL_HD, width=size[0], height=size[1]), duration=90)
    samples = plan_samples(plan, duration=90)
    assert samples.rung in plan.rungs
    assert not samples.rung.lean


def test_the_share_of_keyframes_is_of_bytes() -> None:
    assert keyframe_share([(600, True), (100, False), (100, False)]) == 0.75
    assert keyframe_share([]) == 0.0


@pytest.mark.parametrize(("share", "long_gops"), [(0.1, False), (0.3, True), (0.8, True)])
def test_keyframes_are_tried_further_apart_where_hardly_anything_moves(share: float, long_gops: bool) -> None:
    (first, plan), (second, _) = tried(PLAN, PLAN.rungs[3], share)
    assert (first.crf, second.crf, plan.thorough, plan.long_gops) == (26, 28, True, long_gops)
    assert plan.gop == (120 if long_gops else 60)


@pytest.mark.parametrize(
    ("fixed", "low", "high", "expected"),
    [
        (90.0, 92.3, 88.3, 3.0),
        (90.0, 90.3, 88.3, 2.0),
        (90.0, 91.0, 91.0, 4.0),
        (90.0, 97.0, 96.0, 5.0),
        (90.0, 88.0, 85.0, 0.0),
        (99.6, 99.5, 99.3, 3.0),
    ],
)
def test_the_offset_is_the_largest_that_looks_as_good(fixed: float, low: float, high: float, expected: float) -> None:
    trials = [Trial(offset=2.0, size=800, vmaf=low), Trial(offset=4.0, size=200, vmaf=high)]
    offset, bits = compare(Trial(offset=0.0, size=1000, vmaf=fixed), trials)
    assert offset == expected
    assert bits == pytest.approx(0.8 * 0.5 ** (expected - 2))


def test_a_still_film_gets_fewer_bits_lower_caps_and_longer_gops() -> None:
    fitted = fit(PLAN, STILL)
    assert fitted.reason == ""
    assert (fitted.plan.thorough, fitted.plan.gop) == (True, 120)
    assert crfs(fitted.plan) == [crf + 3 for crf in crfs(PLAN)]
    assert [rung.maxrate for rung in fitted.plan.rungs] == [3750, 2100, 1050, 600, 108]
    assert (fitted.plan.rungs[-1].bufsize, fitted.plan.rungs[0].bufsize) == (92, 7500)


def test_a_lively_film_keeps_its_keyframes_and_most_of_its_cap() -> None:
    fitted = fit(PLAN, replace(STILL, keyframe_share=0.1, bits=0.9))
    assert (fitted.plan.gop, fitted.plan.rungs[0].maxrate) == (60, 4725)


def test_the_fixed_ladder_stays_where_little_would_be_saved() -> None:
    content = replace(STILL, bits=0.97)
    assert fit(PLAN, content) == Fitted(plan=PLAN, content=content, reason="no_gain")


def test_rungs_below_one_that_every_network_carries_are_left_out() -> None:
    names = [rung.name for rung in fit(PLAN, replace(STILL, kilobits=60)).plan.rungs]
    assert names == ["1080p", "720p", "480p", "240p-lean"]
    names = [rung.name for rung in fit(PLAN, replace(STILL, kilobits=20)).plan.rungs]
    assert names == ["1080p", "240p-lean"]


@given(
    size=st.tuples(st.integers(16, 4096), st.integers(16, 4096)),
    share=st.floats(0, 1),
    offset=st.floats(0, 5),
    bits=st.floats(0.01, 2),
    kilobits=st.floats(0, 20_000),
)
def test_a_fitted_ladder_is_never_above_the_fixed_one(
    size: tuple[int, int], share: float, offset: float, bits: float, kilobits: float
) -> None:
    plan = plan_ladder(replace(FULL_HD, width=size[0], height=size[1]), duration=90)
    pixels = plan.rungs[-1].width * plan.rungs[-1].height
    content = Content(keyframe_share=share, offset=offset, bits=bits, kilobits=kilobits, pixels=pixels)
    fitted = fit(plan, content).plan
    fixed = {rung.name: rung for rung in plan.rungs}
    assert fitted.rungs[0].name == plan.rungs[0].name
    assert fitted.rungs[-1].lean == plan.rungs[-1].lean
    for rung in fitted.rungs:
        like = fixed[rung.name]
        assert (rung.width, rung.height) == (like.width, like.height)
        assert rung.maxrate <= like.maxrate
        assert rung.crf >= like.crf
        assert fitted.gop % rung.step == 0
