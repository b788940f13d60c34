"""Photos and infographics: the parent's side. No user byte is decoded here."""

import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import transcoding
from permissions.errors import InfrastructureError
from transcoding.following import Finished
from transcoding.pictures.__main__ import MACHINE_FAULT, ORPHANED, OUT_OF_MEMORY, REJECTED, UNAVAILABLE
from transcoding.pictures.outcome import UnusableOutcome, read_outcome, read_single
from transcoding.pictures.wanted import Wanted, write_wanted
from transcoding.results import MediaRejected, ProcessingResult
from transcoding.sandbox import MIB, Limits, crashed, out_of_memory
from transcoding.sniff import Sniffed, require_kind
from transcoding.warm import WarmParents

_logger = logging.getLogger(__name__)

PICTURE_LIMITS = Limits(address_space=1024 * MIB, cpu_seconds=28, wall_seconds=120, file_size=256 * MIB, open_files=64)
SINGLE_LIMITS = Limits(address_space=1024 * MIB, cpu_seconds=20, wall_seconds=30, file_size=64 * MIB, open_files=64)
"""Of one picture that somebody is waiting for."""
_MACHINE_FAULTS = {
    MACHINE_FAULT: "Writing the renditions failed. Check the worker's disk.",
    UNAVAILABLE: "A library for pictures is missing. Install the application again.",
    ORPHANED: "The worker ended while its picture process started.",
}


def process_picture(
    source: Path,
    *,
    sniffed: Sniffed,
    kind: str,
    workdir: Path,
    on_progress: Callable[[int], None],
    cancelled: Callable[[], bool] | None = None,
    limits: Limits = PICTURE_LIMITS,
    wanted: Wanted | None = None,
) -> ProcessingResult:
    """Make the renditions, the facts and the metadata of one photo or infographic, in a bounded child process.

    ``workdir`` is an existing, empty folder of this job alone; the renditions lie directly in it, under their
    profiles. ``on_progress`` gets whole percents, rising, 100 last. ``cancelled`` is polled; once true,
    ``sandbox.Interrupted`` is raised.

    ``facts``: format, mode, orientation, colour_space (rasters); own_width, own_height, unit, pages (drawings);
    vector, transparent, perceptual_hash_quality, guessed_focus_x and guessed_focus_y (photos, 0 to 1),
    cpu_seconds, wall_seconds, peak_rss (bytes, sampled).

    Raises MediaRejected with a code of ``docs/errors.md`` (final for this file) and InfrastructureError (try again).
    """
    require_kind(sniffed, kind)
    highest = 0

    def on_line(line: str) -> None:
        nonlocal highest
        if line.isdecimal() and highest < int(line[:3]) < 100:
            highest = int(line[:3])
            on_progress(highest)

    wanted = wanted or Wanted()
    write_wanted(workdir, wanted)
    finished = parents().run(
        [str(source.resolve()), sniffed.media_type, kind, str(workdir.resolve())],
        limits=limits,
        cwd=workdir,
        on_line=on_line,
        cancelled=cancelled,
    )
    result = _read(finished, workdir, may_be_empty=wanted.only_crops)
    on_progress(100)
    measured = {
        "cpu_seconds": round(finished.cpu_seconds, 3),
        "wall_seconds": round(finished.wall_seconds, 3),
        "peak_rss": finished.peak_rss,
    }
    return replace(result, facts={**result.facts, **measured})


def make_single(
    source: Path, *, sniffed: Sniffed, kind: str, workdir: Path, wanted: Wanted, limits: Limits = SINGLE_LIMITS
) -> Path:
    """Make ``wanted.single`` of one picture in a bounded child process: its file in ``workdir``, an existing, empty
    folder of this job alone. Raises as :func:`process_picture`."""
    assert wanted.single is not None, "what else is wanted is for process_picture"  # noqa: S101
    require_kind(sniffed, kind)
    write_wanted(workdir, wanted)
    words = [str(source.resolve()), sniffed.media_type, kind, str(workdir.resolve())]
    finished = parents().run(words, limits=limits, cwd=workdir)
    _require_ended_well(finished)
    try:
        return read_single(workdir, wanted.single.name)
    except UnusableOutcome as error:
        _logger.warning("the picture process left no usable picture: %s", error)
        raise crashed(exit_code=finished.returncode) from error


@cache
def parents() -> WarmParents:
    """The warm parents of this process's picture processes; who ends in good order closes them."""
    # -P: a child's work folder is no place to import from
    return WarmParents([sys.executable, "-P", "-s", "-m", "transcoding.pictures"], env=python_environment())


def python_environment() -> dict[str, str]:
    """What a bounded child needs to import this program."""
    environment = {
        "PYTHONPATH": str(Path(transcoding.__file__).resolve().parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return environment | ({"PYTHONPYCACHEPREFIX": sys.pycache_prefix} if sys.pycache_prefix else {})


def _read(finished: Finished, workdir: Path, *, may_be_empty: bool) -> ProcessingResult:
    _require_ended_well(finished)
    try:
        return read_outcome(workdir, may_be_empty=may_be_empty)
    except MediaRejected:
        raise
    except UnusableOutcome as error:
        _logger.warning("the picture process left an unusable report: %s", error)
        raise crashed(exit_code=finished.returncode) from error


def _require_ended_well(finished: Finished) -> None:
    code = finished.returncode
    if code == OUT_OF_MEMORY:
        raise out_of_memory(peak_rss=finished.peak_rss)
    if code in _MACHINE_FAULTS:
        raise InfrastructureError(_MACHINE_FAULTS[code], detail=finished.stderr_tail[-500:])
    if code not in {0, REJECTED}:
        _logger.warning("the picture process ended with %s: %s", code, finished.stderr_tail[-2000:])
        raise crashed(exit_code=code)
