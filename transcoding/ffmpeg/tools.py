"""Which ffmpeg is installed, and whether it can do what we ask of it. Looked at once at start and by ``doctor``."""

import re
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from permissions.errors import InfrastructureError
from transcoding.ffmpeg.runner import Bounds, Tool, run

OLDEST = (5, 1)
NEEDED_ENCODERS = frozenset({"libx264", "aac", "libmp3lame", "mjpeg", "libwebp"})
NEEDED_FILTERS = frozenset({"alimiter", "bwdif", "ebur128", "framestep", "scale", "thumbnail", "tile", "tpad"})
TONE_MAP_FILTERS = frozenset({"zscale", "tonemap"})
_BOUNDS = Bounds(wall_seconds=20, cpu_seconds=20)


@dataclass(frozen=True, kw_only=True)
class Versions:
    """What the two programs say of themselves."""

    ffmpeg: str
    ffprobe: str
    encoders: frozenset[str]
    filters: frozenset[str]

    @property
    def can_tone_map(self) -> bool:
        return self.filters >= TONE_MAP_FILTERS

    def problems(self) -> list[str]:
        """One sentence for each thing an operator must change; empty when all is well."""
        found = []
        if self.ffmpeg != self.ffprobe:
            found.append(f"ffmpeg is {self.ffmpeg} but ffprobe is {self.ffprobe}: install both from one package.")
        number = version_number(self.ffmpeg)
        if number is not None and number < OLDEST:  # builds from git carry no number; their lists below decide
            found.append(f"ffmpeg {self.ffmpeg} is too old: install {OLDEST[0]}.{OLDEST[1]} or later.")
        if missing := sorted(NEEDED_ENCODERS - self.encoders):
            found.append(f"This ffmpeg lacks the encoders {', '.join(missing)}: install a full build.")
        if missing := sorted(NEEDED_FILTERS - self.filters):
            found.append(f"This ffmpeg lacks the filters {', '.join(missing)}: install a full build.")
        return found


def version_number(text: str) -> tuple[int, int] | None:
    """``5.1.9-0+deb12u1`` and ``n7.0.2`` to (5, 1) and (7, 0); None for a build from git."""
    match = re.match(r"n?(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else None


def parse_version(text: str) -> str:
    """The version in the first line of ``-version``; empty when there is none."""
    match = re.match(r"ff(?:mpeg|probe) version (\S+)", text)
    return match[1] if match else ""


def parse_names(text: str) -> frozenset[str]:
    """The names in the table that ``-encoders`` or ``-filters`` prints (second column of each row)."""
    rows = (line.split() for line in text.splitlines() if line.startswith(" "))
    return frozenset(row[1] for row in rows if len(row) > 2 and row[1] != "=")


@lru_cache(maxsize=1)
def versions() -> Versions:
    """Ask both programs, once per process. Raises :class:`InfrastructureError` when one of them does not run."""
    return Versions(
        ffmpeg=parse_version(_ask("ffmpeg", "-version")),
        ffprobe=parse_version(_ask("ffprobe", "-version")),
        encoders=parse_names(_ask("ffmpeg", "-hide_banner", "-encoders")),
        filters=parse_names(_ask("ffmpeg", "-hide_banner", "-filters")),
    )


def _ask(tool: Tool, *args: str) -> str:
    ended = run(tool, args, bounds=_BOUNDS, folder=Path(tempfile.gettempdir()))
    if not ended.ok:
        raise InfrastructureError(f"{tool} does not run: install the package ffmpeg.", code="ffmpeg_not_started")
    return ended.stdout.decode("utf-8", "replace")
