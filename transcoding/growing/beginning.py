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
from transcoding.ffmpeg.commands import Source
from transcoding.ffmpeg.ladder import plan_ladder
from transcoding.ffmpeg.probe import admit
from transcoding.ffmpeg.runner import ProcessingCancelled
from transcoding.ffmpeg.tools import versions
from transcoding.growing.head import HEAD_BYTES, fetch_head, fetch_index, fill
from transcoding.growing.opening import MAX_BYTES, encode_first, seconds_shown
from transcoding.growing.plan import Watched
from transcoding.retry import Stopped
from transcoding.sniff import require_kind, sniff

logger = logging.getLogger(__name__)

LEAST_BYTES: Final = 64 * 1024 * 1024
LEAST_SECONDS: Final = 600.0
"""Smaller and shorter films are fetched and measured in seconds."""
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
    seconds = seconds_shown(plan)
    more = min(MAX_BYTES, round(2 * seconds * begun.size / admitted.duration))
    fill(begun.key, head, start=HEAD_BYTES, end=min(begun.size, HEAD_BYTES + more))
    encode_first(replace(source, seconds=seconds), admitted, plan, watched, folder=folder, cancelled=cancelled)
