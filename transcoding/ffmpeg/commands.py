"""Every ffmpeg and ffprobe command on a user's file, built with ffmpeg-python. Pure: plans in, argument lists out.

Commands run with the job's folder as working directory, so that outputs are named relative to it. Files from users are
opened by their absolute path with the demuxer that our own sniffing found, no other, and no protocol but ``file``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from transcoding.ffmpeg.admission import AUDIO_CODECS, DECODERS, VIDEO_CODECS
from transcoding.ffmpeg.coding import CLEAN, Coding, audio_outputs, cmaf, copied_output, video_output, x264_options
from transcoding.ffmpeg.content import Samples
from transcoding.ffmpeg.filters import (
    AAC_PRIMING,
    Window,
    cascade,
    first_scale,
    full_and_lean,
    loudness_meter,
    mixed,
    rate_of,
    sound_of,
    whole_pictures,
)
from transcoding.ffmpeg.ladder import LadderPlan, Rung
from transcoding.ffmpeg.sound import AudioPlan

REPORT_SECONDS = 0.5
GLOBAL = ("-hide_banner", "-nostdin", "-y")
PROGRESS = ("-progress", "pipe:1", "-stats_period", str(REPORT_SECONDS))
_CODECS = ",".join(sorted(VIDEO_CODECS | AUDIO_CODECS | DECODERS))
PACKETS_FILE, RESTARTS_FILE = "packets.txt", "restarts.txt"
REFERENCE_FILE, FIXED_FILE = "reference.nut", "fixed.nut"
_IDR_ONLY = {"bsf:v": "filter_units=pass_types=5"}
_FILM_CLOCK: Mapping[str, None] = {"copyts": None, "start_at_zero": None}
"""A part keeps its times, counted from the film's begin, where the whole film's times begin too."""


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
    outputs = [copied_output(opened[str(plan.video_index)], plan)] if plan.copied else []
    outputs += [video_output(stream, rung, plan) for stream, rung in zip(cascade(opened, plan), encoded, strict=True)]
    for track in plan.audio:
        outputs += audio_outputs(sound_of(opened, track), track)
    return arguments(ffmpeg.merge_outputs(*outputs))


def further_args(source: Source, plan: LadderPlan, coding: Coding) -> list[str]:
    """The pictures and sounds of the ladder in other codecs, from one decode as there."""
    opened = _open(source)
    outputs = [
        cmaf(stream, rung.name, coding.picture(rung))
        for stream, rung in zip(cascade(opened, plan), plan.rungs, strict=True)
    ]
    for track in plan.audio:
        sound = sound_of(opened, track, prime=False).filter("atrim", start_sample=coding.priming)
        parts = zip(full_and_lean(sound, track), track.names, coding.sounds(track), strict=True)
        outputs += [cmaf(stream, name, options) for stream, name, options in parts]
    return arguments(ffmpeg.merge_outputs(*outputs))


def audio_args(source: Source, plans: Sequence[AudioPlan]) -> list[str]:
    """Sound only: every track as AAC, and the main one as MP3 for download, from one decode."""
    opened = _open(source)
    main, *others = plans
    parts = sound_of(opened, main, prime=False).filter_multi_output("asplit", 2)
    outputs = audio_outputs(parts[0].filter("atrim", start_sample=AAC_PRIMING), main)
    for track in others:
        outputs += audio_outputs(sound_of(opened, track), track)
    options = {"acodec": "libmp3lame", "audio_bitrate": f"{main.bitrate}k", "id3v2_version": 0}
    outputs.append(ffmpeg.output(parts[1], "download.mp3", format="mp3", **options, **CLEAN))
    return arguments(ffmpeg.merge_outputs(*outputs))


def loudness_args(source: Source, plans: Sequence[AudioPlan]) -> list[str]:
    """Measure each track as it will be mixed, before any gain; the picture is read over, not decoded."""
    opened = _open(source)
    measured = (loudness_meter(mixed(opened, plan)) for plan in plans)
    outputs = [ffmpeg.output(stream, "-", format="null") for stream in measured]
    return arguments(ffmpeg.merge_outputs(*outputs), log_level="info")


def samples_args(source: Source, plan: LadderPlan, samples: Samples, *, folder: str) -> list[str]:
    """Short pieces of the picture one after the other at a small size: as they are, and as the plan would code them."""
    pieces = []
    for begin in samples.begins:
        opened = ffmpeg.input(source.url, format=source.format, ss=begin, t=samples.seconds, **source.options())
        picture = (
            whole_pictures(opened, plan).filter("fps", fps=rate_of(plan)).filter("trim", end_frame=samples.pictures)
        )
        pieces.append(first_scale(picture.filter("setpts", "PTS-STARTPTS"), samples.rung, plan))
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


def chunk_args(source: Source, plan: LadderPlan, window: Window) -> list[str]:
    """As :func:`ladder_args`, of the pictures in ``window`` alone, without sound, from what :func:`cut_args` made."""
    told = {"color_range": window.range} if window.range else {}
    opened = ffmpeg.input(source.url, format=source.format, copyts=None, **told, **source.options())
    streams = zip(cascade(opened, plan, window), plan.encoded, strict=True)
    return arguments(ffmpeg.merge_outputs(*(video_output(stream, rung, plan) for stream, rung in streams)))


def film_sound_args(source: Source, plans: Sequence[AudioPlan]) -> list[str]:
    """The sounds of :func:`ladder_args` alone."""
    opened = _open(source)
    outputs = [output for track in plans for output in audio_outputs(sound_of(opened, track), track)]
    return arguments(ffmpeg.merge_outputs(*outputs))


def _open(source: Source) -> Any:
    until = {} if source.seconds is None else {"t": round(source.seconds, 3), "xerror": None}
    return ffmpeg.input(source.url, format=source.format, **source.options(), **until)


def arguments(outputs: Any, *, log_level: str = "error") -> list[str]:
    return [*GLOBAL, "-loglevel", log_level, "-nostats", *PROGRESS, *ffmpeg.get_args(outputs)]
