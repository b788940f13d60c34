"""Whose fault is it, and what is let in: tables of facts and reasons."""

import signal
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions.errors import InfrastructureError
from transcoding.ffmpeg.admission import check_duration, choose_streams, needs_counting
from transcoding.ffmpeg.description import AudioStream, MediaDescription, VideoStream
from transcoding.ffmpeg.failures import Evidence, explain, needs_decode_test
from transcoding.ffmpeg.ladder import plan_ladder
from transcoding.ffmpeg.limits import (
    audio_bounds,
    counting_bounds,
    joining_bounds,
    ladder_bounds,
    listing_bounds,
    measuring_bounds,
)
from transcoding.results import MediaRejected

GIB = 1024**3


@pytest.mark.parametrize(
    ("facts", "error", "reason"),
    [
        ({"status": 1, "disk_free": 1000}, InfrastructureError, "disk_full"),
        ({"status": 1, "disk_free": 1000, "input_decodes": False}, InfrastructureError, "disk_full"),
        ({"status": 125}, InfrastructureError, "ffmpeg_not_started"),
        ({"status": 126}, InfrastructureError, "ffmpeg_not_started"),
        ({"status": 127}, InfrastructureError, "ffmpeg_not_started"),
        ({"status": -signal.SIGXCPU}, MediaRejected, "too_costly"),
        ({"status": 255, "cpu_spent": 99.9, "cpu_limit": 100.0}, MediaRejected, "too_costly"),
        ({"status": -signal.SIGKILL, "cpu_spent": 110.0, "cpu_limit": 100.0}, MediaRejected, "too_costly"),
        ({"status": -signal.SIGXFSZ}, MediaRejected, "output_too_large"),
        ({"status": 255, "stopped_by": "output"}, MediaRejected, "output_too_large"),
        ({"status": 255, "stopped_by": "stall", "busy": True}, MediaRejected, "processing_stalled"),
        ({"status": 255, "stopped_by": "stall", "busy": False}, InfrastructureError, "too_slow"),
        ({"status": 255, "stopped_by": "wall"}, InfrastructureError, "too_slow"),
        ({"status": -signal.SIGKILL}, InfrastructureError, "ffmpeg_killed"),
        ({"status": -signal.SIGTERM, "input_decodes": False}, InfrastructureError, "ffmpeg_killed"),
        ({"status": 255}, InfrastructureError, "ffmpeg_killed"),
        ({"status": 1, "input_decodes": False}, MediaRejected, "undecodable"),
        ({"status": -signal.SIGSEGV, "input_decodes": False}, MediaRejected, "undecodable"),
        ({"status": 69, "input_decodes": False}, MediaRejected, "undecodable"),
        ({"status": 1, "input_decodes": True}, InfrastructureError, "ffmpeg_failed"),
        ({"status": -signal.SIGSEGV, "input_decodes": True}, InfrastructureError, "ffmpeg_failed"),
        ({"status": 1}, InfrastructureError, "ffmpeg_failed"),
    ],
)
def test_who_must_act(facts: dict[str, Any], error: type[Exception], reason: str) -> None:
    verdict = explain(Evidence(**facts))
    assert (type(verdict), verdict.reason) == (error, reason)


@given(
    status=st.integers(-64, 255),
    stopped_by=st.sampled_from([None, "wall", "stall", "output"]),
    busy=st.booleans(),
    input_decodes=st.sampled_from([None, True, False]),
)
def test_every_failure_has_a_verdict_and_the_decode_test_is_only_for_the_undecided(
    status: int, stopped_by: Any, busy: bool, input_decodes: bool | None
) -> None:
    evidence = Evidence(status=status, stopped_by=stopped_by, busy=busy, input_decodes=input_decodes)
    verdict = explain(evidence)
    assert isinstance(verdict, MediaRejected | InfrastructureError)
    if needs_decode_test(evidence):
        assert explain(replace(evidence, input_decodes=False)).reason == "undecodable"
        assert explain(replace(evidence, input_decodes=True)).reason == "ffmpeg_failed"


VIDEO = VideoStream(index=0, codec="h264", width=1920, height=1080, average_rate=Fraction(25), real_rate=Fraction(25))
AUDIO = AudioStream(index=1, codec="aac", channels=2, sample_rate=48000, layout="stereo")
FILM = MediaDescription(
    container="mov,mp4,m4a,3gp,3g2,mj2", size=10_000_000, duration=10.0, video=(VIDEO,), audio=(AUDIO,)
)


def test_an_ordinary_film_is_let_in() -> None:
    assert choose_streams(FILM, kind="video") == (VIDEO, AUDIO)
    assert choose_streams(FILM, kind="audio") == (None, AUDIO)
    assert check_duration(FILM, kind="video") == 10.0
    assert not needs_counting(FILM)


def test_the_default_streams_are_chosen() -> None:
    second = replace(AUDIO, index=2, default=True, language="vie")
    assert choose_streams(replace(FILM, audio=(AUDIO, second)), kind="video") == (VIDEO, second)


@pytest.mark.parametrize(
    ("change", "kind", "reason"),
    [
        ({"video": (), "audio": ()}, "video", "no_media_stream"),
        ({"video": (), "audio": (), "attached_pictures": 1}, "audio", "no_media_stream"),
        ({"video": ()}, "video", "no_video_stream"),
        ({"audio": ()}, "audio", "no_audio_stream"),
        ({"other_streams": 31}, "video", "too_many_streams"),
        ({"video": (replace(VIDEO, codec="zmbv"),)}, "video", "codec_not_supported"),
        ({"video": (replace(VIDEO, codec=""),)}, "video", "codec_not_supported"),
        ({"audio": (replace(AUDIO, codec="gsm"),)}, "video", "codec_not_supported"),
        ({"video": (replace(VIDEO, width=8193, height=4320),)}, "video", "frame_too_large"),
        ({"video": (replace(VIDEO, width=20000, height=16),)}, "video", "frame_too_large"),
        ({"video": (replace(VIDEO, sample_aspect=Fraction(100)),)}, "video", "frame_too_large"),
        ({"video": (replace(VIDEO, width=0, height=0),)}, "video", "frame_too_small"),
        ({"video": (replace(VIDEO, width=15),)}, "video", "frame_too_small"),
        ({"video": (replace(VIDEO, sample_aspect=Fraction(1, 200)),)}, "video", "frame_too_small"),
        ({"video": (replace(VIDEO, average_rate=Fraction(241)),)}, "video", "frame_rate_too_high"),
        ({"audio": (replace(AUDIO, channels=0),)}, "video", "audio_not_supported"),
        ({"audio": (replace(AUDIO, channels=64),)}, "audio", "audio_not_supported"),
        ({"audio": (replace(AUDIO, sample_rate=768_000),)}, "audio", "audio_not_supported"),
    ],
)
def test_what_is_refused_and_why(change: dict[str, Any], kind: str, reason: str) -> None:
    with pytest.raises(MediaRejected) as caught:
        choose_streams(replace(FILM, **change), kind=kind)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("change", "kind", "reason"),
    [
        ({"duration": None}, "video", "no_content"),
        ({"duration": 43_201.0}, "video", "video_too_long"),
        ({"duration": 43_201.0}, "audio", "audio_too_long"),
        ({"duration": 3600.0, "size": 2190}, "video", "duration_implausible"),
    ],
)
def test_durations_that_are_refused(change: dict[str, Any], kind: str, reason: str) -> None:
    with pytest.raises(MediaRejected) as caught:
        check_duration(replace(FILM, **change), kind=kind)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, False),
        ({"duration": None}, True),
        ({"duration": 1e6}, False),  # refused anyway
        ({"size": 50_000}, True),
        ({"container": "mpegts"}, True),
        ({"container": "matroska,webm"}, False),
        ({"video": (replace(VIDEO, average_rate=None),)}, True),
        ({"video": (replace(VIDEO, average_rate=Fraction(1000)),)}, True),
    ],
)
def test_when_packets_are_counted(change: dict[str, Any], expected: bool) -> None:
    assert needs_counting(replace(FILM, **change)) is expected


def test_bounds_grow_with_the_work_and_stay_finite() -> None:
    plan = plan_ladder(VIDEO, [AUDIO], duration=60)
    small = ladder_bounds(VIDEO, plan, duration=60)
    huge_stream = replace(VIDEO, width=7680, height=4320, bit_depth=10, average_rate=Fraction(60))
    huge = ladder_bounds(huge_stream, plan, duration=60)
    assert small.cpu_seconds == 300 + 40 * 60 + 2 * 60
    assert small.wall_seconds > small.cpu_seconds
    assert small.cpu_seconds < huge.cpu_seconds == 300 + 40 * 60 * 16 * 2 + 2 * 60
    assert small.address_space < huge.address_space
    assert small.file_size > 60 * 5_000_000 / 8
    measuring, listing = measuring_bounds(GIB, duration=60, tracks=6), listing_bounds(GIB, pictures=9000)
    for bounds in (audio_bounds(duration=60), counting_bounds(GIB), joining_bounds(GIB), measuring, listing):
        assert 0 < bounds.cpu_seconds <= bounds.wall_seconds < 3600
    assert audio_bounds(duration=60).cpu_seconds < measuring.cpu_seconds
    assert listing.file_size > 9000 * 80
    assert joining_bounds(GIB).file_size > GIB
