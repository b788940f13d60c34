"""AV1 and Opus: the plan, the command and the manifests over both sets, as values."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from transcoding.ffmpeg.av1 import (
    LONGEST_ARGUMENT,
    PROFILES,
    Published,
    av1_args,
    is_regular,
    on_their_grid,
    plan_av1,
    worthwhile,
)
from transcoding.ffmpeg.commands import Source
from transcoding.ffmpeg.dash import Representation, Track, extend_manifest, render_manifest
from transcoding.ffmpeg.fragments import ByteRange
from transcoding.ffmpeg.ladder import PROFILES as FIRST_PROFILES
from transcoding.ffmpeg.ladder import LadderPlan
from transcoding.ffmpeg.loudness import Level
from transcoding.ffmpeg.mp4_codecs import codec_name
from transcoding.ffmpeg.playlists import AudioRendition, Variant, extend_master, parse_begins, render_master
from transcoding.ffmpeg.sound import AudioPlan

SOURCE = Source(path=Path("/film.mp4"), format="mov")
FILM = (
    Published(name="240p-lean", width=426, height=240, rate=Fraction(25)),
    Published(name="360p", width=640, height=360, rate=Fraction(50)),
    Published(name="480p", width=854, height=480, rate=Fraction(50)),
    Published(name="720p", width=1280, height=720, rate=Fraction(50)),
)
FIRST = LadderPlan(
    video_index=0,
    rungs=(),
    rate=Fraction(25),
    deinterlace=False,
    matrix="bt709",
    audio=(
        AudioPlan(index=1, channels=2, bitrate=128, level=Level(gain=3.5)),
        AudioPlan(index=2, channels=1, bitrate=96, name="audio-2", language="eng"),
    ),
    copied=(Fraction(0), Fraction(2)),
)


def after(args: list[str], option: str) -> list[str]:
    return [args[place + 1] for place, each in enumerate(args) if each == option]


def test_the_plan_has_the_published_sizes_and_rates_largest_first_and_the_lean_one_last() -> None:
    plan = plan_av1(FIRST, FILM)
    rungs = [(rung.name, rung.width, rung.height, rung.step, rung.lean) for rung in plan.rungs]
    assert rungs == [
        ("720p-av1", 1280, 720, 1, False),
        ("480p-av1", 854, 480, 1, False),
        ("240p-lean-av1", 426, 240, 2, True),
    ]
    assert (plan.rate, plan.copied) == (50, ())
    sounds = [(track.names, track.bitrate, track.level.gain) for track in plan.audio]
    assert sounds == [
        (("audio-opus", "audio-opus-lean"), 96, 3.5),
        (("audio-opus-2", "audio-opus-2-lean"), 64, 0.0),
    ]


def test_of_a_small_film_the_largest_rung_is_made() -> None:
    small = [rung for rung in FILM if rung.height <= 360]
    assert [rung.name for rung in worthwhile(small)] == ["360p", "240p-lean"]
    upright = Published(name="480p", width=270, height=480, rate=Fraction(25))
    assert worthwhile([upright]) == (upright,)


def test_no_rung_may_take_more_than_seven_tenths_of_the_first_ladders() -> None:
    assert [each.short_side for each in PROFILES] == [each.short_side for each in FIRST_PROFILES]
    assert all(10 * own.maxrate <= 7 * first.maxrate for own, first in zip(PROFILES, FIRST_PROFILES, strict=True))


def test_the_smaller_rungs_are_coded_faster_and_each_by_one_thread() -> None:
    args = av1_args(SOURCE, plan_av1(FIRST, FILM), [Fraction(0)])
    assert (after(args, "-preset"), after(args, "-crf")) == (["10", "11", "11"], ["37", "43", "40"])
    assert after(args, "-svtav1-params") == ["lp=1"] * 3


def test_on_a_grid_the_command_asks_for_a_distance() -> None:
    plan = plan_av1(FIRST, FILM)
    args = av1_args(SOURCE, plan, [Fraction(0), Fraction(2), Fraction(4)])
    assert after(args, "-g") == ["100", "100", "50"]
    assert "-force_key_frames" not in args
    assert after(args, "-vcodec") == ["libsvtav1"] * 3
    assert after(args, "-acodec") == ["libopus"] * 4
    assert sorted(after(args, "-b:a")) == ["24k", "32k", "64k", "96k"]
    assert "atrim=start_sample=312" in after(args, "-filter_complex")[0]


def test_off_the_grid_it_asks_for_the_very_times() -> None:
    plan = plan_av1(FIRST, FILM)
    times = [Fraction(0), Fraction(38, 25), Fraction(4)]
    assert not is_regular(plan, times)
    assert after(av1_args(SOURCE, plan, times), "-force_key_frames") == ["0,1.515,3.995"] * 3


def test_keyframes_twice_as_far_apart_are_a_grid_too() -> None:
    plan = plan_av1(FIRST, FILM)
    gop = plan.gop / plan.rate
    wide = on_their_grid(plan, [2 * number * gop for number in range(3)])
    assert wide.gop == 2 * plan.gop
    assert on_their_grid(plan, [number * gop for number in range(3)]) == plan
    assert on_their_grid(plan, [Fraction(0), Fraction(38, 25)]) == plan


def test_times_that_fit_no_argument_are_refused() -> None:
    times = [Fraction(number * 201, 100) for number in range(LONGEST_ARGUMENT // 4)]
    with pytest.raises(ValueError, match="too many"):
        av1_args(SOURCE, plan_av1(FIRST, FILM), times)


def test_begins_are_read_back_from_a_playlist() -> None:
    playlist = "#EXTM3U\n#EXTINF:2.000000,\na\n#EXTINF:1.520000,\na\n#EXTINF:0.480000,\na\n#EXT-X-ENDLIST\n"
    assert parse_begins(playlist) == (0, 2, Fraction(352, 100))
    assert parse_begins("#EXTM3U\n") == ()


def variant(name: str, codec: str, group: str) -> Variant:
    return Variant(
        uri=f"{name}/index.m3u8",
        codec=codec,
        average_bandwidth=100,
        peak_bandwidth=200,
        width=640,
        height=360,
        group=group,
        keyframes=(f"{name}/iframes.m3u8", 10, 20),
    )


def sound(name: str, codec: str) -> AudioRendition:
    uri = f"{name}/index.m3u8"
    return AudioRendition(uri=uri, codec=codec, channels=2, average_bandwidth=1, peak_bandwidth=2, group=name)


def test_a_master_is_extended_behind_what_it_has() -> None:
    first = render_master([variant("360p", "avc1.4d401e", "audio")], [sound("audio", "mp4a.40.2")])
    further = [variant("360p-av1", "av01.0.01M.08", "audio-opus")], [sound("audio-opus", "opus")]
    both = extend_master(first, *further, moved=lambda uri: f"../../old/hls/{uri}")
    assert both.startswith("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n")
    assert both.count("#EXTM3U") == 1
    names = [line for line in both.splitlines() if not line.startswith("#")]
    assert names == ["../../old/hls/360p/index.m3u8", "360p-av1/index.m3u8"]
    assert re.findall(r'URI="([^"]+)"', both) == [
        "../../old/hls/audio/index.m3u8",
        "../../old/hls/360p/iframes.m3u8",
        "audio-opus/index.m3u8",
        "360p-av1/iframes.m3u8",
    ]


def representation(name: str, codec: str, **shape: int) -> Representation:
    where = {"header": ByteRange(offset=0, length=10), "index": ByteRange(offset=10, length=5)}
    return Representation(name=name, uri=f"{name}/media.mp4", codec=codec, bandwidth=1, **where, **shape)


def test_a_manifest_is_extended_by_sets_of_their_own() -> None:
    first = render_manifest(
        [representation("360p", "avc1.4d401e", width=640, height=360)],
        [Track(representations=(representation("audio", "mp4a.40.2", channels=2),), main=True)],
        duration=4,
        step=4,
    )
    both = extend_manifest(
        first,
        [representation("360p-av1", "av01.0.01M.08", width=640, height=360)],
        [Track(representations=(representation("audio-opus", "opus", channels=2),), main=True)],
        moved=lambda uri: f"../../old/hls/{uri}",
    )
    assert re.findall(r'<AdaptationSet id="(\d)" contentType="(\w+)"', both) == [
        *(("0", "video"), ("1", "audio"), ("2", "video"), ("3", "audio"))
    ]
    assert re.findall("<BaseURL>(.*)</BaseURL>", both) == [
        *("../../old/hls/360p/media.mp4", "../../old/hls/audio/media.mp4"),
        *("360p-av1/media.mp4", "audio-opus/media.mp4"),
    ]
    assert both.endswith("  </Period>\n</MPD>\n")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"\x81\x08\x0c\x00", "av01.0.08M.08"),
        (b"\x81\x0d\xcc\x00", "av01.0.13H.10"),
        (b"\x81\x45\x6c\x00", "av01.2.05M.12"),
    ],
)
def test_the_name_of_av1_is_read_from_its_description(body: bytes, name: str) -> None:
    box = (8 + len(body)).to_bytes(4, "big") + b"av1C" + body
    assert codec_name(box) == name


def test_the_name_of_opus_is_that_of_its_sample_entry() -> None:
    assert codec_name((8).to_bytes(4, "big") + b"Opus") == "opus"
