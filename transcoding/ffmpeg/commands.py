"""Every ffmpeg and ffprobe command on a user's file, built with ffmpeg-python. Pure: plans in, argument lists out.

Commands run with the job's folder as working directory, so that outputs are named relative to it. Files from users are
opened by their absolute path with the demuxer that our own sniffing found, no other, and no protocol but ``file``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from transcoding.ffmpeg.admission import AUDIO_CODECS, DECODERS, VIDEO_CODECS
from transcoding.ffmpeg.content import Samples
from transcoding.ffmpeg.ladder import GOP_SECONDS, LadderPlan, Rung
from transcoding.ffmpeg.loudness import CEILING, CODEC_MARGIN
from transcoding.ffmpeg.segments import LEAST_FRAGMENT
from transcoding.ffmpeg.sound import AudioPlan

AUDIO_RATE = 48_000
AAC_PRIMING = 1024
"""Samples that the AAC encoder puts in front. As many are taken off the start, so that sound and picture stay together
in players that ignore edit lists (all that use Media Source Extensions on byte ranges)."""
REPORT_SECONDS = 0.5
GLOBAL = ("-hide_banner", "-nostdin", "-y")
PROGRESS = ("-progress", "pipe:1", "-stats_period", str(REPORT_SECONDS))
_CODECS = ",".join(sorted(VIDEO_CODECS | AUDIO_CODECS | DECODERS))
_TAGS_709 = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "color_range": "tv"}
CLEAN = {"map_metadata": -1, "map_chapters": -1, "fflags": "+bitexact"}
HDR_WHITE = 203
"""Nits of reference white (ITU-R BT.2408)."""
_ITU_MIX = {"center_mix_level": 0.7071, "surround_mix_level": 0.7071, "lfe_mix_level": 0}
_PEAK = round(10 ** ((CEILING - CODEC_MARGIN) / 20), 4)
PACKETS_FILE, RESTARTS_FILE = "packets.txt", "restarts.txt"
REFERENCE_FILE, FIXED_FILE = "reference.nut", "fixed.nut"
_IDR_ONLY = {"bsf:v": "filter_units=pass_types=5"}
_THOROUGH = {"rc-lookahead": 40, "refs": 2, "subq": 4, "trellis": 1}
"""Beyond x264's ``veryfast``: what still pictures gain most from, and all of them something (decision 0024)."""
_ONE_THREAD = {"threads": 1}
"""x264 with several threads shares a tight buffer out by what the others have just done: never twice the same bytes."""
_NO_KEYFRAMES_BETWEEN = 100_000
_FILM_CLOCK: Mapping[str, None] = {"copyts": None, "start_at_zero": None}
"""A part keeps its times, counted from the film's begin, where the whole film's times begin too."""
_REPACKAGED = (
    "filter_units=pass_types=1|5|7|8,h264_metadata=colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1"
    ":video_full_range_flag=0"
)
"""Pictures and their parameter sets alone (ITU-T H.264, table 7-1): cameras put positions into other units."""
_BT709_SCALE = {"flags": "bicubic", "out_color_matrix": "bt709", "out_range": "tv"}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A user's file: ``path`` absolute, ``format`` the demuxer that our sniffing found; of ``seconds`` only so much is
    read, and nothing behind the first error (the file may have holes further on)."""

    path: Path
    format: str
    seconds: float | None = None

    def options(self) -> dict[str, str]:
        return {"protocol_whitelist": "file", "format_whitelist": self.format, "codec_whitelist": _CODECS}

    @property
    def url(self) -> str:
        return f"file:{self.path}"


@dataclass(frozen=True, kw_only=True)
class Coding:
    """How other codecs than the first ladder's are asked for: ffmpeg's options for a rung, and for a track's sound,
    full and lean. ``priming``: samples that the sound's encoder puts in front.
    """

    picture: Callable[[Rung], Mapping[str, Any]]
    sounds: Callable[[AudioPlan], tuple[Mapping[str, Any], Mapping[str, Any]]]
    priming: int


def probe_args(source: Source) -> list[str]:
    """ffprobe: container and streams as JSON on stdout."""
    options = [text for key, value in source.options().items() for text in (f"-{key}", value)]
    shown = ("-v", "error", "-print_format", "json", "-show_format", "-show_streams")
    # MPEG-TS: sound may begin seconds after the picture
    depth = ("-analyzeduration", "20000000", "-probesize", "20000000")
    return ["-hide_banner", *shown, *depth, "-f", source.format, *options, "-i", source.url]


def count_args(source: Source, indexes: Sequence[int]) -> list[str]:
    """Read every packet of these streams without decoding; the last progress report says how long they really are."""
    return _null_args(source, indexes, {"c": "copy"})


def read_args(source: Source) -> list[str]:
    """Read the first packets of sound and picture without decoding: is the container whole, whatever is in it?"""
    opened = _open(source)
    return arguments(ffmpeg.output(opened["v?"], opened["a?"], "-", format="null", c="copy", t=10))


def decode_args(source: Source, indexes: Sequence[int]) -> list[str]:
    """Decode these streams and throw the result away: does the input decode by itself?"""
    return _null_args(source, indexes, {})


def _null_args(source: Source, indexes: Sequence[int], options: Mapping[str, Any]) -> list[str]:
    opened = _open(source)
    return arguments(ffmpeg.output(*(opened[str(index)] for index in indexes), "-", format="null", **options))


def ladder_args(source: Source, plan: LadderPlan) -> list[str]:
    """One decode, a cascade of scales, all encoders in one process; a fragmented MP4 for each rung and each sound."""
    opened = _open(source)
    encoded = plan.encoded
    outputs = [_copied_output(opened[str(plan.video_index)], plan)] if plan.copied else []
    outputs += [_video_output(stream, rung, plan) for stream, rung in zip(_cascade(opened, plan), encoded, strict=True)]
    for track in plan.audio:
        outputs += _audio_outputs(_sound(opened, track), track)
    return arguments(ffmpeg.merge_outputs(*outputs))


def further_args(source: Source, plan: LadderPlan, coding: Coding) -> list[str]:
    """The pictures and sounds of the ladder in other codecs, from one decode as there."""
    opened = _open(source)
    outputs = [
        _cmaf(stream, rung.name, coding.picture(rung))
        for stream, rung in zip(_cascade(opened, plan), plan.rungs, strict=True)
    ]
    for track in plan.audio:
        sound = _sound(opened, track, prime=False).filter("atrim", start_sample=coding.priming)
        parts = zip(_full_and_lean(sound, track), track.names, coding.sounds(track), strict=True)
        outputs += [_cmaf(stream, name, options) for stream, name, options in parts]
    return arguments(ffmpeg.merge_outputs(*outputs))


def audio_args(source: Source, plans: Sequence[AudioPlan]) -> list[str]:
    """Sound only: every track as AAC, and the main one as MP3 for download, from one decode."""
    opened = _open(source)
    main, *others = plans
    parts = _sound(opened, main, prime=False).filter_multi_output("asplit", 2)
    outputs = _audio_outputs(parts[0].filter("atrim", start_sample=AAC_PRIMING), main)
    for track in others:
        outputs += _audio_outputs(_sound(opened, track), track)
    options = {"acodec": "libmp3lame", "audio_bitrate": f"{main.bitrate}k", "id3v2_version": 0}
    outputs.append(ffmpeg.output(parts[1], "download.mp3", format="mp3", **options, **CLEAN))
    return arguments(ffmpeg.merge_outputs(*outputs))


def loudness_args(source: Source, plans: Sequence[AudioPlan]) -> list[str]:
    """Measure each track as it will be mixed, before any gain; the picture is read over, not decoded."""
    opened = _open(source)
    measured = (loudness_meter(_mixed(opened, plan)) for plan in plans)
    outputs = [ffmpeg.output(stream, "-", format="null") for stream in measured]
    return arguments(ffmpeg.merge_outputs(*outputs), log_level="info")


def samples_args(source: Source, plan: LadderPlan, samples: Samples, *, folder: str) -> list[str]:
    """Short pieces of the picture one after the other at a small size: as they are, and as the plan would code them."""
    pieces = []
    for begin in samples.begins:
        opened = ffmpeg.input(source.url, format=source.format, ss=begin, t=samples.seconds, **source.options())
        picture = (
            _whole_pictures(opened, plan).filter("fps", fps=_rate(plan)).filter("trim", end_frame=samples.pictures)
        )
        pieces.append(_first_scale(picture.filter("setpts", "PTS-STARTPTS"), samples.rung, plan))
    whole = ffmpeg.concat(*pieces, v=1, a=0) if len(pieces) > 1 else pieces[0]
    split = whole.filter_multi_output("split", 2)
    plain = ffmpeg.output(split[0], f"{folder}/{REFERENCE_FILE}", format="nut", vcodec="rawvideo")
    return arguments(ffmpeg.merge_outputs(plain, trial_output(split[1], samples.rung, plan, f"{folder}/{FIXED_FILE}")))


def trial_output(stream: Any, rung: Rung, plan: LadderPlan, path: str) -> Any:
    """A rung as the plan would code it if it had no bound."""
    return ffmpeg.output(stream, path, format="nut", **x264_options(rung, plan), **CLEAN)


def listing_args(source: Source, index: int, *, folder: str) -> list[str]:
    """List every packet of a picture with its times and size, and beside it those that hold an IDR picture."""
    stream = _open(source)[str(index)]
    return arguments(
        ffmpeg.merge_outputs(
            ffmpeg.output(stream, f"{folder}/{PACKETS_FILE}", format="framecrc", vcodec="copy"),
            ffmpeg.output(stream, f"{folder}/{RESTARTS_FILE}", format="framecrc", vcodec="copy", **_IDR_ONLY),
        )
    )


def packets_args(source: Source, index: int, *, folder: str) -> list[str]:
    """List every packet of a picture with its time, size and checksum."""
    return arguments(_listed(_open(source)[str(index)], f"{folder}/{PACKETS_FILE}"))


def _listed(stream: Any, path: str, **options: Any) -> Any:
    return ffmpeg.output(stream, path, format="framecrc", vcodec="copy", **options)


def cut_args(source: Source, index: int, *, seek: float, until: float | None, name: str, folder: str) -> list[str]:
    """The packets of a picture from a keyframe at or before ``seek`` to some behind ``until`` (None: to the end), as
    they are, into ``name``, and listed beside it. Times stay those of the film; both in seconds from its begin.

    NUT holds every codec and, unlike Matroska, the times of any clock exactly; but neither rotation nor colours.
    """
    begin = {"ss": f"{seek:.6f}"} if seek > 0 else {}
    stream = ffmpeg.input(source.url, format=source.format, **begin, **_FILM_CLOCK, **source.options())[str(index)]
    end = {} if until is None else {"to": f"{until:.6f}"}
    chunk = ffmpeg.output(stream, name, format="nut", vcodec="copy", avoid_negative_ts="disabled", **end, **CLEAN)
    return arguments(ffmpeg.merge_outputs(chunk, _listed(stream, f"{folder}/{PACKETS_FILE}", **end)))


@dataclass(frozen=True, kw_only=True)
class Window:
    """The pictures of the film, from ``first`` to before ``end`` (None: to its end), that one chunk encodes.

    ``rotation`` (degrees, clockwise) and ``range`` (``tv``, ``pc`` or empty) as the film's container tells them.
    """

    first: int
    end: int | None
    rotation: int = 0
    range: str = ""


def chunk_args(source: Source, plan: LadderPlan, window: Window) -> list[str]:
    """As :func:`ladder_args`, of the pictures in ``window`` alone, without sound, from what :func:`cut_args` made."""
    told = {"color_range": window.range} if window.range else {}
    opened = ffmpeg.input(source.url, format=source.format, copyts=None, **told, **source.options())
    streams = zip(_cascade(opened, plan, window), plan.encoded, strict=True)
    return arguments(ffmpeg.merge_outputs(*(_video_output(stream, rung, plan) for stream, rung in streams)))


def film_sound_args(source: Source, plans: Sequence[AudioPlan]) -> list[str]:
    """The sounds of :func:`ladder_args` alone."""
    opened = _open(source)
    outputs = [output for track in plans for output in _audio_outputs(_sound(opened, track), track)]
    return arguments(ffmpeg.merge_outputs(*outputs))


def loudness_meter(sound: Any) -> Any:
    """A summary at the end of stderr. Mono is measured as it is heard, from both loudspeakers."""
    return sound.filter("ebur128", peak="true", dualmono="true", framelog="verbose")


def _open(source: Source) -> Any:
    until = {} if source.seconds is None else {"t": round(source.seconds, 3), "xerror": None}
    return ffmpeg.input(source.url, format=source.format, **source.options(), **until)


def _cascade(opened: Any, plan: LadderPlan, window: Window | None = None) -> list[Any]:
    """The picture at the size of every rung that is encoded, each scaled from the one above."""
    if not plan.encoded:
        return []
    picture = _progressive(_turned(opened["0"], window.rotation), plan) if window else _whole_pictures(opened, plan)
    picture = picture.filter("fps", fps=_rate(plan), start_time=0 if window is None else _exact_second(plan, window))
    if plan.hold_last and (window is None or window.end is None):
        picture = picture.filter("tpad", stop_mode="clone", stop_duration=plan.hold_last)
    if window is not None:
        end = {} if window.end is None else {"end_pts": window.end}
        picture = picture.filter("trim", start_pts=window.first, **end).filter("setpts", f"PTS-{window.first}")
    first, *smaller = plan.encoded
    picture = _first_scale(picture, first, plan)
    branches = []
    for rung in smaller:
        split = picture.filter_multi_output("split", 2)
        branches.append(split[0])
        picture = split[1].filter("scale", rung.width, rung.height, flags="bicubic").filter("setsar", 1)
        picture = picture.filter("framestep", rung.step) if rung.step > 1 else picture
    return [*branches, picture]


def _whole_pictures(opened: Any, plan: LadderPlan) -> Any:
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


def _first_scale(picture: Any, rung: Rung, plan: LadderPlan) -> Any:
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


def _sound(opened: Any, plan: AudioPlan, *, prime: bool = True) -> Any:
    sound = _mixed(opened, plan)
    if plan.level.gain:
        sound = sound.filter("volume", f"{plan.level.gain}dB")
    if plan.level.limit:
        sound = _limited(sound, plan)
    if plan.pad_to is not None:
        sound = sound.filter("apad", whole_dur=plan.pad_to)
    return sound.filter("atrim", start_sample=AAC_PRIMING) if prime else sound


def _mixed(opened: Any, plan: AudioPlan) -> Any:
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


def _video_output(stream: Any, rung: Rung, plan: LadderPlan) -> Any:
    bounded = {"maxrate": f"{rung.maxrate}k", "bufsize": f"{rung.bufsize}k"}
    options = {**x264_options(rung, plan), **bounded, **(_ONE_THREAD if rung.lean else {})}
    return _cmaf(stream, rung.name, options)


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


def _copied_output(stream: Any, plan: LadderPlan) -> Any:
    """The source's own pictures: without what cameras write between them, and with the colours said."""
    options = {"vcodec": "copy", "bsf:v": _REPACKAGED, "min_frag_duration": round(1e6 * LEAST_FRAGMENT)}
    return _cmaf(stream, plan.rungs[0].name, options)


def _audio_outputs(stream: Any, plan: AudioPlan) -> list[Any]:
    full, lean = _full_and_lean(stream, plan)
    return [_aac(full, plan.name, plan.bitrate), _aac(lean, plan.lean_name, plan.lean_bitrate)]


def _full_and_lean(stream: Any, plan: AudioPlan) -> tuple[Any, Any]:
    parts = stream.filter_multi_output("asplit", 2)
    return parts[0], parts[1] if plan.channels == 1 else _both_alike(parts[1])


def _both_alike(stereo: Any) -> Any:
    """Half of both channels' sum in both, which never clips: ffmpeg's factors are 0.7071 down to one and up to two."""
    mono = stereo.filter("aformat", sample_fmts="fltp", channel_layouts="mono")
    return mono.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")


def _aac(stream: Any, name: str, bitrate: int) -> Any:
    options = {"acodec": "aac", "audio_bitrate": f"{bitrate}k", "ar": AUDIO_RATE, "flags:a": "+bitexact"}
    return _cmaf(stream, name, {**options, "frag_duration": 1_000_000 * GOP_SECONDS})


def _cmaf(stream: Any, name: str, options: Mapping[str, Any]) -> Any:
    """One fragmented MP4 (CMAF). Times start at 0 with no edit list: negative composition offsets. Each fragment is
    written out as soon as it is whole, for those who follow the file while it grows."""
    movflags = "+frag_keyframe+cmaf+dash+skip_sidx+skip_trailer+delay_moov+default_base_moof"
    container = {"movflags": movflags, "flush_packets": 1}
    path = f"hls/{name}/media.mp4"
    return ffmpeg.output(stream, path, format="mp4", avoid_negative_ts="disabled", **container, **options, **CLEAN)


def _rate(plan: LadderPlan) -> str:
    return f"{plan.rate.numerator}/{plan.rate.denominator}"


def arguments(outputs: Any, *, log_level: str = "error") -> list[str]:
    return [*GLOBAL, "-loglevel", log_level, "-nostats", *PROGRESS, *ffmpeg.get_args(outputs)]
