"""The beginning of a long film, to be watched before the film is fetched, checked and measured.

Fetching hours of film, hashing them and listening to them takes minutes; its first twenty seconds need none of it. They
are encoded from the head of the stored file, small and alone, and the run that makes the set takes over where they end.
Their sound is levelled by what is heard in them.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from assets.states import Kind
from permissions.errors import DomainError
from transcoding.attempts import Begun
from transcoding.ffmpeg import commands, limits
from transcoding.ffmpeg.commands import Source
from transcoding.ffmpeg.ladder import LadderPlan, plan_ladder
from transcoding.ffmpeg.loudness import parse_loudness
from transcoding.ffmpeg.probe import Admitted, admit
from transcoding.ffmpeg.progress import Progress
from transcoding.ffmpeg.runner import ProcessingCancelled, run
from transcoding.ffmpeg.sound import levelled
from transcoding.ffmpeg.tools import versions
from transcoding.growing.head import HEAD_BYTES, fetch_head, fetch_index, fill
from transcoding.growing.plan import Watched, growing_rungs, plan_growing
from transcoding.retry import Stopped
from transcoding.sniff import require_kind, sniff

logger = logging.getLogger(__name__)

LEAST_BYTES: Final = 64 * 1024 * 1024
LEAST_SECONDS: Final = 600.0
"""Smaller and shorter films are fetched and measured in seconds."""
GROUPS: Final = 12
"""Whole distances of keyframes that are shown: an even number, so that a ladder with one a segment carries on."""
MAX_MORE: Final = 256 * 1024 * 1024
"""Bytes that are fetched for it at most, beyond the head."""
_MP4: Final = "mov"


def show_beginning(begun: Begun, watched: Watched, *, folder: Path, cancelled: Callable[[], bool]) -> None:
    """Let the film grow from its first pictures, if it is long. What goes wrong with the little that was fetched is for
    the run on the whole file to judge; raises :class:`~transcoding.retry.Stopped` alone, and leaves no file."""
    if begun.kind != Kind.VIDEO or begun.size < LEAST_BYTES:
        return
    head, output = folder / "head", folder / "beginning"
    output.mkdir()
    try:
        _show(begun, watched, head=head, folder=output, cancelled=cancelled)
    except ProcessingCancelled as error:
        raise Stopped("The worker is stopping.") from error
    except (DomainError, OSError) as error:
        logger.info("version %s is not shown before it is fetched: %s", begun.version_id, error)
    finally:
        head.unlink(missing_ok=True)


def _show(begun: Begun, watched: Watched, *, head: Path, folder: Path, cancelled: Callable[[], bool]) -> None:
    head.touch()
    fetch_head(begun.key, head, size=begun.size)
    sniffed = sniff(head)
    require_kind(sniffed, begun.kind)
    source = Source(path=head, format=sniffed.ffmpeg_format or "")
    if source.format == _MP4 and not fetch_index(begun.key, head, size=begun.size):
        return
    admitted = admit(source, kind=begun.kind, folder=folder, cancelled=cancelled)
    if admitted.video is None or admitted.duration < LEAST_SECONDS:
        return
    plan = plan_ladder(
        admitted.video, admitted.tracks, duration=admitted.duration, can_tone_map=versions().can_tone_map
    )
    seconds = (GROUPS + 0.5) * plan.gop_seconds  # half of one more, so that every whole one is seen to be whole
    more = min(MAX_MORE, round(2 * seconds * begun.size / admitted.duration))
    fill(begun.key, head, start=HEAD_BYTES, end=min(begun.size, HEAD_BYTES + more))
    _encode(replace(source, seconds=seconds), admitted, plan, watched, folder=folder, cancelled=cancelled)


def _encode(
    source: Source,
    admitted: Admitted,
    plan: LadderPlan,
    watched: Watched,
    *,
    folder: Path,
    cancelled: Callable[[], bool],
) -> None:
    bounds = limits.measuring_bounds(MAX_MORE, duration=source.seconds or 0.0, tracks=1)
    sound = tuple(replace(track, pad_to=None) for track in plan.audio[:1])
    if sound:
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
