"""A film that already is what its largest rung must be is cut up, not encoded again."""

import itertools
import subprocess
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from tests.transcoding.video.conftest import AAC, Processed, ffmpeg, picture, probe, process, tone
from tests.transcoding.video.playing import read_playlist
from transcoding.ffmpeg.commands import Source
from transcoding.ffmpeg.description import MediaDescription, VideoStream
from transcoding.ffmpeg.ladder import LadderPlan, plan_ladder
from transcoding.ffmpeg.probe import admit
from transcoding.ffmpeg.repackaging import Listing, Packet, TooManyPackets, Verdict, judge, parse_listing, why_not
from transcoding.video.job import Job
from transcoding.video.meter import Meter
from transcoding.video.repackage import judge_source

VIDEO = VideoStream(
    index=0,
    codec="h264",
    profile="High",
    level=40,
    width=1920,
    height=1080,
    average_rate=Fraction(25),
    real_rate=Fraction(25),
    pixel_format="yuv420p",
    progressive=True,
    matrix="bt709",
    range="tv",
)
FILE = MediaDescription(container="mov,mp4,m4a,3gp,3g2,mj2", size=1, video=(VIDEO,))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ""),
        ({"matrix": "", "range": ""}, ""),
        ({"profile": "High 10"}, "codec"),
        ({"codec": "hevc"}, "codec"),
        ({"level": 51}, "codec"),
        ({"level": None}, "codec"),
        ({"width": 1280, "height": 718}, "size"),
        ({"width": 2560, "height": 1440}, "size"),
        ({"sample_aspect": Fraction(4, 3)}, "size"),
        ({"pixel_format": "yuvj420p"}, "pixel_format"),
        ({"progressive": False}, "interlaced"),
        ({"rotation": 180, "transformed": True}, "turned"),
        ({"transformed": True}, "turned"),
        ({"matrix": "smpte170m"}, "colour"),
        ({"range": "pc"}, "colour"),
        ({"transfer": "smpte2084"}, "colour"),
        ({"average_rate": Fraction(22)}, "variable_rate"),
    ],
)
def test_what_its_header_must_say(change: dict[str, object], reason: str) -> None:
    video = replace(VIDEO, **change)  # type: ignore[arg-type]
    if video.width == 1280:
        video = replace(video, height=719)  # no even number: the rung is a line lower
    assert why_not(video, plan_ladder(video, duration=10), FILE) == reason


def test_other_containers_and_held_pictures_are_encoded() -> None:
    plan = plan_ladder(VIDEO, duration=10)
    assert why_not(VIDEO, plan, replace(FILE, container="matroska,webm")) == "container"
    assert why_not(VIDEO, replace(plan, hold_last=1.0), FILE) == "held"


PLAN = plan_ladder(VIDEO, duration=20)


def listing(frames: int = 500, *, gop: int = 25, size: int = 5000, rate: int = 25, tick: int = 12800) -> Listing:
    """Pictures in the order they are shown, ``gop`` from one keyframe to the next."""
    step = tick // rate
    return Listing(
        tick=Fraction(1, tick),
        packets=tuple(
            Packet(decoded=(number - 2) * step, shown=number * step, size=size, keyframe=number % gop == 0)
            for number in range(frames)
        ),
    )


def idr(found: Listing) -> Listing:
    return replace(found, packets=tuple(packet for packet in found.packets if packet.keyframe))


@pytest.mark.parametrize(
    ("gop", "points"),
    [
        (12, [48, 98]),
        (25, [50, 100]),
        (30, [60, 120]),
        (50, [50, 100]),
        (100, [100, 200]),
    ],
)
def test_rungs_share_the_keyframes_that_are_two_seconds_apart_or_more(gop: int, points: list[int]) -> None:
    found = listing(gop=gop)
    shown = [float(point) for point in judge(found, idr(found), PLAN).points]
    expected = range(0, 500, gop)
    assert shown[0] == 0
    assert all(round(time * 25) in expected for time in shown)
    assert all(1.99 <= after - before <= 4.05 for before, after in pairwise(shown))
    if gop != 12:
        assert [round(time * 25) for time in shown[1:3]] == points


FAST = plan_ladder(replace(VIDEO, average_rate=Fraction(50), real_rate=Fraction(50)), duration=10)


def late(found: Listing) -> Listing:
    return replace(found, packets=tuple(replace(each, shown=each.shown + 600) for each in found.packets))


@pytest.mark.parametrize(
    ("found", "plan", "reason"),
    [
        (listing(gop=105), PLAN, "keyframes"),
        (listing(gop=80), PLAN, "keyframes"),
        (listing(size=30_000), PLAN, "bitrate"),
        (replace(listing(), changes=True), PLAN, "changing"),
        (Listing(tick=Fraction(1), packets=()), PLAN, "changing"),
        (listing(rate=24, tick=600), PLAN, "variable_rate"),
        (late(listing()), PLAN, "variable_rate"),
        (listing(rate=50, gop=101), FAST, "keyframes"),
    ],
)
def test_what_its_packets_must_be_like(found: Listing, plan: LadderPlan, reason: str) -> None:
    assert judge(found, idr(found), plan) == Verdict(reason=reason)


def test_one_segment_of_too_many_bits_is_enough_to_encode_it_all() -> None:
    found = listing(size=3000)
    heavy = tuple(replace(each, size=60_000) if 100 <= n < 200 else each for n, each in enumerate(found.packets))
    burst = replace(found, packets=heavy)
    assert 8 * sum(each.size for each in heavy) < 20 * PLAN.rungs[0].maxrate * 1000
    assert judge(burst, idr(burst), PLAN).reason == "bitrate"


def test_a_keyframe_that_decoding_cannot_begin_with_is_no_place_to_switch() -> None:
    found = listing()
    restarts = replace(found, packets=idr(found).packets[:-1])
    assert judge(found, restarts, PLAN).reason == "open_gop"


def test_a_listing_is_read_as_ffmpeg_writes_it() -> None:
    text = (
        "#software: Lavf59\n#tb 0: 1/12800\n#media_type 0: video\n0,      -1024,          0,      512,    16523, 0xc0\n"
        "0,       -512,       1536,      512,     8996, 0x06fbf934, F=0x0\n"
    )
    packets = (
        Packet(decoded=-1024, shown=0, size=16523, keyframe=True),
        Packet(decoded=-512, shown=1536, size=8996, keyframe=False),
    )
    assert parse_listing(text.splitlines(keepends=True), most=9) == Listing(tick=Fraction(1, 12800), packets=packets)
    changed = text + "0, 0, 512, 512, 99, 0x01, F=0x0, S=1,       39, 0x5a\n"
    assert parse_listing(changed.splitlines(), most=9).changes


def test_an_endless_listing_is_not_read_to_its_end() -> None:
    with pytest.raises(TooManyPackets):
        parse_listing(itertools.repeat("0, 0, 0, 512, 99, 0x06fbf934"), most=1000)


TAGGED = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
OPEN = ["-x264-params", "open-gop=1:bframes=3"]
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-b:v", "400k", *TAGGED]


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Processed:
    """Eleven seconds at 29.97 with a keyframe every 1.5, B-pictures and a note of the encoder in an SEI message."""
    folder = tmp_path_factory.mktemp("copied")
    source = folder / "fits.mp4"
    ffmpeg(*picture("640x360", rate="30000/1001", seconds=11), *tone(11), *X264, "-bf", "2", "-g", "45", *AAC, source)
    return process(source, folder / "out", container="mov")


def pictures_of(path: Path) -> list[str]:
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(path),
        "-map",
        "0:v",
        "-fps_mode",
        "passthrough",
        "-f",
        "framemd5",
        "-",
    ]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return [line.rpartition(",")[2].strip() for line in listed.splitlines() if not line.startswith("#")]


def times_of(path: Path) -> list[float]:
    packets = probe(path, "-show_packets", "-select_streams", "v")["packets"]
    times = sorted(float(packet["pts_time"]) for packet in packets)
    return [time - times[0] for time in times]


def test_the_largest_rung_is_the_source_picture_by_picture(copied: Processed) -> None:
    top = copied.folder / copied.rungs[0].path
    assert copied.result.facts["video"]["not_copied"] == ""
    assert [file.facts["copied"] for file in copied.rungs] == [True, False]
    assert pictures_of(top) == pictures_of(copied.source)
    assert times_of(top) == pytest.approx(times_of(copied.source), abs=0.0001)


def test_all_rungs_have_their_pictures_and_switch_points_where_the_source_has_them(copied: Processed) -> None:
    top, lean = (copied.folder / file.path for file in copied.rungs)
    assert times_of(lean) == pytest.approx(times_of(top), abs=0.0005)
    segments = [[part.seconds for part in read_playlist(path.parent / "index.m3u8")] for path in (top, lean)]
    keyframes = [[part.seconds for part in read_playlist(path.parent / "iframes.m3u8")] for path in (top, lean)]
    assert segments[0] == pytest.approx(segments[1], abs=0.001)
    assert keyframes[0] == pytest.approx(keyframes[1], abs=0.001)
    assert keyframes[0][:-1] == pytest.approx([3.003] * (len(keyframes[0]) - 1), abs=0.001)
    assert max(segments[0]) < 6.05


def test_nothing_that_is_no_picture_is_copied(copied: Processed) -> None:
    assert b"x264 - core" in copied.source.read_bytes()
    assert b"x264 - core" not in (copied.folder / copied.rungs[0].path).read_bytes()


def test_seek_pictures_have_the_times_of_the_sources_keyframes(copied: Processed) -> None:
    cues = [line for line in copied.path("sprite.vtt").read_text().splitlines() if "-->" in line]
    assert cues[:2] == ["00:00:00.000 --> 00:00:03.003", "00:00:03.003 --> 00:00:06.006"]


REAL: dict[str, tuple[str, list[str], str]] = {
    "fits": ("mp4", [*picture(seconds=6), *X264, "-g", "50"], ""),
    "open groups": (
        "mp4",
        [*picture(seconds=6), *X264, "-g", "50", *OPEN],
        "open_gop",
    ),
    "rare keyframes": ("mp4", [*picture(seconds=12), *X264, "-g", "250", "-sc_threshold", "0"], "keyframes"),
    "many bits": ("mp4", [*picture(seconds=4), *X264, "-g", "50", "-b:v", "9M", "-qmax", "4"], "bitrate"),
    "another clock": ("matroska", [*picture(seconds=4), *X264, "-g", "50"], "container"),
    "other colours": ("mp4", [*picture(seconds=2), *X264, "-g", "50", "-colorspace", "smpte170m"], "colour"),
}


@pytest.mark.parametrize("name", REAL)
def test_real_films_are_judged_by_what_they_are(name: str, tmp_path: Path) -> None:
    container, options, reason = REAL[name]
    source = tmp_path / "film"
    ffmpeg(*options, "-f", container, source)
    opened = Source(path=source, format="mov" if container == "mp4" else container)
    job = Job(source=opened, folder=tmp_path, meter=Meter(lambda _: None), cancelled=lambda: False)
    admitted = admit(opened, kind="video", folder=tmp_path)
    assert admitted.video is not None
    plan = plan_ladder(admitted.video, admitted.tracks, duration=admitted.duration)
    assert judge_source(job, admitted, plan).reason == reason
    assert [path.name for path in tmp_path.iterdir()] == ["film"]
