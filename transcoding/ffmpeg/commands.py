"""Every ffmpeg and ffprobe command of the product, built with ffmpeg-python. Pure: plans in, argument lists out.

Commands run with the job's folder as working directory, so that outputs are named relative to it. Files from users are
opened by their absolute path with the demuxer that our own sniffing found, no other, and no protocol but ``file``.
Our own outputs are trusted and opened plainly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import ffmpeg

from transcoding.ffmpeg.admission import AUDIO_CODECS, DECODERS, VIDEO_CODECS
from transcoding.ffmpeg.ladder import SEGMENT_SECONDS, AudioPlan, LadderPlan, Rung

AUDIO_RATE = 48_000
AAC_PRIMING = 1024
"""Samples that the AAC encoder puts in front. As many are taken off the start, so that sound and picture stay together
in players that ignore edit lists (all that use Media Source Extensions on byte ranges)."""
REPORT_SECONDS = 0.5
GLOBAL = ("-hide_banner", "-nostdin", "-y")
PROGRESS = ("-progress", "pipe:1", "-stats_period", str(REPORT_SECONDS))
POSTER_TIME_FILE = "poster-time.txt"
_CODECS = ",".join(sorted(VIDEO_CODECS | AUDIO_CODECS | DECODERS))
_TAGS_709 = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "color_range": "tv"}
_CLEAN = {"map_metadata": -1, "map_chapters": -1, "fflags": "+bitexact"}
_JPEG = {"format": "image2", "update": 1, "vcodec": "mjpeg", "vframes": 1, **_CLEAN}
_BT601 = {"in_color_matrix": "bt709", "out_color_matrix": "smpte170m"}
"""Still pictures carry no matrix: JFIF and WebP are BT.601 by definition, our rungs are BT.709."""
_JFIF = {**_BT601, "out_range": "pc"}
HDR_WHITE = 203
"""Nits of reference white (ITU-R BT.2408)."""
_BT709_SCALE = {"flags": "bicubic", "out_color_matrix": "bt709", "out_range": "tv"}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A user's file: ``path`` absolute, ``format`` the demuxer that our sniffing found."""

    path: Path
    format: str

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
    return _args(ffmpeg.output(opened["v?"], opened["a?"], "-", format="null", c="copy", t=10))


def decode_args(source: Source, indexes: Sequence[int]) -> list[str]:
    """Decode these streams and throw the result away: does the input decode by itself?"""
    return _null_args(source, indexes, {})


def _null_args(source: Source, indexes: Sequence[int], options: Mapping[str, Any]) -> list[str]:
    opened = _open(source)
    return _args(ffmpeg.output(*(opened[str(index)] for index in indexes), "-", format="null", **options))


def ladder_args(source: Source, plan: LadderPlan) -> list[str]:
    """One decode, a cascade of scales, all encoders in one process; an HLS folder per rung and one for the sound."""
    opened = _open(source)
    outputs = [
        _video_output(stream, rung, plan) for stream, rung in zip(_cascade(opened, plan), plan.rungs, strict=True)
    ]
    if plan.audio is not None:
        outputs.append(_audio_output(_sound(opened, plan.audio), plan.audio))
    return _args(ffmpeg.merge_outputs(*outputs))


def audio_args(source: Source, plan: AudioPlan) -> list[str]:
    """Sound only: AAC as HLS, and MP3 for download, from one decode."""
    parts = _sound(_open(source), plan, prime=False).filter_multi_output("asplit", 2)
    aac = _audio_output(parts[0].filter("atrim", start_sample=AAC_PRIMING), plan)
    options = {"acodec": "libmp3lame", "audio_bitrate": f"{plan.bitrate}k", "id3v2_version": 0}
    mp3 = ffmpeg.output(parts[1], "download.mp3", format="mp3", **options, **_CLEAN)
    return _args(ffmpeg.merge_outputs(aac, mp3))


def _open(source: Source) -> Any:
    return ffmpeg.input(source.url, format=source.format, **source.options())


def _cascade(opened: Any, plan: LadderPlan) -> list[Any]:
    """The picture at every rung's size, each scaled from the one above."""
    picture = opened[str(plan.video_index)]
    if plan.deinterlace:
        picture = picture.filter("bwdif", mode="send_frame", parity="auto", deint="all")
    picture = picture.filter("fps", fps=_rate(plan), start_time=0)
    if plan.hold_last:
        picture = picture.filter("tpad", stop_mode="clone", stop_duration=plan.hold_last)
    picture = _first_scale(picture, plan.rungs[0], plan)
    branches = []
    for smaller in plan.rungs[1:]:
        split = picture.filter_multi_output("split", 2)
        branches.append(split[0])
        picture = split[1].filter("scale", smaller.width, smaller.height, flags="bicubic").filter("setsar", 1)
    return [*branches, picture]


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
    sound = opened[str(plan.index)]
    if plan.pick:
        sound = sound.filter("channelmap", map="0|1", channel_layout="stereo")
    # async: silence where the source has holes; first_pts: from the start of the picture on
    sound = sound.filter("aresample", AUDIO_RATE, **{"async": 1, "first_pts": 0})
    sound = sound.filter("aformat", sample_fmts="fltp", channel_layouts="mono" if plan.channels == 1 else "stereo")
    if plan.pad_to is not None:
        sound = sound.filter("apad", whole_dur=plan.pad_to)
    return sound.filter("atrim", start_sample=AAC_PRIMING) if prime else sound


def _video_output(stream: Any, rung: Rung, plan: LadderPlan) -> Any:
    options = {
        "vcodec": "libx264",
        "preset": "veryfast",
        "profile:v": rung.h264_profile,
        "crf": rung.crf,
        "maxrate": f"{rung.maxrate}k",
        "bufsize": f"{rung.bufsize}k",
        "pix_fmt": "yuv420p",
        "g": plan.gop,
        "keyint_min": plan.gop,
        "sc_threshold": 0,
        "flags:v": "+bitexact+cgop",
        **_TAGS_709,
    }
    return _hls(stream, f"hls/{rung.name}", options)


def _audio_output(stream: Any, plan: AudioPlan) -> Any:
    options = {"acodec": "aac", "audio_bitrate": f"{plan.bitrate}k", "ar": AUDIO_RATE, "flags:a": "+bitexact"}
    return _hls(stream, "hls/audio", options)


def _hls(stream: Any, folder: str, options: Mapping[str, Any]) -> Any:
    """One fMP4 file with byte ranges. Times start at 0 with no edit list: negative composition offsets (CMAF)."""
    container = {
        "hls_time": SEGMENT_SECONDS,
        "hls_playlist_type": "vod",
        "hls_segment_type": "fmp4",
        "hls_flags": "single_file+independent_segments",
        "hls_segment_filename": f"{folder}/media.mp4",
        "hls_segment_options": "movflags=+negative_cts_offsets:fflags=+bitexact",
        "avoid_negative_ts": "disabled",
    }
    return ffmpeg.output(stream, f"{folder}/index.m3u8", format="hls", **container, **options, **_CLEAN)


def download_args(
    video: PurePosixPath | None, audio: PurePosixPath | None, target: str, *, language: str = ""
) -> list[str]:
    """Our own renditions into one file whose index stands in front, without encoding again."""
    streams = [ffmpeg.input(str(path))[kind] for path, kind in ((video, "v"), (audio, "a")) if path is not None]
    options: dict[str, Any] = {"c": "copy", "movflags": "+faststart", **_CLEAN}
    if language and audio is not None:
        options["metadata:s:a:0"] = f"language={language}"
    # from a fragmented file ffmpeg subtracts each input's own start, so both begin at 0 again
    return _args(ffmpeg.output(*streams, target, format="mp4", **options))


@dataclass(frozen=True, kw_only=True)
class TileGrid:
    """The seek bar's pictures: one of ``every`` keyframes, ``count`` in all, in ``columns`` × ``rows`` of one sheet."""

    width: int
    height: int
    every: int
    count: int
    columns: int
    rows: int


def sprite_args(video: PurePosixPath, grid: TileGrid, audio: PurePosixPath | None, *, scratch: str) -> list[str]:
    """From our smallest rung's keyframes: the seek bar's sheet and the time of the most representative picture.

    With ``audio`` (our own rendition) its loudness too, by EBU R 128, as a summary at the end of stderr.
    """
    picked = ffmpeg.input(str(video), skip_frame="nokey")["v"].filter("select", f"not(mod(n,{grid.every}))")
    small = picked.filter("scale", grid.width, grid.height, flags="area", **_JFIF).filter("format", "yuvj420p")
    split = small.filter_multi_output("split", 2)
    sheet = split[0].filter("tile", f"{grid.columns}x{grid.rows}")
    best = split[1].filter("thumbnail", max(2, grid.count))
    outputs = [
        ffmpeg.output(sheet, "sprite.jpg", **_JPEG, **{"q:v": 4}),
        ffmpeg.output(best, f"{scratch}/{POSTER_TIME_FILE}", format="framecrc", fps_mode="passthrough", vframes=1),
    ]
    if audio is not None:
        outputs.append(_loudness(audio))
    return _args(ffmpeg.merge_outputs(*outputs), log_level="info")


def loudness_args(audio: PurePosixPath) -> list[str]:
    """The loudness of our own sound rendition alone."""
    return _args(_loudness(audio), log_level="info")


def _loudness(audio: PurePosixPath) -> Any:
    measured = ffmpeg.input(str(audio))["a"].filter("ebur128", peak="true", framelog="verbose")
    return ffmpeg.output(measured, "-", format="null")


@dataclass(frozen=True, kw_only=True)
class Still:
    """One small picture for grids. Pixels."""

    name: str
    width: int
    height: int


def poster_args(video: PurePosixPath, seconds: float, stills: Sequence[Still]) -> list[str]:
    """One picture of our largest rung at ``seconds``: ``poster.jpg`` in full size, a WebP for each of ``stills``."""
    split = ffmpeg.input(str(video), ss=f"{seconds:.3f}")["v"].filter_multi_output("split", 1 + len(stills))
    full = split[0].filter("scale", **_JFIF).filter("format", "yuvj420p")
    outputs = [ffmpeg.output(full, "poster.jpg", **_JPEG, **{"q:v": 3})]
    webp = {"format": "webp", "vcodec": "libwebp", "quality": 80, "compression_level": 4, "vframes": 1, **_CLEAN}
    for number, still in enumerate(stills, start=1):
        small = split[number].filter("scale", still.width, still.height, flags="lanczos", **_BT601)
        outputs.append(ffmpeg.output(small, still.name, **webp))
    return _args(ffmpeg.merge_outputs(*outputs))


def _rate(plan: LadderPlan) -> str:
    return f"{plan.rate.numerator}/{plan.rate.denominator}"


def _args(outputs: Any, *, log_level: str = "error") -> list[str]:
    return [*GLOBAL, "-loglevel", log_level, "-nostats", *PROGRESS, *ffmpeg.get_args(outputs)]
