"""The seek bar's pictures: how many, how large, and the WebVTT that says where each is. Pure."""

import math
from collections.abc import Sequence
from fractions import Fraction

from transcoding.ffmpeg.finishing import TileGrid
from transcoding.ffmpeg.ladder import Rung

TILE_HEIGHT = 90
MAX_TILE_WIDTH = 320
MAX_TILES = 144
MAX_COLUMNS = 12


def plan_tiles(rung: Rung, *, keyframes: int) -> TileGrid:
    """A tile for every keyframe of ``rung``, or for every n-th so that at most :data:`MAX_TILES` are needed."""
    every = math.ceil(keyframes / MAX_TILES)
    count = math.ceil(keyframes / every)
    width = min(MAX_TILE_WIDTH, max(2, 2 * round(Fraction(TILE_HEIGHT * rung.width, 2 * rung.height))))
    columns = min(MAX_COLUMNS, count)
    return TileGrid(
        width=width, height=TILE_HEIGHT, every=every, count=count, columns=columns, rows=math.ceil(count / columns)
    )


def render_vtt(grid: TileGrid, keyframes: Sequence[Fraction], *, duration: float, image: str = "sprite.jpg") -> str:
    """One cue per tile; the media fragment is relative, so it resolves under the same signature as the file.

    ``keyframes``: when each is shown, in seconds.
    """
    times = [float(time) for time in keyframes[:: grid.every]]
    cues = ["WEBVTT"]
    for number, (begin, end) in enumerate(zip(times, [*times[1:], duration], strict=True)):
        x, y = number % grid.columns * grid.width, number // grid.columns * grid.height
        cues.append(f"{_clock(begin)} --> {_clock(end)}\n{image}#xywh={x},{y},{grid.width},{grid.height}")
    return "\n\n".join(cues) + "\n"


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def parse_frame_time(text: str) -> float | None:
    """Seconds of the first picture in ffmpeg's ``framecrc`` listing; None when it lists none."""
    base = Fraction(1)
    for line in text.splitlines():
        if line.startswith("#tb 0:"):
            base = Fraction(line.partition(":")[2].strip())
        elif line and not line.startswith("#"):
            return float(int(line.split(",")[2]) * base)
    return None
