"""The rows of a film in chunks: each function is one short transaction that asks whether the attempt still counts.

Whoever queues something does it in the transaction that says why. All that decide whether the film can be joined lock
the version first, so that exactly one finds itself the last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Greatest, Now

from assets.models import AssetVersion, ChunkedFilm, FilmChunk, ProcessingAttempt
from assets.queue import advance_clock_by, defer_chunk, defer_joining, defer_processing, divide_work
from assets.speeds import cost_of
from assets.states import VersionState
from transcoding import attempts
from transcoding.attempts import CRASHED_CODE, CRASHED_MESSAGE, MAX_CRASHES, Begun, Superseded, begun_of, locked
from transcoding.chunks.film import CannotChunk, Film
from transcoding.chunks.plan import Chunk
from transcoding.chunks.stored import Unreadable, from_json, to_json
from transcoding.watch import STAGES

State = ProcessingAttempt.State
Part = FilmChunk.Part


@dataclass(frozen=True, kw_only=True)
class Taken:
    """One chunk that one worker has begun. ``run`` is its token; the rest as in :class:`FilmChunk`."""

    begun: Begun
    film: Film
    chunk_id: UUID
    run: UUID
    part: str
    number: int
    first: int
    end: int | None
    seek: float
    until: float | None
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Done:
    """One finished chunk. ``files``: SHA-256 by name of the rung or sound; ``facts``: what else is known of it."""

    chunk_id: UUID
    part: str
    number: int
    run: UUID
    files: Mapping[str, str]
    facts: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Joining:
    """A film all of whose chunks are done; ``pictures`` in order."""

    begun: Begun
    film: Film
    pictures: Sequence[Done]
    sound: Done | None


def was_given_up(begun: Begun) -> bool:
    """Whether an earlier attempt found that this version cannot be encoded in chunks."""
    return ProcessingAttempt.objects.filter(version=begun.version_id, code=CannotChunk.code).exists()


@transaction.atomic
def begin_film(begun: Begun, film: Film, *, pictures: int) -> None:
    """The film is in chunks from now on; its sound is queued."""
    version = _running(begun)
    if ChunkedFilm.objects.filter(pk=begun.attempt).exists():
        return  # an earlier commit of this very run, whose answer was lost
    top = film.plan.rungs[0]
    row = ChunkedFilm.objects.create(
        attempt_id=begun.attempt,
        plan=to_json(film),
        pictures=pictures,
        start=divide_work(version.asset, begun.tags),
        cost=cost_of(kind=begun.kind, size=begun.size, seconds=film.admitted.duration, height=top.height),
    )
    if film.plan.audio:
        sound = FilmChunk.objects.create(film=row, part=Part.SOUND, finish=_finish(row, number=0))
        defer_chunk(sound, of=version.asset)


@transaction.atomic
def add_chunk(begun: Begun, chunk: Chunk, *, seek: float, until: float | None, sha256: str) -> None:
    """One chunk's packets are in the store: queue it."""
    version = _running(begun)
    film = ChunkedFilm.objects.get(pk=begun.attempt)
    if film.chunks.filter(part=Part.PICTURE, number=chunk.number).exists():
        return  # as above
    row = FilmChunk.objects.create(
        film=film,
        number=chunk.number,
        finish=_finish(film, number=chunk.number),
        first=chunk.first,
        end=chunk.end,
        seek=seek,
        until=until,
        sha256=sha256,
    )
    defer_chunk(row, of=version.asset)


def _finish(film: ChunkedFilm, *, number: int) -> float:
    """The place in line of a chunk: each is an equal part of the film's work."""
    return film.start + film.cost * (number + 1) / film.pictures


@transaction.atomic
def end_cutting(begun: Begun) -> None:
    """The last chunk is queued. This run has ended in good order: its start was no crash."""
    version = _running(begun)
    ChunkedFilm.objects.filter(pk=begun.attempt).update(cut_at=Now())
    AssetVersion.objects.filter(pk=begun.version_id).update(attempts_made=0)
    ProcessingAttempt.objects.filter(pk=begun.attempt).update(stage="encoding")
    _join_if_done(version)


@transaction.atomic
def take(chunk_id: UUID, *, worker: str) -> Taken | None:
    """Take the chunk's token; None when there is nothing to do: done, superseded, or now parked for crashes."""
    row = FilmChunk.objects.select_related("film__attempt").filter(pk=chunk_id).first()
    if row is None:
        return None
    begun = _begun_of(row.film.attempt)
    if begun is None:
        return None
    rows = FilmChunk.objects.select_for_update(of=("self",)).select_related("film__attempt__version__asset")
    row = rows.filter(pk=chunk_id).first()
    if row is None or row.done_at is not None:
        return None
    film = _film_of(row.film, begun)
    if film is None:
        return None
    if row.starts >= MAX_CRASHES:
        attempts.park(begun, code=CRASHED_CODE, message=CRASHED_MESSAGE)
        return None
    row.run, row.worker, row.starts = uuid4(), worker[:120], row.starts + 1
    row.save(update_fields=["run", "worker", "starts"])
    advance_clock_by(row, of=row.film.attempt.version.asset)
    return Taken(
        begun=begun,
        film=film,
        chunk_id=row.pk,
        run=row.run,
        part=row.part,
        number=row.number,
        first=row.first,
        end=row.end,
        seek=row.seek,
        until=row.until,
        sha256=row.sha256,
    )


def _begun_of(attempt: ProcessingAttempt) -> Begun | None:
    """The attempt's version, locked, where the attempt still counts."""
    version = AssetVersion.objects.select_related("asset").filter(pk=attempt.version_id).first()
    if version is None:
        return None
    begun = begun_of(version, attempt.pk)
    try:
        _running(begun)
    except Superseded:
        return None
    return begun


def _film_of(row: ChunkedFilm, begun: Begun) -> Film | None:
    """The plan; None where it is another release's, and the film is planned anew."""
    try:
        return from_json(Film, row.plan)
    except Unreadable as error:
        version = _running(begun)
        attempts.put_back(begun, code="plan_unreadable", message=str(error)[:2000])
        defer_processing(version)
        return None


def is_held(taken: Taken) -> bool:
    """Whether the run's result would still be taken."""
    counts = Q(film__attempt__state=State.RUNNING, film__attempt__version__attempt=F("film_id"))
    return FilmChunk.objects.filter(counts, pk=taken.chunk_id, run=taken.run, done_at__isnull=True).exists()


@transaction.atomic
def finish(taken: Taken, *, facts: Mapping[str, Any], cpu_seconds: float, wall_seconds: float) -> None:
    """The chunk is done by this run; whoever finishes the last one queues the joining. Raises :class:`Superseded`."""
    version = _running(taken.begun)
    mine = FilmChunk.objects.filter(pk=taken.chunk_id, run=taken.run)
    if mine.filter(done_at__isnull=False).exists():
        return  # an earlier commit of this very run, whose answer was lost
    if not mine.update(done_at=Now(), starts=0, facts=dict(facts), cpu_seconds=cpu_seconds, wall_seconds=wall_seconds):
        raise Superseded
    _note_share(taken.begun)
    _join_if_done(version)


def seconds_spent(attempt: UUID) -> float:
    """Of workers' slots on the chunks of a film."""
    return FilmChunk.objects.filter(film=attempt).aggregate(sum=Sum("wall_seconds"))["sum"] or 0.0


@transaction.atomic
def put_back(taken: Taken) -> None:
    """This run ended in good order without a result, and another will follow: its start was no crash."""
    FilmChunk.objects.filter(pk=taken.chunk_id, run=taken.run).update(starts=Greatest(F("starts") - 1, 0))


@transaction.atomic
def begin_joining(version_id: UUID, attempt: UUID) -> Joining | None:
    """What is to be joined; None when there is nothing to do: superseded, not all done, or now parked for crashes."""
    row = ChunkedFilm.objects.select_related("attempt").filter(pk=attempt, attempt__version=version_id).first()
    begun = None if row is None else _begun_of(row.attempt)
    film = _film_of(row, begun) if row is not None and begun is not None and _is_done(attempt) else None
    if row is None or begun is None or film is None:
        return None
    if row.joins >= MAX_CRASHES:
        attempts.park(begun, code=CRASHED_CODE, message=CRASHED_MESSAGE)
        return None
    ChunkedFilm.objects.filter(pk=attempt).update(joins=F("joins") + 1)
    done = [_done(chunk) for chunk in FilmChunk.objects.filter(film=attempt).order_by("part", "number")]
    return Joining(
        begun=begun,
        film=film,
        pictures=[chunk for chunk in done if chunk.part == Part.PICTURE],
        sound=next((chunk for chunk in done if chunk.part == Part.SOUND), None),
    )


@transaction.atomic
def put_joining_back(begun: Begun) -> None:
    """The joining ended in good order without a result: its start was no crash."""
    ChunkedFilm.objects.filter(pk=begun.attempt).update(joins=Greatest(F("joins") - 1, 0))


@transaction.atomic
def do_again(begun: Begun, lost: Sequence[Done]) -> None:
    """What these chunks made is lost: queue them alone. The last of them queues the joining again."""
    version = _running(begun)
    for chunk in FilmChunk.objects.filter(pk__in=[done.chunk_id for done in lost], done_at__isnull=False):
        chunk.done_at = None
        chunk.save(update_fields=["done_at"])
        defer_chunk(chunk, of=version.asset)


@transaction.atomic
def give_up(begun: Begun, *, reason: str) -> None:
    """End the attempt and queue the version again, to be encoded whole. Raises :class:`Superseded`."""
    version = _running(begun)
    attempts.put_back(begun, code=CannotChunk.code, message=f"The film is encoded whole: {reason}"[:2000])
    defer_processing(version)


def requeue(version: AssetVersion) -> None:
    """Queue what is left to do of a film in chunks, in the caller's transaction: the chunks without result, or the
    joining. A job that has nothing to do ends at once."""
    for chunk in FilmChunk.objects.filter(film=version.attempt, done_at__isnull=True):
        defer_chunk(chunk, of=version.asset)
    _join_if_done(version)


def _running(begun: Begun) -> AssetVersion:
    """The version, locked, where the attempt still counts and has not ended. Raises :class:`Superseded`."""
    version = locked(begun)
    running = ProcessingAttempt.objects.filter(pk=begun.attempt, state=State.RUNNING)
    if version.state != VersionState.PROCESSING or not running.exists():
        raise Superseded
    return version


def _is_done(attempt: UUID | None) -> bool:
    cut = ChunkedFilm.objects.filter(pk=attempt, cut_at__isnull=False)
    return cut.exists() and not FilmChunk.objects.filter(film=attempt, done_at__isnull=True).exists()


def _join_if_done(version: AssetVersion) -> None:
    if _is_done(version.attempt):
        defer_joining(version, start=ChunkedFilm.objects.get(pk=version.attempt).start)


def _note_share(begun: Begun) -> None:
    film = ChunkedFilm.objects.get(pk=begun.attempt)
    chunks = FilmChunk.objects.filter(film=film)
    done, sounds = chunks.filter(done_at__isnull=False).count(), chunks.filter(part=Part.SOUND).count()
    begin, end = STAGES["encoding"]
    share = begin + (end - begin) * done // (film.pictures + sounds)
    ProcessingAttempt.objects.filter(pk=begun.attempt).update(progress=Greatest(F("progress"), share))


def _done(chunk: FilmChunk) -> Done:
    if chunk.run is None:
        raise Superseded
    return Done(
        chunk_id=chunk.pk,
        part=chunk.part,
        number=chunk.number,
        run=chunk.run,
        files=chunk.facts["files"],
        facts=chunk.facts,
    )
