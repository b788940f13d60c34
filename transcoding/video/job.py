"""What every stage of one run needs, and how its percents are shared out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from transcoding.ffmpeg.commands import Source
from transcoding.growing.plan import Unwatched, Watched
from transcoding.video.meter import Meter

ADMITTED, DONE = 1, 100
MEASURING, LADDER = (1, 4), (4, 94)
"""Of a film. Of a sound the measuring is a good part of the work."""
SOUND_MEASURING, SOUND_LADDER = (1, 40), (40, 94)
SEEK_BAR, POSTER, DOWNLOAD = (94, 97), (97, 98), (98, 99)


@dataclass(frozen=True, kw_only=True)
class Job:
    """The file, the folder to write into, the wires to the caller, and who watches the film grow.

    ``on_found`` is told the seconds and the lines of the largest rendition (0: sound alone) before the encoding begins.
    """

    source: Source
    folder: Path
    meter: Meter
    cancelled: Callable[[], bool]
    on_found: Callable[[float, int], None] = lambda seconds, height: None  # noqa: ARG005 - nobody asked
    watched: Watched = field(default_factory=Unwatched)
