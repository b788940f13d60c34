"""Real sources of every container and codec, all the way: what comes out is whole, aligned, upright and clean."""

import struct
import subprocess
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from tests.transcoding.matrix.making import turn_clockwise
from tests.transcoding.video.conftest import (
    PRIVATE,
    SMALL_X264,
    SOURCES,
    TWO_COLOURS,
    Processed,
    ffmpeg,
    picture,
    probe,
    process,
    tone,
)
from tests.transcoding.video.playing import attributes, read_playlist

Get = Callable[[str], Processed]
FRAME = 0.045
SECONDS = {
    "one-picture.mp4": 0.04,
    "picture-and-talk.mkv": 6,
    "fast.mp4": 1,
    "long.mp4": 11,
    "av1.mkv": 1,
    "hdr.mov": 1,
}

every_source = pytest.mark.parametrize("name", SOURCES)


def decode_errors(path: Path) -> str:
    """What ffmpeg complains of when it decodes all of ``path``."""
    allowed = ("-protocol_whitelist", "file") if path.suffix == ".m3u8" else ()
    command = ["ffmpeg", "-v", "warning", "-nostdin", *allowed, "-i", str(path), "-f", "null", "-"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return f"status {ended.returncode}\n{ended.stderr}" if ended.returncode else ended.stderr


def keyframes(path: Path) -> list[float]:
    """Seconds behind the first, which ffprobe shifts by the encoder's delay."""
    packets = probe(path, "-show_packets", "-select_streams", "v")["packets"]
    times = [float(packet["pts_time"]) for packet in packets if packet["flags"].startswith("K")]
    return [round(time - times[0], 3) for time in times]


def first_times(path: Path) -> tuple[int, int]:
    """``tfdt`` and the first composition offset of a fragmented file, as a player reads them."""
    data = path.read_bytes()
    tfdt, trun = data.index(b"tfdt"), data.index(b"trun")
    (decode_time,) = struct.unpack_from(">q" if data[tfdt + 4] else ">i", data, tfdt + 8)
    flags = int.from_bytes(data[trun + 5 : trun + 8], "big")
    position = trun + 12 + 4 * bool(flags & 0x1) + 4 * bool(flags & 0x4)
    position += 4 * bool(flags & 0x100) + 4 * bool(flags & 0x200) + 4 * bool(flags & 0x400)
    offset = struct.unpack_from(">i", data, position)[0] if flags & 0x800 else 0
    return decode_time, offset


@every_source
def test_every_rendition_is_there_and_nothing_else(name: str, processed: Get) -> None:
    done = processed(name)
    listed = {str(file.path) for file in done.result.renditions}
    found = {str(path.relative_to(done.folder)) for path in done.folder.rglob("*") if path.is_file()}
    assert listed == found
    assert all((done.folder / path).stat().st_size > 0 for path in listed)
    assert {
        "hls/master.m3u8",
        "hls/manifest.mpd",
        "download.mp4",
        "poster.jpg",
        "sprite.jpg",
        "sprite.vtt",
        "w320.webp",
        "w640.webp",
    } < listed


@every_source
def test_byte_ranges_cover_each_file_and_play_to_the_end(name: str, processed: Get) -> None:
    done = processed(name)
    for playlist in done.folder.glob("hls/*/index.m3u8"):
        parts = read_playlist(playlist)
        size = (playlist.parent / "media.mp4").stat().st_size
        assert [part.offset for part in parts[1:]] == [part.end for part in parts[:-1]]
        assert parts[-1].end == size
        assert decode_errors(playlist) == ""
    assert decode_errors(done.path("download.mp4")) == ""


@every_source
def test_the_master_names_what_is_there(name: str, processed: Get) -> None:
    done = processed(name)
    lines = done.path("hls/master.m3u8").read_text().splitlines()
    uris = [line for line in lines if not line.startswith("#")]
    sound = ["audio-lean/index.m3u8"] if (done.folder / "hls/audio").exists() else []
    assert uris == [f"{file.path.parent.name}/index.m3u8" for file in reversed(done.rungs)] + sound
    for file in done.rungs:
        stream = probe(done.folder / file.path)["streams"][0]
        assert (stream["width"], stream["height"]) == (file.width, file.height)
    for tag in ("#EXT-X-STREAM-INF", "#EXT-X-I-FRAME-STREAM-INF"):
        sizes = [attributes(line)["RESOLUTION"] for line in lines if line.startswith(tag) and "RESOLUTION" in line]
        assert sizes == [f"{file.width}x{file.height}" for file in reversed(done.rungs)]


@every_source
def test_rungs_share_their_keyframes_and_begin_at_zero(name: str, processed: Get) -> None:
    done = processed(name)
    first, *others = [keyframes(done.folder / file.path) for file in done.rungs]
    assert all(other == first for other in others)
    for file in done.rungs:
        assert first_times(done.folder / file.path) == (0, 0)
    if (done.folder / "hls/audio").exists():
        assert first_times(done.folder / "hls/audio/media.mp4") == (0, 0)


@every_source
def test_no_rung_is_larger_than_the_source_and_all_are_plain_8_bit_bt709(name: str, processed: Get) -> None:
    done = processed(name)
    stored = probe(done.source)["streams"][0]
    aspect = Fraction(stored.get("sample_aspect_ratio", "1:1").replace(":", "/"))
    assert (done.rungs[0].width or 0) <= stored["width"] * aspect
    assert (done.rungs[0].height or 0) <= stored["height"]
    for file in done.rungs:
        stream = probe(done.folder / file.path)["streams"][0]
        assert stream["width"] % 2 == stream["height"] % 2 == 0
        assert stream["pix_fmt"] == "yuv420p"
        assert stream["field_order"] == "progressive"
        assert stream.get("sample_aspect_ratio", "1:1") == "1:1"
        assert [stream[key] for key in ("color_space", "color_transfer", "color_primaries")] == ["bt709"] * 3


@every_source
def test_every_output_lasts_as_long_as_the_source(name: str, processed: Get) -> None:
    done = processed(name)
    expected = SECONDS.get(name, 2)
    assert done.result.duration == pytest.approx(expected, abs=FRAME)
    assert float(probe(done.path("download.mp4"))["format"]["duration"]) == pytest.approx(expected, abs=2 * FRAME)
    assert done.result.facts["duration"] == pytest.approx(expected, abs=2 * FRAME)


@every_source
def test_progress_rises_to_100(name: str, processed: Get) -> None:
    percents = processed(name).percents
    assert percents == sorted(set(percents))
    assert (percents[0], percents[-1]) == (0, 100)


@pytest.mark.parametrize("name", ["h264.mp4", "prores.mov", "h264.mkv"])
def test_nothing_private_is_left_in_any_output(name: str, processed: Get) -> None:
    done = processed(name)
    assert any(PRIVATE[0].encode() in part for part in [done.source.read_bytes()])
    for path in (path for path in done.folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        assert not any(mark.encode() in data for mark in PRIVATE), path
    assert done.result.metadata.title == PRIVATE[0]
    assert "21.0285" not in str(done.result.metadata)


@pytest.mark.parametrize(
    ("name", "rungs"),
    [
        ("h264.mp4", [(640, 360), (426, 240)]),
        ("hevc.mp4", [(426, 240), (426, 240)]),
        ("odd.mkv", [(640, 358), (428, 240)]),
        ("vertical.mp4", [(360, 640), (240, 426)]),
        ("interlaced.ts", [(1024, 576), (854, 480), (640, 360), (426, 240)]),
        ("one-picture.mp4", [(320, 180)]),
    ],
)
def test_the_ladder_fits_the_source(name: str, rungs: list[tuple[int, int]], processed: Get) -> None:
    assert [(file.width, file.height) for file in processed(name).rungs] == rungs


@pytest.mark.parametrize(
    ("name", "rate"),
    [("fast.mp4", "60/1"), ("variable.mp4", "60/1"), ("silent.mp4", "30000/1001"), ("interlaced.ts", "25/1")],
)
def test_every_rung_has_one_constant_rate(name: str, rate: str, processed: Get) -> None:
    done = processed(name)
    for file in done.rungs:
        probed = probe(done.folder / file.path, "-show_packets", "-select_streams", "v")
        times = sorted(float(packet["pts_time"]) for packet in probed["packets"])
        steps = [after - before for before, after in pairwise(times)]
        every = 2 if "lean" in file.profile and Fraction(rate) > 30 else 1
        assert steps == pytest.approx([float(every / Fraction(rate))] * len(steps), abs=0.001)


@pytest.mark.parametrize(("name", "channels"), [("surround.mp4", 2), ("mono.mp4", 1), ("h264.mp4", 2)])
def test_sound_becomes_aac_of_at_most_two_channels(name: str, channels: int, processed: Get) -> None:
    done = processed(name)
    stream = probe(done.path("hls/audio/media.mp4"))["streams"][0]
    assert (stream["codec_name"], stream["channels"], stream["sample_rate"]) == ("aac", channels, "48000")
    lean = probe(done.path("hls/audio-lean/media.mp4"))["streams"][0]
    assert (lean["codec_name"], lean["channels"], lean["sample_rate"]) == ("aac", channels, "48000")
    loudness = done.result.facts["loudness"]
    assert loudness["integrated_lufs"] == pytest.approx(-16, abs=0.5)
    assert loudness["true_peak_dbtp"] <= -1.5


def test_a_film_without_sound_has_no_audio_group(processed: Get) -> None:
    done = processed("silent.mp4")
    assert "AUDIO" not in done.path("hls/master.m3u8").read_text()
    assert done.result.facts["loudness"] is None


def test_hdr_is_told_and_mapped(processed: Get) -> None:
    video = processed("hdr.mov").result.facts["video"]
    assert (video["hdr"], video["bit_depth"], video["color_transfer"]) == (True, 10, "smpte2084")


def test_seek_bar_pictures_match_their_cues(processed: Get) -> None:
    done = processed("long.mp4")
    cues = done.path("sprite.vtt").read_text().split("\n\n")[1:]
    assert [cue.splitlines()[0] for cue in cues[:2]] == [
        "00:00:00.000 --> 00:00:02.002",
        "00:00:02.002 --> 00:00:04.004",
    ]
    assert len(cues) == 6
    with Image.open(done.path("sprite.jpg")) as sheet:
        assert sheet.size == (6 * 160, 90)
        corners = [sheet.crop((160 * n, 0, 160 * n + 160, 90)).tobytes() for n in range(6)]
    assert len(set(corners)) == 6


def test_small_pictures_have_the_posters_shape(processed: Get) -> None:
    done = processed("vertical.mp4")
    sizes = {}
    for name in ("poster.jpg", "w640.webp", "w320.webp"):
        with Image.open(done.path(name)) as image:
            sizes[name] = image.size
            assert not image.getexif()
    assert sizes == {"poster.jpg": (360, 640), "w640.webp": (360, 640), "w320.webp": (320, 569)}
    assert len(done.result.placeholder) == 28


def test_the_index_of_the_download_stands_in_front(processed: Get) -> None:
    data = processed("h264.mp4").path("download.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_processing_again_gives_the_same_bytes(processed: Get, tmp_path: Path) -> None:
    before = processed("h264.mp4")
    again = process(before.source, tmp_path / "again", container="mov")
    assert again.result == before.result
    for file in before.result.renditions:
        assert (again.folder / file.path).read_bytes() == (before.folder / file.path).read_bytes(), file.profile


RED, BLUE = (254, 0, 0), (0, 0, 254)


@pytest.mark.parametrize(
    ("degrees", "size", "first", "last"),
    [
        (0, (320, 180), RED, BLUE),
        (90, (180, 320), RED, BLUE),
        (180, (320, 180), BLUE, RED),
        (270, (180, 320), BLUE, RED),
    ],
)
def test_rotation_is_applied(
    degrees: int, size: tuple[int, int], first: tuple[int, ...], last: tuple[int, ...], tmp_path: Path
) -> None:
    source = tmp_path / "source.mp4"
    ffmpeg(*TWO_COLOURS, *SMALL_X264, source)
    turn_clockwise(source, degrees)
    done = process(source, tmp_path / "out", container="mov")
    assert done.result.facts["video"]["rotation"] == degrees
    with Image.open(done.path("poster.jpg")) as poster:
        assert poster.size == size
        top_left = poster.convert("RGB").getpixel((10, 10))
        bottom_right = poster.convert("RGB").getpixel((size[0] - 10, size[1] - 10))
    assert top_left == pytest.approx(first, abs=12)
    assert bottom_right == pytest.approx(last, abs=12)


@pytest.mark.parametrize("container", ["mov", "mpegts", "matroska"])
def test_sound_and_picture_stay_together(container: str, tmp_path: Path) -> None:
    """White and a tone begin together at one second; in the download they still do, to within a frame."""
    source = tmp_path / "source"
    ffmpeg(
        *("-f", "lavfi", "-i", "color=black:s=320x180:r=25:d=2,drawbox=c=white:t=fill:enable='gte(t,1)'"),
        *("-f", "lavfi", "-i", "sine=1000:r=48000:d=2,volume=0:enable='lt(t,1)'"),
        *(*SMALL_X264, "-bf", "2", "-c:a", "aac", "-f", "mp4" if container == "mov" else container, source),
    )
    done = process(source, tmp_path / "out", container=container)
    download = done.path("download.mp4")
    raw = ["ffmpeg", "-v", "error", "-i", str(download)]
    grey = subprocess.run(
        [*raw, "-vf", "scale=1:1,format=gray", "-f", "rawvideo", "-"], capture_output=True, check=True
    )
    pcm = subprocess.run([*raw, "-ac", "1", "-ar", "48000", "-f", "s16le", "-"], capture_output=True, check=True)
    white = next(number for number, value in enumerate(grey.stdout) if value > 128) / 25
    samples = struct.unpack(f"<{len(pcm.stdout) // 2}h", pcm.stdout)
    loud = next(number for number, value in enumerate(samples) if abs(value) > 1000) / 48000
    assert white == pytest.approx(1, abs=0.041)  # Matroska and MPEG-TS write the picture a little later: next frame
    assert loud == pytest.approx(white, abs=0.041)


SOUNDS = {
    "speech.mp3": ("mp3", ["-c:a", "libmp3lame"]),
    "speech.wav": ("wav", ["-c:a", "pcm_s16le"]),
    "speech.flac": ("flac", ["-c:a", "flac"]),
    "speech.ogg": ("ogg", ["-c:a", "libvorbis"]),
    "speech.m4a": ("mov", ["-c:a", "aac"]),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_alone_becomes_hls_and_downloads(name: str, tmp_path: Path) -> None:
    container, codec = SOUNDS[name]
    ffmpeg(*tone(5), *codec, "-metadata", f"title={PRIVATE[0]}", tmp_path / name)
    done = process(tmp_path / name, tmp_path / "out", container=container, kind="audio")
    assert [str(file.path) for file in done.result.renditions] == [
        "hls/master.m3u8",
        "hls/manifest.mpd",
        "hls/audio/index.m3u8",
        "hls/audio/media.mp4",
        "hls/audio-lean/index.m3u8",
        "hls/audio-lean/media.mp4",
        "download.m4a",
        "download.mp3",
    ]
    assert done.result.duration == pytest.approx(5, abs=0.06)
    for path in ("hls/audio/index.m3u8", "download.m4a", "download.mp3"):
        assert decode_errors(done.folder / path) == ""
        assert PRIVATE[0].encode() not in (done.folder / path).read_bytes()
    assert done.result.metadata.title == PRIVATE[0]
    assert done.result.facts["loudness"]["integrated_lufs"] is not None
    assert done.percents[-1] == 100


def test_cover_art_is_not_video(tmp_path: Path) -> None:
    source = tmp_path / "covered.mp3"
    cover = [
        *picture("100x100", seconds=0.04),
        "-map",
        "0",
        "-map",
        "1",
        "-c:v",
        "mjpeg",
        "-disposition:v",
        "attached_pic",
    ]
    ffmpeg(*tone(), *cover, source)
    done = process(source, tmp_path / "out", container="mp3", kind="audio")
    assert done.result.facts["video"] is None
    assert done.result.facts["streams"] == 2
