"""What becomes of pictures and sound between the decoder and the encoders, built with ffmpeg-python. Pure."""

from dataclasses import dataclass
from typing import Any

from transcoding.ffmpeg.ladder import LadderPlan, Rung
from transcoding.ffmpeg.loudness import CEILING, CODEC_MARGIN
from transcoding.ffmpeg.sound import AudioPlan

AUDIO_RATE = 48_000
AAC_PRIMING = 1024
"""Samples that the AAC encoder puts in front. As many are taken off the start, so that sound and picture stay together
in players that ignore edit lists (all that use Media Source Extensions on byte ranges)."""
HDR_WHITE = 203
"""Nits of reference white (ITU-R BT.2408)."""
_ITU_MIX = {"center_mix_level": 0.7071, "surround_mix_level": 0.7071, "lfe_mix_level": 0}
_PEAK = round(10 ** ((CEILING - CODEC_MARGIN) / 20), 4)
_BT709_SCALE = {"flags": "bicubic", "out_color_matrix": "bt709", "out_range": "tv"}


@dataclass(frozen=True, kw_only=True)
class Window:
    """The pictures of the film, from ``first`` to before ``end`` (None: to its end), that one chunk encodes.

    ``rotation`` (degrees, clockwise) and ``range`` (``tv``, ``pc`` or empty) as the film's container tells them.
    """

    first: int
    end: int | None
    rotation: int = 0
    range: str = ""


def loudness_meter(sound: Any) -> Any:
    """A summary at the end of stderr. Mono is measured as it is heard, from both loudspeakers."""
    return sound.filter("ebur128", peak="true", dualmono="true", framelog="verbose")


def cascade(opened: Any, plan: LadderPlan, window: Window | None = None) -> list[Any]:
    """The picture at the size of every rung that is encoded, each scaled from the one above."""
    if not plan.encoded:
        return []
    picture = _progressive(_turned(opened["0"], window.rotation), plan) if window else whole_pictures(opened, plan)
    picture = picture.filter("fps", fps=rate_of(plan), start_time=0 if window is None else _exact_second(plan, window))
    if plan.hold_last and (window is None or window.end is None):
        picture = picture.filter("tpad", stop_mode="clone", stop_duration=plan.hold_last)
    if window is not None:
        end = {} if window.end is None else {"end_pts": window.end}
        picture = picture.filter("trim", start_pts=window.first, **end).filter("setpts", f"PTS-{window.first}")
    first, *smaller = plan.encoded
    picture = first_scale(picture, first, plan)
    branches = []
    for rung in smaller:
        split = picture.filter_multi_output("split", 2)
        branches.append(split[0])
        picture = split[1].filter("scale", rung.width, rung.height, flags="bicubic").filter("setsar", 1)
        picture = picture.filter("framestep", rung.step) if rung.step > 1 else picture
    return [*branches, picture]


def whole_pictures(opened: Any, plan: LadderPlan) -> Any:
    return _progressive(opened[str(plan.video_index)], plan)


def _progressive(picture: Any, plan: LadderPlan) -> Any:
    return picture.filter("bwdif", mode="send_frame", parity="auto", deint="all") if plan.deinterlace else picture


def _turned(picture: Any, rotation: int) -> Any:
    """As ffmpeg turns by itself what a display matrix says."""
    if rotation == 180:
        return picture.filter("hflip").filter("vflip")
    directions = {90: "clock", 270: "cclock"}
    return picture.filter("transpose", dir=directions[rotation]) if rotation in directions else picture


def _exact_second(plan: LadderPlan, window: Window) -> int:
    """The last whole second at or before the window that is a whole number of pictures too: from there the ``fps``
    filter counts as from the film's begin, without an error of rounding."""
    seconds = window.first * plan.rate.denominator // plan.rate.numerator
    return seconds - seconds % plan.rate.denominator


def first_scale(picture: Any, rung: Rung, plan: LadderPlan) -> Any:
    """To the largest rung's size, square pixels, 8 bit 4:2:0, BT.709 in video range."""
    if plan.tone_map is None:
        picture = picture.filter("scale", rung.width, rung.height, in_color_matrix=plan.matrix, **_BT709_SCALE)
        return picture.filter("format", "yuv420p").filter("setsar", 1)
    picture = picture.filter("scale", rung.width, rung.height, flags="bicubic")
    light = {"transferin": plan.tone_map, "primariesin": "bt2020", "matrixin": "bt2020nc", "transfer": "linear"}
    picture = picture.filter("zscale", npl=HDR_WHITE, **light).filter("format", "gbrpf32le")
    picture = picture.filter("zscale", primaries="bt709")
    picture = picture.filter("tonemap", tonemap="hable", desat=0)
    picture = picture.filter("zscale", transfer="bt709", matrix="bt709", range="tv", dither="error_diffusion")
    return picture.filter("format", "yuv420p").filter("setsar", 1)


def sound_of(opened: Any, plan: AudioPlan, *, prime: bool = True) -> Any:
    sound = mixed(opened, plan)
    if plan.level.gain:
        sound = sound.filter("volume", f"{plan.level.gain}dB")
    if plan.level.limit:
        sound = _limited(sound, plan)
    if plan.pad_to is not None:
        sound = sound.filter("apad", whole_dur=plan.pad_to)
    return sound.filter("atrim", start_sample=AAC_PRIMING) if prime else sound


def mixed(opened: Any, plan: AudioPlan) -> Any:
    """Mono or stereo at 48 kHz; more channels by the coefficients of ITU-R BS.775, the LFE channel left out."""
    sound = opened[str(plan.index)]
    if plan.pick:
        sound = sound.filter("channelmap", map="0|1", channel_layout="stereo")
    # async: silence where the source has holes; first_pts: from the start of the picture on
    sound = sound.filter("aresample", AUDIO_RATE, **{"async": 1, "first_pts": 0}, **_ITU_MIX)
    return _shaped(sound, plan)


def _limited(sound: Any, plan: AudioPlan) -> Any:
    """Peaks between the samples are limited too: at four times the rate they are samples."""
    sound = sound.filter("aresample", 4 * AUDIO_RATE)
    sound = sound.filter("alimiter", limit=_PEAK, attack=5, release=50, level="false", latency="true")
    return _shaped(sound.filter("aresample", AUDIO_RATE), plan)


def _shaped(sound: Any, plan: AudioPlan) -> Any:
    """Said behind every resampler, or ffmpeg lets it mix the channels down for whoever listens further on."""
    return sound.filter("aformat", sample_fmts="fltp", channel_layouts="mono" if plan.channels == 1 else "stereo")


def full_and_lean(stream: Any, plan: AudioPlan) -> tuple[Any, Any]:
    parts = stream.filter_multi_output("asplit", 2)
    return parts[0], parts[1] if plan.channels == 1 else _both_alike(parts[1])


def _both_alike(stereo: Any) -> Any:
    """Half of both channels' sum in both, which never clips: ffmpeg's factors are 0.7071 down to one and up to two."""
    mono = stereo.filter("aformat", sample_fmts="fltp", channel_layouts="mono")
    return mono.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")


def rate_of(plan: LadderPlan) -> str:
    return f"{plan.rate.numerator}/{plan.rate.denominator}"
