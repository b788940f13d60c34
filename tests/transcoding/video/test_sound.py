"""Which tracks are kept, how they are mixed, and how loud they come out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcoding.ffmpeg.admission import choose_tracks
from transcoding.ffmpeg.description import AudioStream, MediaDescription, parse_description
from transcoding.ffmpeg.loudness import CEILING, CODEC_MARGIN, MAX_GAIN, TARGET, Level, Loudness, plan_level
from transcoding.ffmpeg.sound import AudioPlan, levelled, plan_sound, plan_track

STEREO = AudioStream(index=1, codec="aac", channels=2, sample_rate=48000, layout="stereo", duration=9.0, start=0.0)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"channels": 6, "layout": "5.1"}, AudioPlan(index=1, channels=2, bitrate=128)),
        ({"channels": 1, "layout": "mono"}, AudioPlan(index=1, channels=1, bitrate=96)),
        ({"channels": 8, "layout": ""}, AudioPlan(index=1, channels=2, bitrate=128, pick=True)),
        ({"language": "vie"}, AudioPlan(index=1, channels=2, bitrate=128, language="vie")),
        ({"role": "commentary"}, AudioPlan(index=1, channels=2, bitrate=128, role="commentary")),
    ],
)
def test_sound_is_stereo_or_mono(change: dict[str, object], expected: AudioPlan) -> None:
    assert plan_track(replace(STEREO, **change)) == expected  # type: ignore[arg-type]


def test_each_track_has_folders_of_its_own() -> None:
    plans = plan_sound([STEREO, replace(STEREO, index=2, language="eng")], [None, 9.00049])
    assert [plan.names for plan in plans] == [("audio", "audio-lean"), ("audio-2", "audio-2-lean")]
    assert [plan.pad_to for plan in plans] == [None, 9.0]


def track(index: int, language: str = "", role: str = "", **change: object) -> AudioStream:
    return replace(STEREO, index=index, language=language, role=role, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tracks", "kept"),
    [
        ([], []),
        ([track(0)], [0]),
        ([track(0, "eng"), track(1, "vie", default=True)], [1, 0]),
        ([track(0, "vie"), track(1, "vi"), track(2, "vie", "description")], [0, 2]),
        ([track(number) for number in range(8)], [0]),
        ([track(0, "vie"), track(1, "eng", codec="evil"), track(2, "zho", channels=64)], [0]),
        ([track(0, "vie"), track(1, "eng", duration=None), track(2, "zho", start=60.0)], [0]),
        ([track(number, f"a{letter}") for number, letter in enumerate("abcdefghij")], [0, 1, 2, 3, 4, 5]),
    ],
    ids=[
        "none",
        "one",
        "the default first",
        "one a language and role",
        "microphones",
        "not admitted",
        "empty or late",
        "at most six",
    ],
)
def test_the_tracks_that_are_kept(tracks: list[AudioStream], kept: list[int]) -> None:
    description = MediaDescription(container="mov", size=1, audio=tuple(tracks))
    assert [each.index for each in choose_tracks(description)] == kept


@pytest.mark.parametrize(
    ("marks", "role"),
    [({"visual_impaired": 1, "default": 0}, "description"), ({"comment": 1}, "commentary"), ({"dub": 1}, ""), ({}, "")],
)
def test_the_role_of_a_track_comes_from_its_marks(marks: dict[str, int], role: str) -> None:
    stream = {"index": 1, "codec_type": "audio", "disposition": marks}
    assert parse_description({"streams": [stream]}).audio[0].role == role


def loudness(integrated: float | None, true_peak: float | None) -> Loudness:
    return Loudness(integrated=integrated, range=3.0, true_peak=true_peak)


@pytest.mark.parametrize(
    ("measured", "level"),
    [
        (None, Level()),
        (loudness(None, None), Level()),
        (loudness(None, -20.0), Level()),
        (loudness(None, 0.5), Level(gain=-2.5)),
        (loudness(-16.0, -3.0), Level()),
        (loudness(-23.0, -10.0), Level(gain=7.0)),
        (loudness(-23.0, -9.0), Level(gain=7.0)),
        (loudness(-23.0, -8.0), Level(gain=7.0, limit=True)),
        (loudness(-8.5, 0.3), Level(gain=-7.5)),
        (loudness(-30.0, -3.0), Level(gain=11.0, limit=True)),
        (loudness(-30.0, -1.0), Level(gain=9.0, limit=True)),
        (loudness(-60.0, -40.0), Level(gain=20.0)),
        (loudness(-14.0, 9.0), Level(gain=-2.0, limit=True)),
    ],
)
def test_the_gain_is_linear_where_the_true_peak_admits_it(measured: Loudness | None, level: Level) -> None:
    assert plan_level(measured) == level


@given(st.floats(-69.9, 5), st.floats(-69.9, 20))
def test_no_peak_passes_the_ceiling_unlimited_and_nothing_is_made_louder_than_the_target(
    integrated: float, true_peak: float
) -> None:
    level = plan_level(loudness(integrated, true_peak))
    assert level.gain <= MAX_GAIN
    assert integrated + level.gain <= TARGET + 0.06 or level.gain == 0
    assert level.limit or true_peak + level.gain <= CEILING - CODEC_MARGIN + 0.06


def test_tracks_are_levelled_each_by_itself() -> None:
    plans = plan_sound([STEREO, replace(STEREO, index=2, language="eng"), replace(STEREO, index=3, language="zho")])
    found = levelled(plans, [loudness(-20.0, -10.0), loudness(-12.0, -1.0)])
    assert [plan.level.gain for plan in found] == [4.0, -4.0, 0.0]
