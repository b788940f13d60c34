"""What dead workers, lost jobs and failed runs leave behind, put right. Each may run anywhere, any number of times."""

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat, Now
from django.utils import timezone
from procrastinate import sql
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.growing import FOLDER as GROWING_FOLDER
from assets.models import (
    AssetVersion,
    ChunkedFilm,
    FilmChunk,
    GrowingStream,
    ProcessingAttempt,
    QueuedWork,
    Rendition,
    ReplacedObject,
    Tombstone,
    Upload,
)
from assets.queue import ENCODE_CHUNK, JOIN_FILM, PROCESS_VERSION, defer_processing
from assets.states import UploadState
from assets.storage import get_store
from assets.usecases.assets_purge import prefixes_of
from transcoding.attempts import UNFINISHED
from transcoding.chunks.film import FOLDER
from transcoding.chunks.rows import requeue

logger = logging.getLogger(__name__)

KEEP_REPLACED: Final = timedelta(hours=2)
"""Longer than a signed URL lives: whoever is watching keeps watching while renditions are replaced."""
UNKNOWN_AFTER: Final = timedelta(hours=24)
LOOK_BACK: Final = timedelta(days=7)
KEEP_JOBS: Final = timedelta(days=30)


@transaction.atomic
def take_up_stalled_jobs() -> int:
    """Declare workers without a heartbeat dead and give their jobs, with their locks, back to the queue; how many jobs.

    A worker's row is its lease: whoever deletes it owns its jobs, and a worker that finds it gone ends itself
    (``transcoding/lifeline.py``). The heartbeat's update and this deletion exclude each other by the row's lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            sql.queries["prune_stalled_workers"], {"seconds_since_heartbeat": settings.STALLED_AFTER.total_seconds()}
        )
        dead = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL ORDER BY id"
            " FOR UPDATE SKIP LOCKED"
        )
        jobs = [row[0] for row in cursor.fetchall()]
    for job in jobs:
        _give_back(job)
    if dead or jobs:
        logger.warning("workers %s are dead; jobs %s are taken up again", dead, jobs)
    return len(jobs)


def _give_back(job_id: int) -> None:
    arguments = {
        "job_id": job_id,
        "retry_at": None,
        "new_priority": None,
        "new_queue_name": None,
        "new_lock": None,
    }
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.queries["retry_job"], arguments)
    except IntegrityError:  # its queueing lock is taken: the same job already waits
        with connection.cursor() as cursor:
            cursor.execute(sql.queries["finish_job"], {"job_id": job_id, "status": "failed", "delete_job": False})


def requeue_forgotten_versions() -> int:
    """Queue the versions that are not finished and that no job of theirs or of their chunks will finish (a restored
    database, a job ended by a worker that was taken for dead); how many."""
    live = ProcrastinateJob.objects.filter(
        task_name__in=(PROCESS_VERSION, JOIN_FILM), status__in=("todo", "doing"), lock=OuterRef("job_lock")
    )
    chunks = FilmChunk.objects.filter(film=OuterRef("attempt")).annotate(
        job_lock=Concat(Value("chunk:"), Cast("pk", CharField()))
    )
    encoding = ProcrastinateJob.objects.filter(
        task_name=ENCODE_CHUNK, status__in=("todo", "doing"), lock=OuterRef("job_lock")
    )
    forgotten = (
        AssetVersion.objects.filter(state__in=UNFINISHED, asset__purging_at__isnull=True)
        .annotate(job_lock=Concat(Value("version:"), Cast("pk", CharField())))
        .exclude(Exists(live))
        .exclude(Exists(chunks.filter(Exists(encoding))))
    )
    count = 0
    for pk in list(forgotten.values_list("pk", flat=True)[:1000]):
        with transaction.atomic():
            version = (
                AssetVersion.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("asset")
                .filter(pk__in=forgotten.filter(pk=pk).values("pk"))
                .first()
            )
            if version is not None:
                _queue_again(version)
                count += 1
                logger.warning("version %s had no job and was queued again", version.pk)
    return count


def forget_lost_places() -> int:
    """Remove what stands in line without a job that waits (ended by hand, lost with a restored database); how many."""
    waiting = ProcrastinateJob.objects.filter(
        task_name=PROCESS_VERSION,
        status="todo",
        lock=Concat(Value("version:"), Cast(OuterRef("pk"), CharField())),
    )
    return int(QueuedWork.objects.exclude(Exists(waiting)).delete()[0])


def _queue_again(version: AssetVersion) -> None:
    """What is left to do: of a film that was cut its chunks or their joining, else everything."""
    running = ProcessingAttempt.State.RUNNING
    if ChunkedFilm.objects.filter(pk=version.attempt, attempt__state=running, cut_at__isnull=False).exists():
        requeue(version)
    else:
        defer_processing(version)


def forget_chunks() -> int:
    """Delete the chunks of films whose attempt has ended, objects and rows; of how many films."""
    ended = ChunkedFilm.objects.filter(attempt__finished_at__lt=Now() - KEEP_REPLACED)
    films = list(ended.select_related("attempt__version")[:1000])
    for film in films:
        version = film.attempt.version
        get_store().delete_prefix(f"renditions/{version.asset_id}/{version.pk}/{film.pk}/{FOLDER}")
        film.delete()
    return len(films)


def delete_unpublished_renditions() -> int:
    """Delete the objects of runs that ended without publishing, or whose result was replaced; how many objects."""
    # by their version, which an index finds: there is none of the attempts of renditions
    kept = Rendition.objects.filter(version=OuterRef("version"), attempt=OuterRef("pk"))
    ended = (
        ProcessingAttempt.objects.filter(finished_at__gt=Now() - LOOK_BACK, finished_at__lt=Now() - KEEP_REPLACED)
        .exclude(state=ProcessingAttempt.State.SUCCEEDED, pk=F("version__attempt"))
        # what crops left was noted key by key as they were replaced: delete_replaced_objects
        .exclude(state=ProcessingAttempt.State.SUCCEEDED, purpose=ProcessingAttempt.Purpose.CROPS)
        .exclude(Exists(kept))
    )
    count = 0
    for attempt in ended.select_related("version").iterator():
        version = attempt.version
        count += get_store().delete_prefix(f"renditions/{version.asset_id}/{version.pk}/{attempt.pk}/")
    return count


def delete_grown_streams() -> int:
    """Delete what grew of films whose runs ended a while ago; how many streams. Whoever was watching has the whole film
    since then."""
    ended = GrowingStream.objects.filter(attempt__finished_at__lt=Now() - KEEP_REPLACED)
    count = 0
    for stream in list(ended.select_related("attempt__version")[:1000]):
        version = stream.attempt.version
        get_store().delete_prefix(f"renditions/{version.asset_id}/{version.pk}/{stream.pk}/{GROWING_FOLDER}/")
        stream.delete()
        count += 1
    return count


def delete_replaced_objects() -> int:
    """Delete the objects whose renditions were replaced a while ago; how many."""
    keys = list(
        ReplacedObject.objects.filter(replaced_at__lt=Now() - KEEP_REPLACED).values_list("pk", flat=True)[:5000]
    )
    for key in keys:
        if not Rendition.objects.filter(key=key).exists():
            get_store().delete(key)
        ReplacedObject.objects.filter(pk=key).delete()
    return len(keys)


def delete_unclaimed_originals() -> int:
    """Delete what uploads left in the store that ended without an asset; how many were looked at.

    Their rows are closed, so that no completion can claim them any more.
    """
    ended = Upload.objects.filter(
        state__in=(UploadState.ABORTED, UploadState.EXPIRED),
        finished_at__gt=Now() - LOOK_BACK,
        finished_at__lt=Now() - KEEP_REPLACED,
    ).exclude(Exists(AssetVersion.objects.filter(original_key=OuterRef("key"))))
    keys = list(ended.values_list("key", flat=True))
    for key in keys:
        get_store().delete(key)
    return len(keys)


def abort_unknown_uploads() -> int:
    """Abort multipart uploads that no open upload stands for and remove what the store never finished writing, once a
    day old; how many."""
    count = 0
    before = timezone.now() - UNKNOWN_AFTER
    for pending in get_store().pending_uploads():
        wanted = Upload.objects.filter(store_upload_id=pending.upload_id, state=UploadState.OPEN)
        if pending.begun < before and not wanted.exists():
            get_store().abort_multipart(pending.key, pending.upload_id)
            count += 1
    return count + get_store().remove_leftovers(older_than=UNKNOWN_AFTER)


def delete_after_purges() -> int:
    """Remove again what was purged lately: a run that was cut off from the database may have stored a rendition after
    the purge had looked; how many objects."""
    ids = list(Tombstone.objects.filter(purged_at__gt=Now() - LOOK_BACK).values_list("pk", flat=True))
    store, count = get_store(), 0
    for asset_id in ids:
        left = [found for prefix in prefixes_of(asset_id) for found in store.list_objects(prefix)]
        count += len(left)
        if left:
            for prefix in prefixes_of(asset_id):
                store.purge_prefix(prefix)
    return count


def forget_old_jobs() -> int:
    """Delete the rows of jobs that ended well more than a month ago; how many. Failed ones stay for an operator."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.queries["delete_old_jobs"],
            {"nb_hours": KEEP_JOBS.total_seconds() / 3600, "queue": None, "statuses": ["succeeded", "cancelled"]},
        )
        return int(cursor.rowcount)
