"""The ffmpeg build that makes AV1 and Opus: newer than the machine's own, whose encoders are old or missing.

Looked at by really encoding a picture and a sound, at a worker's start and by ``doctor``.
"""

import re
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import imageio_ffmpeg
from django.conf import settings

from permissions.errors import InfrastructureError
from transcoding.ffmpeg.runner import Bounds, run

_BOUNDS = Bounds(wall_seconds=60, cpu_seconds=30)
_TRIAL = (
    *("-nostdin", "-f", "lavfi", "-i", "color=s=64x64:r=25:d=0.2", "-f", "lavfi", "-i", "anullsrc=r=48000:d=0.2"),
    *("-c:v", "libsvtav1", "-preset", "10", "-c:a", "libopus", "-f", "null", "-"),
)


@dataclass(frozen=True, kw_only=True)
class Av1Build:
    """A program that was seen to encode, and what it says of itself."""

    path: Path
    ffmpeg: str
    svt_av1: str

    def __str__(self) -> str:
        return f"ffmpeg {self.ffmpeg} with SVT-AV1 {self.svt_av1} ({self.path})"


def av1_build() -> Av1Build:
    """The build to encode with. Raises :class:`InfrastructureError` ``av1_not_possible`` where there is none."""
    return _tried(_path(settings.AV1_FFMPEG))


def _path(said: str) -> Path:
    if said:
        return Path(said).resolve()
    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe()).resolve()
    except RuntimeError as error:
        raise _not_possible("The package imageio-ffmpeg brings no program for this machine") from error


@lru_cache(maxsize=4)
def _tried(path: Path) -> Av1Build:
    ended = run(path, _TRIAL, bounds=_BOUNDS, folder=Path(tempfile.gettempdir()))
    if not ended.ok:
        raise _not_possible(f"{path} cannot encode AV1 by SVT-AV1 and Opus by libopus")
    return Av1Build(
        path=path,
        ffmpeg=_first(r"ffmpeg version (\S+)", ended.log),
        svt_av1=_first(r"SVT-AV1 Encoder Lib v?(\S+)", ended.log),
    )


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else ""


def _not_possible(what: str) -> InfrastructureError:
    return InfrastructureError(f"{what}: set AV1_FFMPEG to an ffmpeg that can, or to off.", code="av1_not_possible")
