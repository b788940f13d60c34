"""The technical description that is kept of a film or sound file: plain JSON, the same keys for every file. Pure."""

from typing import Any

from transcoding.ffmpeg.description import AudioStream, VideoStream
from transcoding.ffmpeg.loudness import Loudness
from transcoding.ffmpeg.probe import Admitted


def technical_facts(admitted: Admitted, loudness: Loudness | None) -> dict[str, Any]:
    """Seconds, pixels, bits per second, Hz, LUFS; None where the file does not say or there is no such stream."""
    description = admitted.description
    return {
        "container": description.container,
        "size": description.size,
        "duration": admitted.duration,
        "bitrate": description.bitrate,
        "streams": description.stream_count,
        "video": None if admitted.video is None else _video(admitted.video),
        "audio": None if admitted.audio is None else _audio(admitted.audio),
        "loudness": None if loudness is None else _loudness(loudness),
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


def _loudness(loudness: Loudness) -> dict[str, Any]:
    return {
        "integrated_lufs": loudness.integrated,
        "range_lu": loudness.range,
        "true_peak_dbtp": loudness.true_peak,
    }
