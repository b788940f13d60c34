"""The technical description that is kept of a film or sound file: plain JSON, the same keys for every file. Pure."""

from collections.abc import Sequence
from typing import Any

from transcoding.ffmpeg.content import Fitted
from transcoding.ffmpeg.description import AudioStream, VideoStream
from transcoding.ffmpeg.loudness import Loudness
from transcoding.ffmpeg.probe import Admitted
from transcoding.video.encode import TrackLevel


def technical_facts(
    admitted: Admitted,
    *,
    levels: Sequence[TrackLevel],
    delivered: Loudness | None,
    not_copied: str = "",
    fitted: Fitted | None = None,
) -> dict[str, Any]:
    """Seconds, pixels, bits per second, Hz, LUFS; None where the file does not say or there is no such stream.

    ``levels``: the sound tracks that were kept, the main one first; ``delivered``: the main one's loudness as it is
    delivered. ``not_copied``: why the largest rung is not the film's own stream; empty where it is. ``fitted``: how the
    ladder was made to fit the content.
    """
    description = admitted.description
    return {
        "container": description.container,
        "size": description.size,
        "duration": admitted.duration,
        "bitrate": description.bitrate,
        "streams": description.stream_count,
        "video": None
        if admitted.video is None
        else {**_video(admitted.video), "not_copied": not_copied, "ladder": _ladder(fitted)},
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


def _ladder(fitted: Fitted | None) -> dict[str, Any] | None:
    """What was found out about the content, and what followed. Shares of 1, steps of CRF, seconds."""
    if fitted is None:
        return None
    content = fitted.content
    return {
        "fitted": not fitted.reason,
        "not_fitted": fitted.reason,
        "content": None if content is None else content.liveliness,
        "keyframe_share": None if content is None else round(content.keyframe_share, 3),
        "crf_offset": None if content is None else content.offset,
        "expected_bits": None if content is None else round(content.bits, 3),
        "keyframe_seconds": round(fitted.plan.gop_seconds, 3) if not fitted.plan.copied else None,
        "rungs": [rung.name for rung in fitted.plan.rungs],
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
