"""Which hardware encoders work here: a list says what was compiled in, so each is tried on one picture."""

import re
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from transcoding.ffmpeg.runner import GIB, Bounds, run

SOURCE: Final = ("-f", "lavfi", "-i", "color=size=256x256:rate=25:duration=1")
VAAPI_DEVICE: Final = "/dev/dri/renderD128"
PLAIN: Final[tuple[str, ...]] = ()
VAAPI: Final = ("-vf", "format=nv12,hwupload")
HARDWARE: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = MappingProxyType(
    {
        **dict.fromkeys(("h264_nvenc", "hevc_nvenc", "av1_nvenc"), (PLAIN, PLAIN)),
        **dict.fromkeys(("h264_qsv", "hevc_qsv", "av1_qsv"), (PLAIN, PLAIN)),
        **dict.fromkeys(("h264_vaapi", "hevc_vaapi", "av1_vaapi"), (("-vaapi_device", VAAPI_DEVICE), VAAPI)),
    }
)
"""Encoder to the arguments before and after the source."""
BOUNDS: Final = Bounds(wall_seconds=20, cpu_seconds=20, address_space=64 * GIB)
"""Drivers map much more than they use."""
MOST_SAID: Final = 200
PLACE: Final = re.compile(r"^\[[^\]]* @ 0x[0-9a-f]+\]")
"""What ffmpeg puts before each line: the part that speaks, and where it lies in memory."""


def trial_args(encoder: str) -> list[str]:
    """ffmpeg's arguments to encode one picture of its own. Pure."""
    before, after = HARDWARE[encoder]
    return [
        *("-nostdin", "-hide_banner", "-v", "error", *before, *SOURCE, *after),
        *("-frames:v", "1", "-c:v", encoder, "-f", "null", "-"),
    ]


def try_hardware(listed: Collection[str]) -> dict[str, str]:
    """Try each hardware encoder that this ffmpeg lists. Encoder to why it does not work, in ffmpeg's words for an
    operator; empty: it works."""
    return {encoder: _fault(encoder) for encoder in HARDWARE if encoder in listed}


def _fault(encoder: str) -> str:
    ended = run("ffmpeg", trial_args(encoder), bounds=BOUNDS, folder=Path(tempfile.gettempdir()), warn=False)
    if ended.ok:
        return ""
    lines = [line for line in (PLACE.sub("", text).strip() for text in ended.log.splitlines()) if line]
    return (lines[0] if lines else f"ended with status {ended.status}")[:MOST_SAID]
