"""The two jobs of a film in chunks: encode one of them, and join them all.

Built as ``transcoding/processing.py``: cut off anywhere, the next run begins anew and ends in the same rows. What ends
a chunk for good ends the version's attempt, and with it all other chunks; workers on them notice within seconds.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from django.db import InterfaceError, OperationalError, connection

from assets.growing import FOLDER as GROWING_FOLDER
from assets.storage import get_store
from assets.storage.base import StoreUnavailable
from permissions.errors import DomainError
from transcoding.attempts import Superseded
from transcoding.chunks import rows
from transcoding.chunks.encoding import encode
from transcoding.chunks.film import FOLDER, CannotChunk, told
from transcoding.chunks.joining import ChunksLost, fetch_ladder
from transcoding.chunks.rows import Joining, Taken
from transcoding.ffmpeg.commands import Source
from transcoding.ffmpeg.runner import ProcessingCancelled
from transcoding.growing.parts import grow_by
from transcoding.processing import Run, deliver, discard, note_speed, settle
from transcoding.retry import Retry, Stopped, decide_retry
from transcoding.scratch import private_folder
from transcoding.video.job import Job
from transcoding.video.meter import Meter
from transcoding.video.process import finish_film
from transcoding.watch import LOOK_SECONDS, RunWatch, persistently

logger = logging.getLogger(__name__)
T = TypeVar("T")


class ChunkWatch:
    """The two reasons for a run on a chunk to stop: the worker's end, or that its result counts no more."""

    def __init__(
        self, taken: Taken, *, stopping: Callable[[], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.superseded = False
        self._taken, self._stopping, self._clock = taken, stopping, clock
        self._looked_at = clock()

    def cancelled(self) -> bool:
        """Cheap enough to be asked twenty times a second. A database that is away never stops a run."""
        if self._clock() - self._looked_at >= LOOK_SECONDS:
            self._looked_at = self._clock()
            try:
                self.superseded = self.superseded or not rows.is_held(self._taken)
            except (OperationalError, InterfaceError) as error:
                logger.warning("chunk %s: the database is away: %s", self._taken.chunk_id, error)
                connection.close()
        return self.superseded or self._stopping()


def encode_chunk(chunk_id: UUID, *, worker: str, retries: int, stopping: Callable[[], bool] = lambda: False) -> str:
    """Encode one chunk and say in a word how it ended. Arguments and what is raised are as in
    :func:`transcoding.processing.process`."""
    taken = persistently(lambda: rows.take(chunk_id, worker=worker))
    if taken is None:
        return "nothing to do"
    watch = ChunkWatch(taken, stopping=stopping)
    try:
        with private_folder(uuid4()) as folder:
            made = _stoppable(lambda: encode(taken, folder, cancelled=watch.cancelled))
            persistently(
                lambda: rows.finish(
                    taken, facts=made.facts, cpu_seconds=made.cpu_seconds, wall_seconds=made.wall_seconds
                )
            )
            _show(taken, folder, stopping=stopping)
    except Exception as error:
        outcome = _settle_chunk(taken, watch, error, retries=retries, stopping=stopping)
        if outcome is None:
            raise
        return outcome
    return "encoded"


def _show(taken: Taken, folder: Path, *, stopping: Callable[[], bool]) -> None:
    """Let those who wait for the film see this much more of it: a view of the work, whose result is noted already."""
    try:
        grow_by(taken.begun, folder / "hls", folder=folder, stopping=stopping)
    except Superseded:
        return
    except (DomainError, OSError, ValueError, OperationalError, InterfaceError) as error:
        logger.warning("chunk %s is not shown before the film is ready: %s", taken.chunk_id, error)


def _settle_chunk(
    taken: Taken, watch: ChunkWatch, error: Exception, *, retries: int, stopping: Callable[[], bool]
) -> str | None:
    """Write how the run on the chunk ended; the outcome, or None where the error goes on to be retried."""
    if watch.superseded or isinstance(error, Superseded) or not persistently(lambda: rows.is_held(taken)):
        return "superseded"
    if isinstance(decide_retry(error, retries), Retry) and not isinstance(error, CannotChunk):
        persistently(lambda: rows.put_back(taken))
        return None
    run = Run(begun=taken.begun, watch=RunWatch(taken.begun.attempt, stopping=stopping))
    outcome = settle(run, error, retries=retries)
    discard(taken.begun)
    return outcome


def join_film(version_id: UUID, attempt: UUID, *, retries: int, stopping: Callable[[], bool] = lambda: False) -> str:
    """Join the chunks of a film, make everything else of it, publish it, and say in a word how it ended."""
    joining = persistently(lambda: rows.begin_joining(version_id, attempt))
    if joining is None:
        return "nothing to do"
    run = Run(begun=joining.begun, watch=RunWatch(attempt, stopping=stopping))
    try:
        with private_folder(uuid4()) as folder:
            _stoppable(lambda: _join(joining, run, folder))
    except ChunksLost as error:
        lost = error.chunks
        persistently(lambda: rows.do_again(joining.begun, lost))
        persistently(lambda: rows.put_joining_back(joining.begun))
        return "chunks are done again"
    except Exception as error:
        outcome = _settle_joining(joining, run, error, retries=retries)
        if outcome is None:
            raise
        return outcome
    _tidy(joining)
    return "ready"


def _settle_joining(joining: Joining, run: Run, error: Exception, *, retries: int) -> str | None:
    """As :func:`_settle_chunk`: what is tried again is the joining alone."""
    decided = decide_retry(error, retries)
    superseded = run.watch.superseded or isinstance(error, Superseded | CannotChunk)
    if isinstance(decided, Retry) and not superseded:
        persistently(lambda: rows.put_joining_back(joining.begun))
        return None
    outcome = settle(run, error, retries=retries)
    discard(joining.begun)
    return outcome


def _join(joining: Joining, run: Run, folder: Path) -> None:
    began = time.monotonic()
    run.watch.stage("joining")
    film = joining.film
    job = Job(
        source=Source(path=folder / "original", format=film.format),
        folder=folder,
        meter=Meter(_unheard),
        cancelled=run.watch.cancelled,
    )
    ladder = fetch_ladder(joining, job, run.watch.percent)
    result = finish_film(job, film.admitted, ladder)
    _clear(joining, run)
    deliver(run, folder, told(result, chunks=len(joining.pictures), not_chunked=""))
    spent = persistently(lambda: rows.seconds_spent(joining.begun.attempt))
    note_speed(run, result, took=spent + time.monotonic() - began)


def _clear(joining: Joining, run: Run) -> None:
    """Remove what an earlier joining of this attempt stored before it was cut off: nothing is written over. The chunks
    stay, and what people are watching meanwhile."""
    prefix = joining.begun.prefix
    kept = (f"{prefix}{FOLDER}", f"{prefix}{GROWING_FOLDER}/")
    for found in list(get_store().list_objects(prefix)):
        if run.watch.cancelled():
            raise ProcessingCancelled
        if not found.key.startswith(kept):
            get_store().delete(found.key)


def _stoppable(work: Callable[[], T]) -> T:
    try:
        return work()
    except ProcessingCancelled as error:
        raise Stopped("The worker is stopping.") from error


def _tidy(joining: Joining) -> None:
    """The film is published: its chunks are of no use any more. What stays, the sweeper takes."""
    try:
        get_store().delete_prefix(f"{joining.begun.prefix}{FOLDER}")
    except StoreUnavailable as error:
        logger.warning("chunks of attempt %s stay until the sweeper: %s", joining.begun.attempt, error)


def _unheard(_: int) -> None:
    """What is left to make of a film that is joined takes moments beside its encoding."""
