"""The technical description that is kept of a film or sound file: plain JSON, the same keys for every file. Pure."""

from collections.abc import Sequence
from typing import Any

from transcoding.ffmpeg.description import AudioStream, VideoStream
from transcoding.ffmpeg.loudness import Loudness
from transcoding.ffmpeg.probe import Admitted
from transcoding.video.encode import TrackLevel


def technical_facts(
    admitted: Admitted, *, levels: Sequence[TrackLevel], delivered: Loudness | None, not_copied: str = ""
) -> dict[str, Any]:
    """Seconds, pixels, bits per second, Hz, LUFS; None where the file does not say or there is no such stream.

    ``levels``: the sound tracks that were kept, the main one first; ``delivered``: the main one's loudness as it is
    delivered. ``not_copied``: why the largest rung is not the film's own stream; empty where it is.
    """
    description = admitted.description
    return {
        "container": description.container,
        "size": description.size,
        "duration": admitted.duration,
        "bitrate": description.bitrate,
        "streams": description.stream_count,
        "video": None if admitted.video is None else {**_video(admitted.video), "not_copied": not_copied},
        "audio": None if admitted.audio is None else _audio(admitted.audio),
        "loudness": None if delivered is None else _loudness(delivered),
        "tracks": [_track(level) for level in levels],
    }


def _video(stream: VideoStream) -> dict[str, Any]:
    return {
        "codec": stream.codec,
        "profile": stream.profile,
        "width": stream.width,
        "height": stream.height,
        "sample_aspect_ratio": str(stream.sample_aspect),
        "rotation": stream.rotation,
        "frame_rate": str(stream.average_rate) if stream.average_rate else None,
        "variable_frame_rate": stream.variable_rate,
        "interlaced": stream.interlaced,
        "pixel_format": stream.pixel_format,
        "bit_depth": stream.bit_depth,
        "color_transfer": stream.transfer,
        "hdr": stream.hdr,
        "bitrate": stream.bitrate,
    }


def _audio(stream: AudioStream) -> dict[str, Any]:
    return {
        "codec": stream.codec,
        "profile": stream.profile,
        "channels": stream.channels,
        "layout": stream.layout,
        "sample_rate": stream.sample_rate,
        "language": stream.language,
        "bitrate": stream.bitrate,
    }


def _track(level: TrackLevel) -> dict[str, Any]:
    """One kept track: how loud it came, and what was done about it."""
    return {
        "stream": level.plan.index,
        "language": level.plan.language,
        "role": level.plan.role,
        "loudness": None if level.measured is None else _loudness(level.measured),
        "gain_db": level.plan.level.gain,
        "limited": level.plan.level.limit,
    }


def _loudness(loudness: Loudness) -> dict[str, Any]:
    return {
        "integrated_lufs": loudness.integrated,
        "range_lu": loudness.range,
        "true_peak_dbtp": loudness.true_peak,
    }
