"""How fast this installation processes: measured by each run that ends well, and asked when something is to be
expected. All in seconds of one worker's slot.

A film's or a sound's speed is kept by its height and the encoder's preset; beside it each kind's by size, for files
that nobody has looked into yet.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.db import connection
from django.db.models import QuerySet

from assets.models import AssetVersion, ProcessingSpeed
from assets.states import Kind

By = ProcessingSpeed.By

MEGABYTE: Final = 1_000_000
REMEMBERED: Final = 20
"""Runs after which an earlier one has lost most of its weight."""
LEAST_COST: Final = 1.0
"""Seconds: no run is expected to take less."""
MOST_COST: Final = 7 * 24 * 3600.0
REFERENCE_HEIGHT: Final = 1080
START_PER_SECOND: Final = 1.27
"""38 s for 30 s of 1080p30 (docs/benchmarks.md): what is expected of a height before any film was processed."""
START_PER_MEGABYTE: Final[Mapping[str, float]] = MappingProxyType(
    {Kind.PHOTO: 0.15, Kind.INFOGRAPHIC: 0.5, Kind.VIDEO: 0.85, Kind.AUDIO: 0.5}
)
"""The same film by its size (45 MB), the same photos; the others are guesses that the first run begins to correct."""
LEAST_PIXELS: Final = 0.02
PRESET: Final = "veryfast"

RECORD: Final = """
INSERT INTO assets_processingspeed AS known (kind, by, height, preset, seconds, runs)
VALUES (%(kind)s, %(by)s, %(height)s, %(preset)s, %(seconds)s, 1)
ON CONFLICT (kind, by, height, preset) DO UPDATE
   SET seconds = known.seconds + (excluded.seconds - known.seconds) / least(known.runs + 1, %(remembered)s),
       runs = known.runs + 1, updated_at = now()
"""


def expected_cost(version: AssetVersion) -> float:
    """The seconds that processing the version is expected to take, from 1 on. By its film's length where an earlier run
    has found it, else by its size."""
    return cost_of(kind=version.asset.kind, size=version.size, seconds=version.duration, height=version.height)


def cost_of(*, kind: str, size: int, seconds: float | None, height: int | None) -> float:
    """``size`` in bytes; ``seconds`` and ``height`` (0: sound alone) of a film or sound that was looked into."""
    if seconds is not None and kind in (Kind.VIDEO, Kind.AUDIO):
        known = dict(_speeds(kind, By.DURATION).values_list("height", "seconds"))
        cost = seconds * rate_at(height or 0, known) if known or kind == Kind.VIDEO else _by_size(kind, size)
    else:
        cost = _by_size(kind, size)
    return min(MOST_COST, max(LEAST_COST, cost))


def _by_size(kind: str, size: int) -> float:
    known = _speeds(kind, By.SIZE).values_list("seconds", flat=True).first()
    return _megabytes(size) * (START_PER_MEGABYTE[kind] if known is None else known)


def _megabytes(size: int) -> float:
    """Of at least one: what a small file takes does not depend on its size, and would tell nothing of large ones."""
    return max(1.0, size / MEGABYTE)


def _speeds(kind: str, by: ProcessingSpeed.By) -> QuerySet[ProcessingSpeed]:
    preset = PRESET if by is By.DURATION and kind == Kind.VIDEO else ""
    return ProcessingSpeed.objects.filter(kind=kind, by=by, preset=preset)


def rate_at(height: int, known: Mapping[int, float]) -> float:
    """Seconds of work per second at this height: as measured there, else from the nearest measured height by the number
    of pixels, else from the start value."""
    if height in known:
        return known[height]
    if not known:
        return START_PER_SECOND * _pixels(height, REFERENCE_HEIGHT)
    nearest = min(known, key=lambda other: (abs(other - height), other))
    return known[nearest] * _pixels(height, nearest)


def _pixels(height: int, of: int) -> float:
    """How many times the pixels; what does not grow with them keeps it from nothing."""
    return max(LEAST_PIXELS, (height / of) ** 2) if of else 1.0


def record_speed(*, kind: str, size: int, seconds: float | None, height: int | None, took: float) -> None:
    """A run of a file of ``size`` bytes took so many seconds. One statement for each measure; call outside the
    transaction that publishes, since all runs of a kind write the same rows."""
    _record(kind=kind, by=By.SIZE, height=0, preset="", seconds=took / _megabytes(size))
    if seconds and kind in (Kind.VIDEO, Kind.AUDIO):
        preset = PRESET if kind == Kind.VIDEO else ""
        _record(kind=kind, by=By.DURATION, height=height or 0, preset=preset, seconds=took / seconds)


def _record(**values: str | float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(RECORD, {**values, "remembered": REMEMBERED})
