"""Short sources made by ffmpeg's own generators, and what was made of them. Everything here is a real file."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from transcoding.results import ProcessingResult, RenditionFile
from transcoding.video.process import process_media

PRIVATE = ("HANOI-PRIVATE-TITLE", "+21.0285+105.8542")
"""Marks put into sources' metadata; no output may carry them."""


def ffmpeg(*args: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, args)], check=True, timeout=60)


def probe(path: Path, *args: str) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-print_format", "json", "-show_format", "-show_streams", *args, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)


def picture(size: str = "640x360", rate: str = "25", seconds: float = 2) -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}"]


def tone(seconds: float = 2, layout: str = "stereo") -> list[str]:
    return ["-f", "lavfi", "-i", f"sine=440:r=48000:d={seconds},aformat=channel_layouts={layout}"]


@dataclass(frozen=True, kw_only=True)
class Processed:
    """One source, what came of it, and the percents that were reported."""

    source: Path
    folder: Path
    result: ProcessingResult
    percents: list[int]

    def rendition(self, name: str) -> RenditionFile:
        return next(file for file in self.result.renditions if file.profile == name)

    def path(self, name: str) -> Path:
        return self.folder / self.rendition(name).path

    @property
    def rungs(self) -> list[RenditionFile]:
        """The media file of every video rung, from the largest down."""
        media = [file for file in self.result.renditions if file.profile.endswith("/media.mp4")]
        return [file for file in media if file.media_type == "video/mp4"]


def process(source: Path, folder: Path, *, container: str, kind: str = "video") -> Processed:
    folder.mkdir(parents=True, exist_ok=True)
    percents: list[int] = []
    result = process_media(
        source,
        ffmpeg_format=container,
        kind=kind,
        workdir=folder,
        on_progress=percents.append,
        cancelled=lambda: False,
    )
    return Processed(source=source, folder=folder, result=result, percents=percents)


SMALL_X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
AAC = ["-c:a", "aac"]
TAGS = {"title": PRIVATE[0], "location": f"{PRIVATE[1]}/", "comment": f"{PRIVATE[1]}/"}
TITLE = [word for key, value in TAGS.items() for word in ("-metadata", f"{key}={value}")]
HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"]
HDR = ["-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"]
VP9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"]
AV1 = ["-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime"]
PRORES = ["-c:v", "prores_ks", "-profile:v", "2", "-c:a", "pcm_s16le"]
MPEG2 = ["-c:v", "mpeg2video", "-q:v", "4", "-c:a", "mp2"]
INTERLACED = ["-vf", "interlace,setsar=64/45", "-flags", "+ilme+ildct"]
VARIABLE = ["-vf", "select='not(mod(n,2))+lt(n,30)'", "-fps_mode", "vfr"]
TEN_BIT = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv422p10le"]
ODD = ["-vf", "format=yuv444p,crop=641:359", "-c:v", "libx264", "-preset", "ultrafast"]
LANGUAGES = [
    *("-f", "lavfi", "-i", "sine=440:r=48000:d=2,volume=-10dB", "-f", "lavfi", "-i", "sine=880:r=48000:d=2"),
    *("-map", "0", "-map", "1", "-map", "2", "-map", "2", "-map", "2", "-metadata:s:a:0", "language=vie"),
    *("-metadata:s:a:1", "language=eng", "-metadata:s:a:2", "language=vie", "-disposition:a:2", "visual_impaired"),
]
"""Vietnamese, English, a description in Vietnamese, and a track that says nothing of itself."""
TWO_COLOURS = ["-f", "lavfi", "-i", "color=red:s=160x180:r=25:d=1,pad=320:180:0:0:blue"]

SOURCES: dict[str, tuple[str, list[str]]] = {
    "h264.mp4": ("mov", [*picture(), *tone(), *SMALL_X264, "-bf", "2", *AAC, *TITLE]),
    "hevc.mp4": ("mov", [*picture("426x240"), *tone(), *HEVC, "-tag:v", "hvc1", *AAC]),
    "hdr.mov": ("mov", [*picture("426x240", seconds=1), *HEVC, *HDR]),
    "prores.mov": ("mov", [*picture("426x240"), *tone(), *PRORES, *TITLE]),
    "h264.mkv": ("matroska", [*picture(), *tone(), *SMALL_X264, *AAC, *TITLE]),
    "vp9.webm": ("matroska", [*picture("426x240"), *tone(), *VP9]),
    "av1.mkv": ("matroska", [*picture("320x180", seconds=1), *AV1]),
    "mpeg2.ts": ("mpegts", [*picture(), *tone(), *MPEG2, "-bf", "2"]),
    "mpeg4.avi": ("avi", [*picture("426x240"), *tone(), "-c:v", "mpeg4", "-q:v", "4", "-c:a", "libmp3lame"]),
    "interlaced.ts": ("mpegts", [*picture("720x576", rate="50"), *tone(), *INTERLACED, *MPEG2]),
    "variable.mp4": ("mov", [*picture(rate="60"), *VARIABLE, *SMALL_X264]),
    "ten-bit.mkv": ("matroska", [*picture("426x240"), *TEN_BIT]),
    "silent.mp4": ("mov", [*picture("426x240", rate="30000/1001"), *SMALL_X264]),
    "surround.mp4": ("mov", [*picture("320x180"), *tone(layout="5.1"), *SMALL_X264, *AAC]),
    "tracks.mkv": ("matroska", [*picture("320x180"), *LANGUAGES, *SMALL_X264, *AAC]),
    "mono.mp4": ("mov", [*picture("320x180"), *tone(layout="mono"), *SMALL_X264, *AAC]),
    "odd.mkv": ("matroska", [*picture("642x360"), *ODD]),
    "vertical.mp4": ("mov", [*picture("360x640"), *SMALL_X264]),
    "one-picture.mp4": ("mov", [*picture("320x180", seconds=0.04), *SMALL_X264, "-frames:v", "1"]),
    "picture-and-talk.mkv": ("matroska", [*picture("320x180", seconds=0.04), *tone(6), *SMALL_X264, *AAC]),
    "fast.mp4": ("mov", [*picture("320x180", rate="120", seconds=1), *SMALL_X264]),
    "long.mp4": ("mov", [*picture("426x240", rate="24000/1001", seconds=11), *tone(11), *SMALL_X264, *AAC]),
}


@pytest.fixture(scope="session")
def make_source(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The named source, made at its first use."""
    folder = tmp_path_factory.mktemp("sources")

    def make(name: str) -> Path:
        path = folder / name
        if not path.exists():
            ffmpeg(*SOURCES[name][1], path)
        return path

    return make


@pytest.fixture(scope="session")
def processed(
    make_source: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Processed]:
    """The named source with all its renditions, processed once per run."""
    done: dict[str, Processed] = {}

    def get(name: str) -> Processed:
        if name not in done:
            done[name] = process(make_source(name), tmp_path_factory.mktemp("out"), container=SOURCES[name][0])
        return done[name]

    return get
