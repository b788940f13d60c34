"""Which rungs, rates and sound a source gets."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcoding.ffmpeg.description import AudioStream, VideoStream
from transcoding.ffmpeg.ladder import LadderPlan, Rung, choose_rate, choose_rungs, gop_length, plan_ladder
from transcoding.ffmpeg.sound import AudioPlan

FULL_HD = VideoStream(
    index=0, codec="h264", width=1920, height=1080, average_rate=Fraction(30), real_rate=Fraction(30), matrix="bt709"
)
STEREO = AudioStream(index=1, codec="aac", channels=2, sample_rate=48000, layout="stereo")


def test_full_hd_gets_five_rungs() -> None:
    rungs = (
        Rung(name="1080p", width=1920, height=1080, crf=23, maxrate=5000, bufsize=10000, h264_profile="high"),
        Rung(name="720p", width=1280, height=720, crf=23, maxrate=2800, bufsize=5600, h264_profile="high"),
        Rung(name="480p", width=854, height=480, crf=23, maxrate=1400, bufsize=2800, h264_profile="high"),
        Rung(name="360p", width=640, height=360, crf=24, maxrate=800, bufsize=1600, h264_profile="main"),
        Rung(name="240p-lean", width=426, height=240, crf=25, maxrate=108, bufsize=92, h264_profile="main", lean=True),
    )
    assert plan_ladder(FULL_HD, [STEREO], duration=10) == LadderPlan(
        video_index=0,
        rungs=rungs,
        rate=Fraction(30),
        deinterlace=False,
        matrix="bt709",
        audio=(AudioPlan(index=1, channels=2, bitrate=128),),
    )


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3840, 2160), ["1080p 1920x1080", "720p 1280x720", "480p 854x480", "360p 640x360", "240p-lean 426x240"]),
        ((1080, 1920), ["1080p 1080x1920", "720p 720x1280", "480p 480x854", "360p 360x640", "240p-lean 240x426"]),
        ((960, 540), ["540p 960x540", "480p 854x480", "360p 640x360", "240p-lean 426x240"]),
        ((720, 486), ["480p 712x480", "360p 534x360", "240p-lean 356x240"]),
        ((641, 359), ["358p 640x358", "240p-lean 428x240"]),
        ((320, 180), ["180p 320x180"]),
        ((16, 16), ["16p 16x16"]),
        ((8000, 100), ["100p 3840x48"]),
        ((240, 240), ["240p 240x240", "240p-lean 240x240"]),
        ((270, 480), ["270p 270x480", "240p-lean 240x426"]),
        ((250, 250), ["240p 240x240", "240p-lean 240x240"]),
    ],
)
def test_rungs_by_size(size: tuple[int, int], expected: list[str]) -> None:
    rungs = choose_rungs((Fraction(size[0]), Fraction(size[1])), Fraction(25))
    assert [f"{rung.name} {rung.width}x{rung.height}" for rung in rungs] == expected


@given(
    width=st.integers(16, 8192),
    height=st.integers(16, 8192),
    aspect=st.sampled_from([Fraction(1), Fraction(64, 45), Fraction(8, 9), Fraction(4, 3)]),
)
def test_no_rung_is_above_the_source_or_odd_and_names_differ(width: int, height: int, aspect: Fraction) -> None:
    display = (width * aspect, Fraction(height))
    rungs = choose_rungs(display, Fraction(25))
    assert rungs
    assert len({rung.name for rung in rungs}) == len(rungs)
    for rung in rungs:
        assert rung.width % 2 == rung.height % 2 == 0
        assert 2 <= rung.width <= max(2, display[0])
        assert 2 <= rung.height <= max(2, display[1])
    assert list(rungs) == sorted(rungs, key=lambda rung: -rung.width * rung.height)
    assert [rung.lean for rung in rungs] == [False] * (len(rungs) - 1) + [min(display) >= 240]


@pytest.mark.parametrize(
    ("average", "real", "expected"),
    [
        ("25", "25", "25"),
        ("30000/1001", "30000/1001", "30000/1001"),
        ("29.87", "30", "30000/1001"),
        ("24000/1001", "24000/1001", "24000/1001"),
        ("60", "60", "60"),
        ("120", "120", "60"),
        ("240000/1001", "240000/1001", "60000/1001"),
        ("100", "100", "50"),
        ("22", "90000", "22"),
        ("14", "60", "30"),
        ("37.8", "60", "60"),
        ("15", "15", "15"),
        ("1/10", "1/10", "5"),
        (None, "25", "25"),
        (None, None, "25"),
    ],
)
def test_the_rate_is_the_sources_own_up_to_sixty(average: str | None, real: str | None, expected: str) -> None:
    stream = replace(
        FULL_HD,
        average_rate=Fraction(average) if average else None,
        real_rate=Fraction(real) if real else None,
    )
    assert choose_rate(stream) == Fraction(expected)


def test_an_interlaced_field_rate_is_not_a_picture_rate() -> None:
    assert choose_rate(replace(FULL_HD, average_rate=Fraction(25), real_rate=Fraction(50), interlaced=True)) == 25


@given(st.fractions(min_value=5, max_value=60, max_denominator=1001))
def test_keyframes_are_two_seconds_apart_or_a_little_more(rate: Fraction) -> None:
    assert 2 <= gop_length(rate) / rate < 2 + (2 if rate > 30 else 1) / rate


@given(st.fractions(min_value=5, max_value=60, max_denominator=1001))
def test_the_lean_rung_has_its_keyframes_where_the_others_have_them(rate: Fraction) -> None:
    lean = choose_rungs((Fraction(640), Fraction(360)), rate)[-1]
    assert gop_length(rate) % lean.step == 0
    assert rate / lean.step <= 30


def test_faster_pictures_get_more_bits() -> None:
    assert choose_rungs((Fraction(1280), Fraction(720)), Fraction(50))[0].maxrate == 4200


@pytest.mark.parametrize(
    ("picture", "sound", "hold", "pad"),
    [
        ((0.0, 10.0), (0.0, 10.1), 0.0, None),
        ((0.0, 0.04), (0.0, 60.0), 59.96, None),
        ((0.0, 20.0), (0.0, 5.0), 0.0, 20.0),
        ((1.4, 20.0), (1.4, 5.0), 0.0, 20.0),
        ((0.0, None), (0.0, 5.0), 0.0, None),
    ],
)
def test_the_shorter_of_picture_and_sound_is_filled_up(
    picture: tuple[float, float | None], sound: tuple[float, float], hold: float, pad: float | None
) -> None:
    video = replace(FULL_HD, start=picture[0], duration=picture[1])
    audio = replace(STEREO, start=sound[0], duration=sound[1])
    plan = plan_ladder(video, [audio], duration=60)
    assert (plan.hold_last, plan.audio[0].pad_to) == (hold, pad)


def test_every_track_lasts_as_long_as_the_film() -> None:
    video = replace(FULL_HD, start=0.0, duration=20.0)
    tracks = [replace(STEREO, start=0.0, duration=seconds) for seconds in (20.1, 12.0, 30.0)]
    plan = plan_ladder(video, tracks, duration=30)
    assert (plan.hold_last, [track.pad_to for track in plan.audio]) == (10.0, [30.0, 30.0, None])


def test_nothing_lasts_longer_than_the_film() -> None:
    """As Matroska's tags have it: the sound begins at 4 s and its "duration" is the 14 s at which it ends."""
    picture, late = replace(FULL_HD, duration=10.0, start=0.0), replace(STEREO, duration=14.0, start=4.0)
    assert plan_ladder(picture, [late], duration=14.0).hold_last == 4.0


@pytest.mark.parametrize(
    ("matrix", "height", "expected"),
    [
        ("bt709", 480, "bt709"),
        ("", 1080, "bt709"),
        ("", 576, "smpte170m"),
        ("bt2020nc", 1080, "bt2020"),
        ("ycgco", 1080, "bt709"),
    ],
)
def test_an_unknown_matrix_is_guessed_by_size(matrix: str, height: int, expected: str) -> None:
    assert plan_ladder(replace(FULL_HD, matrix=matrix, height=height), duration=1).matrix == expected


def test_hdr_is_mapped_only_where_ffmpeg_can() -> None:
    stream = replace(FULL_HD, transfer="arib-std-b67")
    assert plan_ladder(stream, duration=1).tone_map == "arib-std-b67"
    assert plan_ladder(stream, duration=1, can_tone_map=False).tone_map is None
