"""One run: from a version's original to its published renditions.

Every step may be cut off anywhere (a crash, a stopped database, another delivery of the same job); the next run begins
anew under a token of its own and ends in the same rows. Nothing calls the store inside a transaction.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import InterfaceError, OperationalError

from assets.models import Rendition
from assets.speeds import record_speed
from assets.states import Kind
from assets.storage import get_store
from assets.storage.base import StoreUnavailable
from permissions.errors import InfrastructureError
from transcoding import attempts
from transcoding.attempts import Begun, Superseded
from transcoding.chunks.cutting import cut_film
from transcoding.chunks.film import CannotChunk, told
from transcoding.chunks.rows import give_up
from transcoding.crediting import credits_of
from transcoding.fetching import Read, read_original
from transcoding.ffmpeg.commands import Source
from transcoding.ffmpeg.probe import Admitted, admit
from transcoding.ffmpeg.runner import ProcessingCancelled
from transcoding.growing.beginning import show_beginning
from transcoding.growing.stream import Growing
from transcoding.originals import Original, process_original
from transcoding.pictures.wanted import Wanted
from transcoding.results import MediaRejected, ProcessingResult
from transcoding.retry import Park, Stopped, decide_retry
from transcoding.scratch import private_folder, require_space
from transcoding.sniff import Sniffed, require_kind, sniff
from transcoding.watch import RunWatch, persistently

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run under way."""

    begun: Begun
    watch: RunWatch


def process(version_id: UUID, *, worker: str, retries: int, stopping: Callable[[], bool] = lambda: False) -> str:
    """Process a version and say in a word how it ended.

    ``worker`` names who does it, ``retries`` counts the job's earlier runs, ``stopping`` is polled: once true the run
    ends early with :class:`Stopped`. A refused file is a result; what is worth another run, or an operator's look, is
    raised.
    """
    begun = attempts.begin(version_id, worker=worker)
    if begun is None:
        logger.info("version %s: nothing to do", version_id)
        return "nothing to do"
    run = Run(begun=begun, watch=RunWatch(begun.attempt, stopping=stopping))
    try:
        with private_folder(begun.attempt) as folder:
            outcome = _work(run, folder)
    except Exception as error:
        failed = settle(run, error, retries=retries)
        discard(begun)
        if failed is None:
            raise
        return failed
    logger.info("version %s is %s (attempt %s)", version_id, outcome, begun.attempt)
    return outcome


def _work(run: Run, folder: Path) -> str:
    source, output = folder / "original", folder / "renditions"
    began = time.monotonic()
    output.mkdir()
    with _growing(run, folder) as growing:
        run.watch.stage("fetching")
        show_beginning(run.begun, growing, folder=folder, cancelled=run.watch.cancelled)
        read = fetch(run, source)
        sniffed = _verify(run, source, read)
        admitted, not_chunked = _look(run, source, sniffed, folder, growing)
        if admitted is not None and not not_chunked:
            return "in chunks"
        run.watch.stage("rendering")
        wanted = persistently(
            lambda: Wanted(focus=run.begun.focus, credits=credits_of(run.begun.asset_id, reading=run.begun.version_id))
        )
        original = Original(
            path=source,
            sniffed=sniffed,
            kind=run.begun.kind,
            output=output,
            wanted=wanted,
            admitted=admitted,
            on_found=run.watch.found,
            watched=growing,
        )
        result = process_original(original, on_progress=run.watch.percent, cancelled=run.watch.cancelled)
        source.unlink()
        result = told(result, chunks=0, not_chunked=not_chunked)
        sizes = store(run, output, result)
    publish(run, result, sizes)
    note_speed(run, result, took=time.monotonic() - began)
    return "ready"


def _look(run: Run, path: Path, sniffed: Sniffed, folder: Path, growing: Growing) -> tuple[Admitted | None, str]:
    """What is in a film, and why it is not encoded in chunks; empty where its chunks are queued."""
    if sniffed.family != "video" or run.begun.kind != Kind.VIDEO:
        return None, ""
    source = Source(path=path, format=sniffed.ffmpeg_format or "")
    try:
        admitted = admit(source, kind=run.begun.kind, folder=folder, cancelled=run.watch.cancelled)
        return admitted, cut_film(run.begun, run.watch, source, admitted, folder=folder, watched=growing)
    except ProcessingCancelled as error:
        raise Stopped("The worker is stopping.") from error


def deliver(run: Run, output: Path, result: ProcessingResult) -> None:
    """Store what was made in ``output`` and publish it."""
    publish(run, result, store(run, output, result))


def publish(run: Run, result: ProcessingResult, sizes: Mapping[str, int]) -> None:
    """What was made and stored becomes the version's set."""
    run.watch.stage("publishing")
    persistently(lambda: attempts.publish(run.begun, result=result, sizes=sizes))


def note_speed(run: Run, result: ProcessingResult, *, took: float) -> None:
    """What the whole work took of one worker's slot, in seconds: what is expected of the next file."""
    persistently(
        lambda: record_speed(
            kind=run.begun.kind, size=run.begun.size, seconds=result.duration, height=result.height, took=took
        )
    )


@contextmanager
def _growing(run: Run, folder: Path) -> Iterator[Growing]:
    """What can be watched of the run's film before its set is whole; noted whenever the run asks whether to go on."""
    passage = folder / "growing"
    passage.mkdir()
    growing = Growing(run.begun, folder=passage)
    run.watch.also(growing.note)
    try:
        yield growing
    except BaseException:
        growing.close(whole=False)
        raise
    growing.close(whole=True)


def fetch(run: Run, path: Path) -> Read:
    """The original from the store into ``path``."""
    run.watch.stage("fetching")
    size = get_store().head(run.begun.key).size
    require_space(path.parent, size)
    return read_original(
        run.begun.key,
        into=path,
        cancelled=run.watch.cancelled,
        on_bytes=lambda done: run.watch.percent(100 * done // max(size, 1)),
    )


def _verify(run: Run, path: Path, read: Read) -> Sniffed:
    """Quarantine ends here: the bytes are the announced ones and of a type that fits the asset's kind."""
    _require_announced(run, read)
    persistently(lambda: attempts.note_hash(run.begun, read))
    sniffed = sniff(path)
    require_kind(sniffed, run.begun.kind)
    persistently(lambda: attempts.mark_verified(run.begun, read=read, media_type=sniffed.media_type))
    return sniffed


def _require_announced(run: Run, read: Read) -> None:
    begun = run.begun
    expected = begun.sha256 or begun.announced_sha256
    if read.size == begun.size and expected in ("", read.sha256):
        return
    again = read_original(begun.key, into=None, cancelled=run.watch.cancelled)
    if again != read:
        raise InfrastructureError("The object store gives other bytes each time it is read.", code="store_unreliable")
    if begun.sha256:
        raise InfrastructureError(
            "The stored original is no longer the file that was verified: run mediacenter verify and restore it.",
            code="original_altered",
        )
    persistently(lambda: attempts.note_hash(begun, read))
    raise MediaRejected(
        f"What arrived is not the file that was announced: {read.size} bytes with SHA-256 {read.sha256} instead of "
        f"{begun.size} bytes with {expected or 'an unannounced SHA-256'}. Upload it again.",
        code="checksum_mismatch",
    )


def store(run: Run, output: Path, result: ProcessingResult) -> dict[str, int]:
    """Put every rendition under this attempt's own prefix; their sizes in bytes by path."""
    run.watch.stage("storing")
    sizes: dict[str, int] = {}
    for number, file in enumerate(result.renditions, start=1):
        if run.watch.cancelled():
            raise Stopped("The worker is stopping.")
        stored = get_store().put_file(f"{run.begun.prefix}{file.path}", output / file.path, media_type=file.media_type)
        sizes[str(file.path)] = stored.size
        run.watch.percent(100 * number // len(result.renditions))
    return sizes


def settle(run: Run, error: Exception, *, retries: int) -> str | None:
    """Write how the run ended; the outcome, or None where the error goes on to be retried."""
    begun = run.begun
    if run.watch.superseded or isinstance(error, Superseded):
        persistently(lambda: attempts.abandon(begun))
        logger.warning("version %s: attempt %s was superseded by another run", begun.version_id, begun.attempt)
        return "superseded"
    decision = decide_retry(error, retries)
    try:
        if isinstance(error, CannotChunk):
            logger.warning("version %s is encoded whole: %s", begun.version_id, error)
            persistently(lambda: give_up(begun, reason=str(error)))
            return "to be encoded whole"
        return _write_end(begun, error, decision if isinstance(decision, Park) else None)
    except Superseded:
        persistently(lambda: attempts.abandon(begun))
        return "superseded"


def _write_end(begun: Begun, error: Exception, park: Park | None) -> str | None:
    if park is None:
        code = error.reason if isinstance(error, InfrastructureError) else type(error).__name__
        persistently(lambda: attempts.put_back(begun, code=code, message=str(error)[:2000]))
        return None
    if isinstance(error, MediaRejected):
        persistently(lambda: attempts.reject(begun, code=park.code, message=park.message))
        logger.info("version %s is rejected: %s", begun.version_id, park.code)
        return "rejected"
    persistently(lambda: attempts.park(begun, code=park.code, message=park.message))
    return None  # the job itself is marked as failed, for operators


def discard(begun: Begun) -> None:
    """Remove what this run stored, unless rows say that it was published after all. Else the sweeper does it later."""
    try:
        if not Rendition.objects.filter(version=begun.version_id, attempt=begun.attempt).exists():
            get_store().delete_prefix(begun.prefix)
    except (StoreUnavailable, OperationalError, InterfaceError) as error:
        logger.warning("renditions of attempt %s stay until the sweeper: %s", begun.attempt, error)
