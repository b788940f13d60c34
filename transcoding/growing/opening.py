"""The first seconds of a film, encoded small and alone, to be watched before the run that makes the set gets there."""

import logging
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from permissions.errors import DomainError
from transcoding.ffmpeg import commands, limits
from transcoding.ffmpeg.commands import Source
from transcoding.ffmpeg.ladder import LadderPlan
from transcoding.ffmpeg.loudness import AS_IT_IS, parse_loudness
from transcoding.ffmpeg.probe import Admitted
from transcoding.ffmpeg.progress import Progress
from transcoding.ffmpeg.runner import MIB, run
from transcoding.ffmpeg.sound import levelled
from transcoding.growing.plan import Watched, growing_rungs, plan_growing

logger = logging.getLogger(__name__)

GROUPS: Final = 12
"""Whole distances of keyframes that are shown of a long film: an even number, so that a ladder with one a segment
carries on."""
FIRST_GROUPS: Final = 2
"""The same where only a look comes before the ladder: decoding them twice is to cost little."""
MAX_BYTES: Final = 256 * MIB
"""What is read of a film for it."""


def show_from(
    source: Source,
    admitted: Admitted,
    plan: LadderPlan,
    watched: Watched,
    *,
    folder: Path,
    cancelled: Callable[[], bool],
    groups: int | None = None,
) -> None:
    """Let a film that is here grow from its first pictures. ``plan``: of its whole ladder; ``groups``: how many
    distances of keyframes, None for :data:`GROUPS`. What goes wrong is for the run on the whole film to judge; raises
    :class:`~transcoding.ffmpeg.runner.ProcessingCancelled` alone."""
    first = replace(source, seconds=seconds_shown(plan, groups))
    with tempfile.TemporaryDirectory(dir=folder, prefix=".beginning-") as output:
        try:
            encode_first(first, admitted, plan, watched, folder=Path(output), cancelled=cancelled)
        except (DomainError, OSError) as error:
            logger.info("a film is not shown before all of it is encoded: %s", error)


def seconds_shown(plan: LadderPlan, groups: int | None = None) -> float:
    """Of the film; half a distance of keyframes more, so that every whole one is seen to be whole."""
    return ((groups or GROUPS) + 0.5) * plan.gop_seconds


def encode_first(
    source: Source,
    admitted: Admitted,
    plan: LadderPlan,
    watched: Watched,
    *,
    folder: Path,
    cancelled: Callable[[], bool],
) -> None:
    """Encode what ``source`` is limited to, in the growing renditions of ``plan`` alone, into the empty ``folder``.

    Sound that was not levelled is levelled by what is heard in it. Raises as the runner; an encoder that fails shows
    what it had written."""
    bounds = limits.measuring_bounds(MAX_BYTES, duration=source.seconds or 0.0, tracks=1)
    sound = tuple(replace(track, pad_to=None) for track in plan.audio[:1])
    if any(track.level == AS_IT_IS for track in sound):
        args = commands.loudness_args(source, sound)
        heard = run("ffmpeg", args, bounds=bounds, folder=folder, on_progress=_ignore, cancelled=cancelled)
        sound = levelled(sound, parse_loudness(heard.log))
    shown = growing_rungs(plan.rungs)
    rungs = tuple(rung for rung in plan.rungs if rung in shown)
    small = replace(plan, rungs=rungs, audio=sound, hold_last=0.0)
    for name in (*(rung.name for rung in rungs), *(name for track in sound for name in track.names)):
        (folder / "hls" / name).mkdir(parents=True)
    bounds = limits.ladder_bounds(admitted.video, small, duration=source.seconds or 0.0) if admitted.video else bounds
    with watched.following(folder, plan_growing(plan), duration=admitted.duration, whole=False):
        args = commands.ladder_args(source, small)
        ended = run("ffmpeg", args, bounds=bounds, folder=folder, on_progress=_ignore, cancelled=cancelled)
    logger.info("the film's beginning was encoded in %.1f s (status %s)", ended.wall_seconds, ended.status)


def _ignore(_: Progress) -> None:
    """It takes seconds."""
