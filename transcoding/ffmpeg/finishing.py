"""Commands on our own renditions, which are trusted and opened plainly: download, seek bar, poster, loudness. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import ffmpeg

from transcoding.ffmpeg.coding import CLEAN
from transcoding.ffmpeg.commands import arguments
from transcoding.ffmpeg.filters import loudness_meter

POSTER_TIME_FILE = "poster-time.txt"
_JPEG = {"format": "image2", "update": 1, "vcodec": "mjpeg", "vframes": 1, **CLEAN}
_BT601 = {"in_color_matrix": "bt709", "out_color_matrix": "smpte170m"}
"""Still pictures carry no matrix: JFIF and WebP are BT.601 by definition, our rungs are BT.709."""
_JFIF = {**_BT601, "out_range": "pc"}


def download_args(
    video: PurePosixPath | None, audio: PurePosixPath | None, target: str, *, language: str = ""
) -> list[str]:
    """Our own renditions into one file whose index stands in front, without encoding again."""
    streams = [ffmpeg.input(str(path))[kind] for path, kind in ((video, "v"), (audio, "a")) if path is not None]
    options: dict[str, Any] = {"c": "copy", "movflags": "+faststart", **CLEAN}
    if language and audio is not None:
        options["metadata:s:a:0"] = f"language={language}"
    # from a fragmented file ffmpeg subtracts each input's own start, so both begin at 0 again
    return arguments(ffmpeg.output(*streams, target, format="mp4", **options))


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
    return arguments(ffmpeg.merge_outputs(*outputs), log_level="info")


def own_loudness_args(audio: PurePosixPath) -> list[str]:
    """The loudness of our own sound rendition alone."""
    return arguments(_loudness(audio), log_level="info")


def _loudness(audio: PurePosixPath) -> Any:
    return ffmpeg.output(loudness_meter(ffmpeg.input(str(audio))["a"]), "-", format="null")


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
    webp = {"format": "webp", "vcodec": "libwebp", "quality": 80, "compression_level": 4, "vframes": 1, **CLEAN}
    for number, still in enumerate(stills, start=1):
        small = split[number].filter("scale", still.width, still.height, flags="lanczos", **_BT601)
        outputs.append(ffmpeg.output(small, still.name, **webp))
    return arguments(ffmpeg.merge_outputs(*outputs))
