"""Reading what the tools write: descriptions, progress, playlists, codecs, loudness, versions, tags."""

import struct
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcoding.ffmpeg.description import AudioStream, MediaDescription, VideoStream, parse_description
from transcoding.ffmpeg.finishing import TileGrid
from transcoding.ffmpeg.ladder import Rung
from transcoding.ffmpeg.loudness import Loudness, parse_loudness
from transcoding.ffmpeg.mp4_codecs import CodecError, codec_name
from transcoding.ffmpeg.progress import Progress, ProgressParser
from transcoding.ffmpeg.seekbar import parse_frame_time, plan_tiles, render_vtt
from transcoding.ffmpeg.tools import Versions, parse_names, parse_version, version_number
from transcoding.results import EmbeddedMetadata
from transcoding.video.meter import Meter
from transcoding.video.tags import embedded_metadata, without_places

PROBED: dict[str, Any] = {
    "streams": [
        {
            "index": 0,
            "codec_name": "hevc",
            "profile": "Main 10",
            "codec_type": "video",
            "width": 1920,
            "height": 1080,
            "sample_aspect_ratio": "4:3",
            "pix_fmt": "yuv420p10le",
            "color_space": "bt2020nc",
            "color_transfer": "arib-std-b67",
            "color_primaries": "bt2020",
            "field_order": "progressive",
            "r_frame_rate": "30/1",
            "avg_frame_rate": "2990/101",
            "start_time": "0.000000",
            "duration": "10.500000",
            "bit_rate": "8000000",
            "disposition": {"default": 1},
            "side_data_list": [{"side_data_type": "Display Matrix", "rotation": -90}],
        },
        {
            "index": 1,
            "codec_name": "aac",
            "profile": "LC",
            "codec_type": "audio",
            "sample_rate": "48000",
            "channels": 6,
            "channel_layout": "5.1",
            "start_time": "0.000000",
            "bit_rate": "384000",
            "disposition": {"default": 1},
            "tags": {"language": "vie", "DURATION": "00:00:10.400000000"},
        },
        {"index": 2, "codec_name": "mjpeg", "codec_type": "video", "disposition": {"attached_pic": 1}},
        {"index": 3, "codec_type": "data"},
    ],
    "format": {
        "format_name": "mov,mp4,m4a,3gp,3g2,mj2",
        "duration": "10.500000",
        "size": "10500000",
        "bit_rate": "8000000",
        "tags": {"Title": "Xin chào", "encoder": "Lavf", "location": "+21.0285+105.8542/"},
    },
}
VIDEO = VideoStream(
    index=0,
    codec="hevc",
    profile="Main 10",
    width=1920,
    height=1080,
    sample_aspect=Fraction(4, 3),
    rotation=90,
    average_rate=Fraction(2990, 101),
    real_rate=Fraction(30),
    progressive=True,
    transformed=True,
    pixel_format="yuv420p10le",
    bit_depth=10,
    matrix="bt2020nc",
    transfer="arib-std-b67",
    primaries="bt2020",
    bitrate=8_000_000,
    duration=10.5,
    start=0.0,
    default=True,
)


def test_a_description_holds_all_that_ffprobe_says() -> None:
    assert parse_description(PROBED) == MediaDescription(
        container="mov,mp4,m4a,3gp,3g2,mj2",
        size=10_500_000,
        duration=10.5,
        bitrate=8_000_000,
        video=(VIDEO,),
        audio=(
            AudioStream(
                index=1,
                codec="aac",
                profile="LC",
                channels=6,
                sample_rate=48000,
                layout="5.1",
                language="vie",
                bitrate=384_000,
                duration=10.4,
                start=0.0,
                default=True,
            ),
        ),
        attached_pictures=1,
        other_streams=1,
        tags={"title": "Xin chào", "location": "+21.0285+105.8542/"},
    )


def test_what_a_viewer_sees_is_upright_with_square_pixels() -> None:
    assert VIDEO.display_size == (1080, 2560)
    assert VIDEO.hdr
    assert VIDEO.variable_rate


@pytest.mark.parametrize("rotation", [(-90, 90), (90, 270), (180, 180), (-180, 180), (-270, 270), (0, 0), (-89.6, 90)])
def test_display_matrices_turn_counter_clockwise(rotation: tuple[float, int]) -> None:
    stream = {"index": 0, "codec_type": "video", "side_data_list": [{"rotation": rotation[0]}]}
    assert parse_description({"streams": [stream]}).video[0].rotation == rotation[1]


@pytest.mark.parametrize(
    ("pixel_format", "raw", "depth"),
    [
        ("yuv420p", None, 8),
        ("yuv422p10le", None, 10),
        ("p010le", None, 10),
        ("gbrp12be", None, 12),
        ("yuv420p", "8", 8),
    ],
)
def test_bit_depth_comes_from_the_stream_or_the_pixel_format(pixel_format: str, raw: str | None, depth: int) -> None:
    stream = {"index": 0, "codec_type": "video", "pix_fmt": pixel_format, "bits_per_raw_sample": raw}
    assert parse_description({"streams": [stream]}).video[0].bit_depth == depth


@pytest.mark.parametrize("nothing", ["N/A", "0/0", "nan", "inf", "", "-1", "1/0", None, "x:y"])
def test_absurd_fields_become_unknown(nothing: str | None) -> None:
    stream = {
        "index": 0,
        "codec_type": "video",
        "avg_frame_rate": nothing,
        "sample_aspect_ratio": nothing,
        "duration": nothing,
    }
    parsed = parse_description({"streams": [stream], "format": {"duration": nothing}})
    assert parsed.duration is None
    assert (parsed.video[0].average_rate, parsed.video[0].sample_aspect, parsed.video[0].duration) == (None, 1, None)


def test_a_description_of_nothing_is_empty() -> None:
    assert parse_description({}) == MediaDescription(container="", size=0)


def test_counted_packets_replace_claims() -> None:
    claimed = parse_description(PROBED)
    counted = claimed.measured(seconds=2.0, frames=50)
    assert (counted.duration, counted.video[0].average_rate) == (2.0, 25)
    assert claimed.measured(seconds=0.0, frames=1).duration == pytest.approx(0.04)
    assert claimed.measured(seconds=0.0, frames=0).duration is None


def test_sound_that_lasts_longer_does_not_slow_interlaced_pictures_down() -> None:
    woven = VideoStream(index=0, codec="mpeg2video", width=720, height=576, interlaced=True, average_rate=Fraction(25))
    counted = MediaDescription(container="mpegts", size=1, duration=2.0, video=(woven,)).measured(
        seconds=4.0, frames=50
    )
    assert counted.duration == 4.0
    assert counted.main_video == woven


REPORTS = (
    b"frame=0\nfps=0.00\ntotal_size=N/A\nout_time_us=-9223372036854775808\nprogress=continue\n"
    b"frame=12\nbitrate=1.0kbits/s\ntotal_size=4096\nout_time_us=480000\nspeed=1x\nprogress=continue\n"
    b"frame=50\ntotal_size=9000\nout_time_us=2000000\nprogress=end\n"
)


@given(st.lists(st.integers(0, len(REPORTS)), max_size=10))
def test_progress_is_read_however_the_stream_is_cut(cuts: list[int]) -> None:
    parser = ProgressParser()
    places = [0, *sorted(cuts), len(REPORTS)]
    parts = [REPORTS[begin:end] for begin, end in pairwise(places)]
    assert [report for part in parts for report in parser.feed(part)] == [
        Progress(frame=0, seconds=None, size=None),
        Progress(frame=12, seconds=0.48, size=4096),
        Progress(frame=50, seconds=2.0, size=9000, ended=True),
    ]


@given(st.binary(max_size=300))
def test_any_bytes_are_survived_as_progress(noise: bytes) -> None:
    for report in ProgressParser().feed(noise):
        assert 0 <= report.percent_of(10) <= 100


@pytest.mark.parametrize(
    ("progress", "percent"),
    [
        (Progress(seconds=None), 0),
        (Progress(seconds=2.5), 25),
        (Progress(seconds=11.0), 100),
        (Progress(seconds=1.0, ended=True), 100),
    ],
)
def test_percent_of_ten_seconds(progress: Progress, percent: int) -> None:
    assert progress.percent_of(10) == percent
    assert Progress(seconds=1.0).percent_of(0) == 0


def test_the_meter_never_falls_and_repeats_nothing() -> None:
    seen: list[int] = []
    meter = Meter(seen.append)
    listen = meter.stage(10, 60, duration=10)
    for seconds in (0.0, 5.0, 4.0, 5.1, 10.0):
        listen(Progress(seconds=seconds))
    meter.reach(20)
    meter.reach(250)
    assert seen == [10, 35, 60, 100]


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def movie(entry: bytes) -> bytes:
    table = box(b"stbl", box(b"stsd", b"\0" * 8, entry))
    return box(b"ftyp", b"iso6") + box(b"moov", box(b"trak", box(b"mdia", box(b"minf", table))))


def test_codec_names_come_from_the_initialisation_section() -> None:
    assert codec_name(movie(box(b"avc1", b"\0" * 78, box(b"avcC", b"\x01\x64\x00\x1f\xff")))) == "avc1.64001f"
    assert codec_name(movie(box(b"mp4a", b"\0" * 28))) == "mp4a.40.2"


@pytest.mark.parametrize("data", [b"", b"\0" * 50, movie(box(b"hvc1", b"\0" * 78)), movie(b"")[:-3]])
def test_an_unknown_codec_is_an_error(data: bytes) -> None:
    with pytest.raises(CodecError):
        codec_name(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_survived_as_boxes(noise: bytes) -> None:
    try:
        codec_name(noise)
    except CodecError:
        return


SUMMARY = """[Parsed_ebur128_0 @ 0x1] Summary:

  Integrated loudness:
    I:         -23.1 LUFS
    Threshold: -33.2 LUFS

  Loudness range:
    LRA:         4.5 LU
    Threshold: -43.2 LUFS

  True peak:
    Peak:       -1.3 dBFS
"""


def test_loudness_is_read_from_the_last_summary() -> None:
    told = Loudness(integrated=-23.1, range=4.5, true_peak=-1.3)
    reset = SUMMARY.replace("-23.1", "-70.0")
    assert parse_loudness("  title: [Parsed_ebur128_7 @ 0x1] Summary:\n" + reset + SUMMARY) == [told]
    assert parse_loudness("nothing") == []


def test_the_summaries_of_several_tracks_come_in_the_order_of_the_graph() -> None:
    second = SUMMARY.replace("ebur128_0", "ebur128_11").replace("-23.1", "-30.0")
    assert [loudness.integrated for loudness in parse_loudness(second + SUMMARY)] == [-23.1, -30.0]


def test_silence_has_no_loudness() -> None:
    silent = SUMMARY.replace("-23.1", "-70.0").replace("-1.3", "-inf")
    assert parse_loudness(silent) == [Loudness(integrated=None, range=4.5, true_peak=None)]


SMALLEST = Rung(name="240p", width=426, height=240, crf=24, maxrate=400, bufsize=800, h264_profile="main")


@pytest.mark.parametrize(
    ("keyframes", "grid"),
    [
        (1, TileGrid(width=160, height=90, every=1, count=1, columns=1, rows=1)),
        (2, TileGrid(width=160, height=90, every=1, count=2, columns=2, rows=1)),
        (30, TileGrid(width=160, height=90, every=1, count=30, columns=12, rows=3)),
        (1800, TileGrid(width=160, height=90, every=13, count=139, columns=12, rows=12)),
    ],
)
def test_tiles_by_keyframes(keyframes: int, grid: TileGrid) -> None:
    assert plan_tiles(SMALLEST, keyframes=keyframes) == grid


@given(st.lists(st.fractions(Fraction(1, 2), 4, max_denominator=1000), min_size=1, max_size=400))
def test_cues_cover_the_whole_film_without_a_gap(distances: list[Fraction]) -> None:
    *times, duration = accumulate(distances, initial=Fraction(0))
    grid = plan_tiles(SMALLEST, keyframes=len(times))
    assert grid.count <= min(144, grid.columns * grid.rows)
    cues = [
        line.split(" --> ") for line in render_vtt(grid, times, duration=float(duration)).splitlines() if "-->" in line
    ]
    assert len(cues) == grid.count
    assert cues[0][0] == "00:00:00.000"
    assert all(before[1] == after[0] for before, after in pairwise(cues))
    assert all(begin < end for begin, end in cues)


def test_a_cue_names_its_tile() -> None:
    grid = TileGrid(width=160, height=90, every=2, count=13, columns=12, rows=2)
    cues = render_vtt(grid, [Fraction(2002 * number, 1000) for number in range(25)], duration=51.0).split("\n\n")
    assert cues[0] == "WEBVTT"
    assert cues[2] == "00:00:04.004 --> 00:00:08.008\nsprite.jpg#xywh=160,0,160,90"
    assert cues[13] == "00:00:48.048 --> 00:00:51.000\nsprite.jpg#xywh=0,90,160,90\n"


def test_the_posters_time_is_read_from_the_listing() -> None:
    listing = (
        "#software: x\n#tb 0: 1001/30000\n#media_type 0: video\n0,        120,        120,        1,    345600, 0xab\n"
    )
    assert parse_frame_time(listing) == pytest.approx(4.004)
    assert parse_frame_time("#tb 0: 1/25\n") is None


@pytest.mark.parametrize(
    ("line", "version", "number"),
    [
        ("ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000", "5.1.9-0+deb12u1", (5, 1)),
        ("ffprobe version n7.0.2 Copyright", "n7.0.2", (7, 0)),
        ("ffmpeg version N-118000-g1234 Copyright", "N-118000-g1234", None),
        ("bash: not found", "", None),
    ],
)
def test_versions_are_read(line: str, version: str, number: tuple[int, int] | None) -> None:
    assert parse_version(line) == version
    assert version_number(version) == number


def test_names_are_read_from_tables() -> None:
    table = "Encoders:\n V..... = Video\n ------\n V....D libx264              H.264\n A..... aac      AAC\n"
    assert parse_names(table) == {"libx264", "aac"}


def test_each_problem_of_an_installation_is_a_sentence() -> None:
    old = Versions(ffmpeg="4.4", ffprobe="5.1", encoders=frozenset({"aac"}), filters=frozenset({"scale"}))
    assert [problem.partition(":")[0] for problem in old.problems()] == [
        "ffmpeg is 4.4 but ffprobe is 5.1",
        "ffmpeg 4.4 is too old",
        "This ffmpeg lacks the encoders libmp3lame, libwebp, libx264, mjpeg",
        "This ffmpeg lacks the filters alimiter, bwdif, ebur128, framestep, thumbnail, tile, tpad",
    ]
    assert not old.can_tone_map


@pytest.mark.parametrize(
    "place",
    [
        {"location": "x"},
        {"location-eng": "x"},
        {"com.apple.quicktime.location.iso6709": "x"},
        {"©xyz": "x"},
        {"gpslatitude": "21"},
        {"comment": "taken at +21.0285+105.8542/"},
        {"description": "-33.8+151.2/"},
    ],
)
def test_no_place_survives_under_any_name(place: dict[str, str]) -> None:
    assert without_places({**place, "title": "Họp báo", "date": "2026-11-21"}) == {
        "title": "Họp báo",
        "date": "2026-11-21",
    }


def test_embedded_metadata_of_a_phones_film() -> None:
    tags = {
        "title": "Ho\u0323p ba\u0301o",
        "artist": "Nguyễn Văn A",
        "copyright": "© VGP",
        "creation_time": "2026-11-21T02:00:00.000000Z",
        "com.apple.quicktime.creationdate": "2026-11-21T09:00:00+0700",
        "location": "+21.0285+105.8542/",
    }
    found = embedded_metadata(tags)
    assert found == EmbeddedMetadata(
        title="Họp báo",
        author="Nguyễn Văn A",
        copyright_notice="© VGP",
        event_date=datetime(2026, 11, 21, 9, 0, tzinfo=timezone(timedelta(hours=7))),
    )
    assert "105.8542" not in repr(found)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21 09:00:00", datetime(2026, 11, 21, 9, tzinfo=timezone(timedelta(hours=7)))),
        ("1904-01-01T00:00:00.000000Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_that_mean_nothing_are_none(text: str, moment: datetime | None) -> None:
    assert embedded_metadata({"creation_time": text}).event_date == moment
