"""Files that lie, are broken or want to read what is not theirs: each ends with a reason and leaves nothing."""

import re
import struct
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.transcoding.video.conftest import AAC, SMALL_X264, Processed, ffmpeg, picture, process, tone
from transcoding.ffmpeg.admission import FORMATS
from transcoding.ffmpeg.commands import (
    Source,
    audio_args,
    count_args,
    ladder_args,
    listing_args,
    loudness_args,
    probe_args,
)
from transcoding.ffmpeg.description import AudioStream, VideoStream
from transcoding.ffmpeg.ladder import plan_ladder
from transcoding.ffmpeg.runner import ProcessingCancelled
from transcoding.results import MediaRejected
from transcoding.video.process import process_media

TRACK = AudioStream(index=1, codec="aac", channels=2, sample_rate=48000)
SECRET = "SECRET-OF-ANOTHER-AGENCY"
DAYS_30 = 30 * 86400 * 1000.0


def refusal(source: Path, folder: Path, *, container: str = "mov", kind: str = "video") -> MediaRejected:
    """The rejection that processing ends with; the work folder must be empty then."""
    folder.mkdir()
    with pytest.raises(MediaRejected) as caught:
        process(source, folder, container=container, kind=kind)
    assert list(folder.iterdir()) == []
    assert len(caught.value.message) > 40
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:{secret}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXTINF:1,\nconcat:http://127.0.0.1:9/x|file:{secret}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{secret}'\n",
        "{secret}\n" * 100,
        "",
    ],
    ids=["hls", "hls-concat", "ffconcat", "text", "empty"],
)
@pytest.mark.parametrize("container", ["mov", "matroska", "mpegts", "mp3"])
def test_text_is_never_read_as_a_playlist(text: str, container: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    source = tmp_path / "film.mp4"
    source.write_text(text.format(secret=secret))
    error = refusal(source, tmp_path / "out", container=container)
    assert error.reason in {"unreadable_media", "no_media_stream", "no_video_stream"}
    assert SECRET not in error.message


@pytest.mark.parametrize("container", ["hls", "concat", "image2", "lavfi", "sdp", "dash", "imf", "mov,hls", ""])
def test_only_demuxers_that_read_one_local_file_are_used(container: str, tmp_path: Path) -> None:
    source = tmp_path / "film.mp4"
    source.write_bytes(b"\0" * 100)
    assert refusal(source, tmp_path / "out", container=container).reason == "unsupported_media"
    assert container not in FORMATS


def test_every_command_on_a_users_file_pins_demuxer_protocol_and_path() -> None:
    source = Source(path=Path("/job/original"), format="matroska")
    plan = plan_ladder(VideoStream(index=0, codec="h264", width=640, height=360), [TRACK], duration=1)
    for args in (
        probe_args(source),
        count_args(source, [0]),
        ladder_args(source, plan),
        ladder_args(source, replace(plan, copied=(Fraction(0),))),
        loudness_args(source, plan.audio),
        listing_args(source, 0, folder="scratch"),
        audio_args(source, plan.audio),
    ):
        text = " ".join(args)
        assert "-f matroska" in text
        assert "-format_whitelist matroska -protocol_whitelist file" in text.replace(
            "-protocol_whitelist file -format_whitelist matroska", "-format_whitelist matroska -protocol_whitelist file"
        )
        assert "-i file:/job/original" in text


def with_claimed_duration(path: Path, milliseconds: float) -> None:
    """Overwrite the Duration element (4489, 8-byte float) of a Matroska file."""
    data = path.read_bytes()
    position = data.index(b"\x44\x89\x88") + 3
    path.write_bytes(data[:position] + struct.pack(">d", milliseconds) + data[position + 8 :])


@pytest.fixture
def small_mkv(tmp_path: Path) -> Path:
    path = tmp_path / "small.mkv"
    ffmpeg(*picture("64x48", rate="10", seconds=0.5), *SMALL_X264, path)
    return path


def test_two_kilobytes_that_claim_thirty_days_are_refused(small_mkv: Path, tmp_path: Path) -> None:
    with_claimed_duration(small_mkv, DAYS_30)
    error = refusal(small_mkv, tmp_path / "out", container="matroska")
    assert (error.reason, error.data["seconds"]) == ("video_too_long", 30 * 86400)


def test_a_claim_within_the_cap_is_replaced_by_what_the_packets_say(small_mkv: Path, tmp_path: Path) -> None:
    with_claimed_duration(small_mkv, 11 * 3600 * 1000.0)
    done = process(small_mkv, tmp_path / "out", container="matroska")
    assert done.result.duration == pytest.approx(0.5, abs=0.11)


def test_pictures_eleven_hours_apart_are_not_filled_up(tmp_path: Path) -> None:
    source = tmp_path / "gap.mkv"
    ffmpeg(
        *picture("64x48", rate="1", seconds=2),
        "-vf",
        "setpts=N*39600/TB",
        "-fps_mode",
        "passthrough",
        *SMALL_X264,
        source,
    )
    assert refusal(source, tmp_path / "out", container="matroska").reason == "duration_implausible"


def test_many_streams_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "many.mkv"
    ffmpeg(*picture("64x48"), *tone(0.1), "-map", "0", *["-map", "1"] * 40, *SMALL_X264, *AAC, source)
    error = refusal(source, tmp_path / "out", container="matroska")
    assert (error.reason, error.data["streams"]) == ("too_many_streams", 41)


def test_a_file_without_its_index_is_unreadable(make_source: Callable[[str], Path], tmp_path: Path) -> None:
    source = tmp_path / "cut.mp4"
    whole = make_source("h264.mp4").read_bytes()
    source.write_bytes(whole[: len(whole) // 2])
    assert refusal(source, tmp_path / "out").reason == "unreadable_media"


def test_a_file_cut_off_in_the_middle_is_told_so(make_source: Callable[[str], Path], tmp_path: Path) -> None:
    source = tmp_path / "cut.mp4"
    ffmpeg("-i", make_source("long.mp4"), "-c", "copy", "-movflags", "+faststart", source)
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) // 2])
    error = refusal(source, tmp_path / "out")
    assert error.reason == "truncated"
    assert 4 < error.data["found_seconds"] < 7 < error.data["expected_seconds"]


def test_a_film_whose_pictures_are_noise_is_undecodable(make_source: Callable[[str], Path], tmp_path: Path) -> None:
    source = tmp_path / "noise.mp4"
    ffmpeg("-i", make_source("silent.mp4"), "-c", "copy", "-movflags", "+faststart", source)
    data = source.read_bytes()
    begin = data.index(b"mdat") + 4
    source.write_bytes(data[:begin] + b"\xff" * (len(data) - begin))
    assert refusal(source, tmp_path / "out").reason in {"undecodable", "unreadable_media"}


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [("speech.m4a", "video", "no_video_stream"), ("silent.mp4", "audio", "no_audio_stream")],
)
def test_the_kind_must_fit(name: str, kind: str, reason: str, tmp_path: Path) -> None:
    source = tmp_path / name
    ffmpeg(
        *(tone() if name == "speech.m4a" else picture("64x48")), *(AAC if name == "speech.m4a" else SMALL_X264), source
    )
    assert refusal(source, tmp_path / "out", kind=kind).reason == reason


def test_a_codec_outside_the_list_is_not_opened(tmp_path: Path) -> None:
    source = tmp_path / "old.avi"
    ffmpeg(*picture("64x48"), "-c:v", "zmbv", source)
    assert refusal(source, tmp_path / "out", container="avi").reason == "codec_not_supported"


def test_a_picture_beyond_8k_is_refused_before_it_is_decoded(
    make_source: Callable[[str], Path], tmp_path: Path
) -> None:
    source = tmp_path / "huge.avi"
    ffmpeg(*picture("64x48", seconds=0.1), "-c:v", "rawvideo", source)
    data = bytearray(source.read_bytes())
    strf = data.index(b"strf") + 8
    struct.pack_into("<ii", data, strf + 4, 16000, 16000)
    source.write_bytes(data)
    assert refusal(source, tmp_path / "out", container="avi").reason == "frame_too_large"


def test_cancelling_leaves_nothing(make_source: Callable[[str], Path], tmp_path: Path) -> None:
    percents: list[int] = []
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(ProcessingCancelled):
        process_media(
            make_source("long.mp4"),
            ffmpeg_format="mov",
            kind="video",
            workdir=folder,
            on_progress=percents.append,
            cancelled=lambda: bool(percents and percents[-1] >= 1),
        )
    assert list(folder.iterdir()) == []


def test_a_failed_run_leaves_the_rest_of_the_folder_alone(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "original").write_bytes(b"not a film")
    with pytest.raises(MediaRejected):
        process(folder / "original", folder, container="mov")
    assert [path.name for path in folder.iterdir()] == ["original"]


def test_names_with_spaces_quotes_and_options_are_only_names(
    make_source: Callable[[str], Path], tmp_path: Path, processed: Callable[[str], Processed]
) -> None:
    source = tmp_path / "-i 'thủ tướng' $(touch x);%d|.mp4"
    source.write_bytes(make_source("one-picture.mp4").read_bytes())
    done = process(source, tmp_path / "out it's", container="mov")
    assert re.search(r"RESOLUTION=320x180", done.path("hls/master.m3u8").read_text())
