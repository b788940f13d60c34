"""Asks for processing by the task's name, so that ``assets`` knows nothing of ``transcoding``."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import F, Max, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.fairness import BACKGROUND, URGENT, Tags, clock_of, line_of, priority_of, tags_of
from assets.models import Asset, AssetVersion, ChunkedFilm, FilmChunk, ProcessingAttempt, QueueClock, QueuedWork
from assets.speeds import expected_cost
from assets.states import Kind
from permissions.models import Agency

__all__ = ["BACKGROUND", "VIDEO_BACKGROUND"]

PROCESS_VERSION = "transcoding.process_version"
ENCODE_CHUNK = "transcoding.encode_chunk"
JOIN_FILM = "transcoding.join_film"
MAKE_CROPS = "transcoding.make_crops"
MAKE_AV1 = "transcoding.make_av1"
PUBLISH_SCHEDULED = "assets.publish_scheduled"
WARN_OF_QUOTA = "mediacenter.send_quota_warning"
IMAGES: Final = "images"
VIDEO: Final = "video"
VIDEO_BACKGROUND: Final = "video-background"
"""Work that only fills idle slots: deferred with the priority ``BACKGROUND``, and ended early when it is in the way."""
QUEUES: dict[str, str] = {Kind.PHOTO: IMAGES, Kind.INFOGRAPHIC: IMAGES, Kind.VIDEO: VIDEO, Kind.AUDIO: VIDEO}
FOREGROUND: Final = (IMAGES, VIDEO)
ALL_QUEUES: Final = (*FOREGROUND, VIDEO_BACKGROUND, "harvest", "notify", "maintenance", "purge")
"""What a worker takes that was not told otherwise and cannot do everything."""


def lock_of(version: AssetVersion) -> str:
    """Jobs with the same lock run one after another: all that write the renditions of a version."""
    return f"version:{version.pk}"


def defer_processing(version: AssetVersion) -> None:
    """Queue the processing of a version in the caller's transaction: the job exists if and only if the row does.

    Its place among what waits is decided here, once (``assets/fairness.py``).
    """
    work = _join_line(version)
    app.configure_task(
        PROCESS_VERSION, queue=work.queue, lock=lock_of(version), priority=_priority(version.asset, work.finish)
    ).defer(version_id=str(version.pk))


def _join_line(version: AssetVersion) -> QueuedWork:
    asset = version.asset
    queue, cost = QUEUES[asset.kind], expected_cost(version)
    line = line_of(kind=asset.kind, urgency=asset.urgency, cost=cost)
    others = QueuedWork.objects.filter(queue=queue).exclude(pk=version.pk)
    reading = QueueClock.objects.filter(pk=queue).values_list("reading", flat=True).first()
    chunks = _waiting_chunks(queue)
    waits, now = others.exists() or chunks.exists(), timezone.now().timestamp()
    clock = clock_of(reading=reading, waits=waits, now=now)
    if not (waits and reading is not None):
        QueueClock.objects.update_or_create(pk=queue, defaults={"reading": clock})
    before = [
        others.filter(line=line, version__asset__agency_id=asset.agency_id).aggregate(last=Max("finish"))["last"],
        _chunks_in(chunks, line, asset).aggregate(last=Max("finish"))["last"],
    ]
    tags = tags_of(clock=clock, line_finish=max(filter(None, before), default=None), cost=cost)
    return QueuedWork.objects.update_or_create(
        version=version,
        defaults={"queue": queue, "line": line, "cost": cost, "start": tags.start, "finish": tags.finish},
    )[0]


def _waiting_chunks(queue: str) -> QuerySet[FilmChunk]:
    """Of films that are encoded in chunks in this queue, what is not done."""
    kinds = [kind for kind, name in QUEUES.items() if name == queue]
    return FilmChunk.objects.filter(
        done_at__isnull=True,
        film__attempt__state=ProcessingAttempt.State.RUNNING,
        film__attempt__version__attempt=F("film_id"),
        film__attempt__version__asset__kind__in=kinds,
    )


def _chunks_in(chunks: QuerySet[FilmChunk], line: QueuedWork.Line, asset: Asset) -> QuerySet[FilmChunk]:
    """Those of the asset's agency that stand in this line."""
    own = chunks.filter(film__attempt__version__asset__agency_id=asset.agency_id)
    urgent = Q(film__attempt__version__asset__urgency__lte=URGENT)
    if line is QueuedWork.Line.URGENT:
        return own.filter(urgent)
    return own.exclude(urgent) if line is QueuedWork.Line.LONG else own.none()


def _priority(asset: Asset, finish: float) -> int:
    return priority_of(finish, kind=asset.kind, urgency=asset.urgency)


def leave_line(version: AssetVersion) -> None:
    """The version waits no longer."""
    QueuedWork.objects.filter(pk=version.pk).delete()


def advance_clock(version: AssetVersion) -> Tags | None:
    """A run of the version begins: it leaves its line, and the clock of its queue moves on to where it finishes. The
    tags that it had; None where it did not stand in line."""
    work = QueuedWork.objects.select_for_update().filter(pk=version.pk).first()
    if work is None:
        return None
    leave_line(version)
    _move_clock(work.queue, work.finish)
    return Tags(start=work.start, finish=work.finish)


def _move_clock(queue: str, reading: float) -> None:
    QueueClock.objects.filter(pk=queue).update(reading=Greatest(F("reading"), Value(reading)))


def divide_work(asset: Asset, tags: Tags | None) -> float:
    """A film is done in chunks from now on, each of which moves the clock by its own part: it goes back to where the
    film starts, unless other work has moved it on. The answer is that start."""
    queue = QUEUES[asset.kind]
    if tags is not None:
        QueueClock.objects.filter(pk=queue, reading=tags.finish).update(reading=tags.start)
        return tags.start
    reading = QueueClock.objects.filter(pk=queue).values_list("reading", flat=True).first()
    return timezone.now().timestamp() if reading is None else reading


def defer_chunk(chunk: FilmChunk, *, of: Asset) -> None:
    """Queue one chunk of a film, in the caller's transaction. Each has a lock of its own: they run side by side, and
    what other agencies bring goes between them."""
    priority = _priority(of, chunk.finish)
    app.configure_task(ENCODE_CHUNK, queue=QUEUES[of.kind], lock=f"chunk:{chunk.pk}", priority=priority).defer(
        chunk_id=str(chunk.pk)
    )


def advance_clock_by(chunk: FilmChunk, *, of: Asset) -> None:
    """A run on the chunk begins."""
    _move_clock(QUEUES[of.kind], chunk.finish)


def defer_joining(version: AssetVersion, *, start: float) -> None:
    """Queue that the chunks of a version's film are joined, in the caller's transaction: by where the film started, and
    so before what came after it."""
    app.configure_task(
        JOIN_FILM, queue=QUEUES[version.asset.kind], lock=lock_of(version), priority=_priority(version.asset, start)
    ).defer(version_id=str(version.pk), attempt_id=str(version.attempt))


def change_urgency(asset: Asset) -> None:
    """What waits of the asset takes the place that its urgency of now gives it, in the caller's transaction."""
    waiting = QueuedWork.objects.select_for_update(of=("self",)).filter(version__asset=asset)
    for version in [work.version for work in waiting.select_related("version")]:
        version.asset = asset
        _move_job(lock_of(version), PROCESS_VERSION, _priority(asset, _join_line(version).finish))
    running = ProcessingAttempt.State.RUNNING
    chunks = FilmChunk.objects.filter(
        film__attempt__version__asset=asset, film__attempt__state=running, done_at__isnull=True
    )
    for chunk in chunks:
        _move_job(f"chunk:{chunk.pk}", ENCODE_CHUNK, _priority(asset, chunk.finish))
    for film in ChunkedFilm.objects.filter(attempt__version__asset=asset, attempt__state=running):
        _move_job(f"version:{film.attempt.version_id}", JOIN_FILM, _priority(asset, film.start))


def _move_job(lock: str, task: str, priority: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET priority = %s WHERE lock = %s AND task_name = %s AND status = 'todo'",
            [priority, lock, task],
        )


def cancel_queued(version: AssetVersion) -> None:
    """Take the version's waiting jobs, of any task, out of the queue, in the caller's transaction."""
    leave_line(version)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'cancelled' WHERE lock = %s AND status = 'todo'",
            [lock_of(version)],
        )


def defer_crops(version: AssetVersion) -> None:
    """Queue that the crops of a version are made anew, in the caller's transaction. One job each time: a job that finds
    them made has nothing to do, while one that waits already may have read the point before this transaction ends.
    After its processing, if that is under way."""
    app.configure_task(MAKE_CROPS, queue=QUEUES[version.asset.kind], lock=lock_of(version), priority=5).defer(
        version_id=str(version.pk)
    )


def waits_for_crops(version: AssetVersion) -> bool:
    """Whether a job for the version's crops waits or is at work."""
    jobs = ProcrastinateJob.objects.filter(task_name=MAKE_CROPS, lock=f"version:{version.pk}")
    return jobs.filter(status__in=("todo", "doing")).exists()


def av1_lock(version_id: UUID) -> str:
    """One run at a time for a version; not the lock of its processing, which would have to wait for hours."""
    return f"av1:{version_id}"


def defer_av1(version: AssetVersion) -> None:
    """Queue that a version is made in AV1 too, in the caller's transaction."""
    app.configure_task(MAKE_AV1, queue=VIDEO_BACKGROUND, lock=av1_lock(version.pk), priority=BACKGROUND).defer(
        version_id=str(version.pk)
    )


def defer_publication(asset: Asset) -> None:
    """Queue the publication of a scheduled asset for its time, in the caller's transaction. The queue compares the time
    with the database's clock, as the publication itself does."""
    app.configure_task(PUBLISH_SCHEDULED, queue="maintenance", priority=20, schedule_at=asset.scheduled_for).defer(
        asset_id=str(asset.pk)
    )


def defer_quota_warning(agency: Agency, kinds: Sequence[str]) -> None:
    """Queue the letter to the agency's administrators, in the caller's transaction."""
    app.configure_task(WARN_OF_QUOTA, queue="notify").defer(agency_id=str(agency.pk), kinds=list(kinds))
