"""How much one run may use, from what is known of the file. Pure.

The ladder of 1080p30 takes 2.5 CPU seconds a second. The bounds leave an order of magnitude for hard codecs and slow
machines: they stop bombs, not long films.
"""

import math
import os
from dataclasses import replace

from transcoding.ffmpeg.content import Samples
from transcoding.ffmpeg.description import VideoStream
from transcoding.ffmpeg.ladder import LadderPlan
from transcoding.ffmpeg.runner import GIB, MIB, Bounds

STALL_SECONDS = 180.0
FULL_HD = 1920 * 1080
CPU_PER_SECOND = 40
READ_BYTES_PER_SECOND = 4 * MIB
FARTHEST_KEYFRAME = 20.0
"""Seconds between keyframes that are allowed for when a sample is sought."""
THREAD_SPACE = 96 * MIB
"""Address space that a thread may reserve without using it: its stack and its share of malloc arenas."""

NICENESS = 10
BACKGROUND_PATIENCE = 10
AV1_SPACE = 2 * GIB
AV1_PICTURES = 1024
"""SVT-AV1 looks far ahead: bytes that it holds for each pixel of the largest rung."""

PROBE = Bounds(wall_seconds=60, cpu_seconds=60, address_space=6 * GIB)
"""Of ffprobe; 8K pictures are decoded to learn their format."""


def counting_bounds(size: int) -> Bounds:
    """To read ``size`` bytes without decoding."""
    seconds = 120 + size / READ_BYTES_PER_SECOND
    return Bounds(wall_seconds=seconds, cpu_seconds=math.ceil(seconds), stall_seconds=STALL_SECONDS)


def listing_bounds(size: int, *, pictures: float) -> Bounds:
    """To read ``size`` bytes and write a line for each of ``pictures``, twice."""
    return replace(counting_bounds(size), file_size=math.ceil(64 * MIB + 128 * pictures))


def ladder_bounds(video: VideoStream, plan: LadderPlan, *, duration: float) -> Bounds:
    """For the ladder (and for decoding its source alone)."""
    pixels = video.width * video.height
    work = (
        max(1.0, pixels / FULL_HD) * max(1.0, float(video.average_rate or plan.rate) / 30) * (3 if plan.tone_map else 1)
    )
    cpu = 300 + CPU_PER_SECOND * duration * work + 2 * duration * len(plan.audio)
    frame = pixels * 4 * (2 if video.bit_depth > 8 else 1)  # 4:4:4 with alpha at most
    threads = (os.cpu_count() or 1) * 2 * (len(plan.rungs) + 1 + len(plan.audio))
    return Bounds(
        wall_seconds=600 + cpu,
        cpu_seconds=math.ceil(cpu),
        address_space=4 * GIB + 64 * frame + threads * THREAD_SPACE,
        file_size=math.ceil(64 * MIB + duration * max(rung.maxrate for rung in plan.rungs) * 1000 / 8 * 1.5),
        stall_seconds=STALL_SECONDS * max(1.0, work),
    )


def sampling_bounds(video: VideoStream, plan: LadderPlan, samples: Samples) -> Bounds:
    """To decode ``samples`` from the keyframe before each on, and to work with them at their small size."""
    count = len(samples.begins)
    frame = samples.rung.width * samples.rung.height * 3 // 2
    whole = ladder_bounds(video, plan, duration=count * (samples.seconds + FARTHEST_KEYFRAME))
    threads = (os.cpu_count() or 1) * 2 * count * THREAD_SPACE
    space = whole.address_space + threads + 64 * count * video.width * video.height * 4
    return replace(whole, address_space=space, file_size=64 * MIB + 2 * count * samples.pictures * frame)


def av1_bounds(video: VideoStream | None, plan: LadderPlan, *, duration: float) -> Bounds:
    """For the ladder in AV1, which stands back behind everything else and may wait for hours."""
    if video is None:
        raise ValueError("no video")
    bounds = ladder_bounds(video, plan, duration=duration)
    top = plan.rungs[0]
    return replace(
        bounds,
        niceness=NICENESS,
        wall_seconds=bounds.wall_seconds * BACKGROUND_PATIENCE,
        stall_seconds=STALL_SECONDS * BACKGROUND_PATIENCE,
        address_space=bounds.address_space + len(plan.rungs) * AV1_SPACE + AV1_PICTURES * top.width * top.height,
    )


def audio_bounds(*, duration: float, tracks: int = 1) -> Bounds:
    """For anything with sound or with our own small renditions alone."""
    cpu = 120 + 2 * duration * tracks
    return Bounds(
        wall_seconds=300 + cpu,
        cpu_seconds=math.ceil(cpu),
        address_space=3 * GIB + (os.cpu_count() or 1) * 2 * tracks * THREAD_SPACE,
        file_size=math.ceil(64 * MIB + duration * 40_000),
        stall_seconds=STALL_SECONDS,
    )


def measuring_bounds(size: int, *, duration: float, tracks: int) -> Bounds:
    """To read a file of ``size`` bytes and decode its sound alone."""
    sound, reading = audio_bounds(duration=duration, tracks=tracks), size / READ_BYTES_PER_SECOND
    return replace(sound, wall_seconds=sound.wall_seconds + reading, cpu_seconds=sound.cpu_seconds + math.ceil(reading))


def joining_bounds(size: int) -> Bounds:
    """To copy our own renditions of ``size`` bytes together into one file."""
    seconds = 300 + size / READ_BYTES_PER_SECOND
    return Bounds(
        wall_seconds=seconds, cpu_seconds=math.ceil(seconds), file_size=64 * MIB + 2 * size, stall_seconds=STALL_SECONDS
    )
