"""How the files of the ladder are encoded and written, built with ffmpeg-python. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import ffmpeg

from transcoding.ffmpeg.filters import AUDIO_RATE, full_and_lean
from transcoding.ffmpeg.ladder import GOP_SECONDS, LadderPlan, Rung
from transcoding.ffmpeg.segments import LEAST_FRAGMENT
from transcoding.ffmpeg.sound import AudioPlan

_TAGS_709 = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "color_range": "tv"}
CLEAN = {"map_metadata": -1, "map_chapters": -1, "fflags": "+bitexact"}
_THOROUGH = {"rc-lookahead": 40, "refs": 2, "subq": 4, "trellis": 1}
"""Beyond x264's ``veryfast``: what still pictures gain most from, and all of them something (decision 0024)."""
_ONE_THREAD = {"threads": 1}
"""x264 with several threads shares a tight buffer out by what the others have just done: never twice the same bytes."""
_NO_KEYFRAMES_BETWEEN = 100_000
_REPACKAGED = (
    "filter_units=pass_types=1|5|7|8,h264_metadata=colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1"
    ":video_full_range_flag=0"
)
"""Pictures and their parameter sets alone (ITU-T H.264, table 7-1): cameras put positions into other units."""


@dataclass(frozen=True, kw_only=True)
class Coding:
    """How other codecs than the first ladder's are asked for: ffmpeg's options for a rung, and for a track's sound,
    full and lean. ``priming``: samples that the sound's encoder puts in front.
    """

    picture: Callable[[Rung], Mapping[str, Any]]
    sounds: Callable[[AudioPlan], tuple[Mapping[str, Any], Mapping[str, Any]]]
    priming: int


def video_output(stream: Any, rung: Rung, plan: LadderPlan) -> Any:
    bounded = {"maxrate": f"{rung.maxrate}k", "bufsize": f"{rung.bufsize}k"}
    options = {**x264_options(rung, plan), **bounded, **(_ONE_THREAD if rung.lean else {})}
    return cmaf(stream, rung.name, options)


def x264_options(rung: Rung, plan: LadderPlan) -> dict[str, Any]:
    """How a rung is encoded, whatever it may cost: without the bounds of its rate."""
    return {
        "vcodec": "libx264",
        "preset": "veryfast",
        "profile:v": rung.h264_profile,
        "crf": f"{rung.crf:g}",
        "pix_fmt": "yuv420p",
        "sc_threshold": 0,
        "flags:v": "+bitexact+cgop",
        **_keyframes(rung, plan),
        **(_THOROUGH if plan.thorough else {}),
        **_TAGS_709,
    }


def _keyframes(rung: Rung, plan: LadderPlan) -> dict[str, Any]:
    """Where the rung's keyframes are: at a fixed distance, or where the copied rung has its own."""
    if not plan.copied:
        return {"g": plan.gop // rung.step, "keyint_min": plan.gop // rung.step}
    times = named_times(plan.copied, plan)
    return {"g": _NO_KEYFRAMES_BETWEEN, "keyint_min": 1, "force_key_frames": times, "forced-idr": 1}


def named_times(times: Sequence[Fraction], plan: LadderPlan) -> str:
    """For ``force_key_frames``: each a quarter of a picture early, for from ffmpeg 6.0 on a time that was rounded up
    means the picture after."""
    early = 1 / (4 * plan.rate)
    return ",".join(f"{float(max(Fraction(0), time - early)):.6f}".rstrip("0").rstrip(".") for time in times)


def copied_output(stream: Any, plan: LadderPlan) -> Any:
    """The source's own pictures: without what cameras write between them, and with the colours said."""
    options = {"vcodec": "copy", "bsf:v": _REPACKAGED, "min_frag_duration": round(1e6 * LEAST_FRAGMENT)}
    return cmaf(stream, plan.rungs[0].name, options)


def audio_outputs(stream: Any, plan: AudioPlan) -> list[Any]:
    full, lean = full_and_lean(stream, plan)
    return [_aac(full, plan.name, plan.bitrate), _aac(lean, plan.lean_name, plan.lean_bitrate)]


def _aac(stream: Any, name: str, bitrate: int) -> Any:
    options = {"acodec": "aac", "audio_bitrate": f"{bitrate}k", "ar": AUDIO_RATE, "flags:a": "+bitexact"}
    return cmaf(stream, name, {**options, "frag_duration": 1_000_000 * GOP_SECONDS})


def cmaf(stream: Any, name: str, options: Mapping[str, Any]) -> Any:
    """One fragmented MP4 (CMAF). Times start at 0 with no edit list: negative composition offsets. Each fragment is
    written out as soon as it is whole, for those who follow the file while it grows."""
    movflags = "+frag_keyframe+cmaf+dash+skip_sidx+skip_trailer+delay_moov+default_base_moof"
    container = {"movflags": movflags, "flush_packets": 1}
    path = f"hls/{name}/media.mp4"
    return ffmpeg.output(stream, path, format="mp4", avoid_negative_ts="disabled", **container, **options, **CLEAN)
