"""Background work makes room for what is urgent, and does not begin while other media waits; with real workers."""

from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.fairness import BACKGROUND
from assets.models import AssetVersion, ProcessingAttempt, QueuedWork, Worker
from assets.queue import PROCESS_VERSION, VIDEO_BACKGROUND, defer_processing, lock_of
from assets.states import Kind
from tests import factories
from tests.transcoding.pipeline.conftest import Workers, nothing_is_left, wait_until
from transcoding.yielding import ROUTINE_PATIENCE, Yielding

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_queue")]


def in_background(film: Path) -> AssetVersion:
    """A film whose processing was queued as background work is."""
    with transaction.atomic():
        version = factories.make_version(factories.make_asset(kind=Kind.VIDEO), original=film, filename="phim.mp4")
        app.configure_task(PROCESS_VERSION, queue=VIDEO_BACKGROUND, lock=lock_of(version), priority=BACKGROUND).defer(
            version_id=str(version.pk)
        )
    return version


def photo(*, urgency: int = 5) -> AssetVersion:
    with transaction.atomic():
        version = factories.make_version(factories.make_asset(urgency=urgency))
        defer_processing(version)
    return version


def state_of(version: AssetVersion) -> str:
    return str(AssetVersion.objects.values_list("state", flat=True).get(pk=version.pk))


def is_encoding(version: AssetVersion) -> bool:
    return ProcessingAttempt.objects.filter(version=version, state="running", stage="rendering").exists()


def job_of(version: AssetVersion) -> ProcrastinateJob:
    return ProcrastinateJob.objects.get(lock=lock_of(version))


@pytest.mark.timeout(240)
def test_background_work_makes_room_for_an_urgent_photo_and_is_done_afterwards(
    workers: Workers, long_film: Path
) -> None:
    film = in_background(long_film)
    workers.start()
    wait_until(lambda: is_encoding(film), within=60, what="the background job encodes")

    urgent = photo(urgency=1)
    wait_until(lambda: state_of(urgent) == "ready", within=30, what="the urgent photo")

    assert state_of(film) == "processing"
    assert job_of(film).attempts == 0, "making room is no failure"
    film.refresh_from_db()
    assert film.attempts_made <= 1
    wait_until(lambda: state_of(film) == "ready", within=150, what="the background job done after all")
    assert sorted(film.attempts.values_list("state", flat=True)) == ["failed", "succeeded"]
    wait_until(nothing_is_left, within=15, what="nothing left")


@pytest.mark.timeout(180)
def test_background_work_goes_on_beside_what_is_routine_or_has_a_free_slot(workers: Workers, long_film: Path) -> None:
    film = in_background(long_film)
    workers.start(concurrency=2)
    wait_until(lambda: is_encoding(film), within=60, what="the background job encodes")

    urgent, routine = photo(urgency=1), photo()
    wait_until(lambda: state_of(urgent) == state_of(routine) == "ready", within=60, what="both photos")

    wait_until(lambda: state_of(film) == "ready", within=150, what="the background job")
    assert list(film.attempts.values_list("state", flat=True)) == ["succeeded"]


@pytest.mark.timeout(120)
def test_background_work_begins_after_everything_else(workers: Workers, short_film: Path) -> None:
    film = in_background(short_film)
    photos = [photo() for _ in range(2)]

    worker = workers.start(wait=False)
    assert worker.wait(100) == 0

    order = list(ProcessingAttempt.objects.order_by("started_at").values_list("version_id", flat=True))
    assert order == [*(each.pk for each in photos), film.pk]


@pytest.mark.timeout(120)
def test_a_worker_for_background_work_alone_waits_while_media_waits_that_others_serve(
    workers: Workers, short_film: Path
) -> None:
    waiting, film = photo(), in_background(short_film)
    with connection.cursor() as cursor:  # a busy worker elsewhere
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + '1 day') RETURNING id")
        elsewhere = cursor.fetchone()[0]
    Worker.objects.create(lease=elsewhere, name="elsewhere", queues=["images"], concurrency=1)

    alone = workers.start(wait=False, queues=[VIDEO_BACKGROUND])
    assert alone.wait(60) == 0
    assert job_of(film).status == "todo"

    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'cancelled' WHERE lock = %s", [lock_of(waiting)])
    alone = workers.start(wait=False, queues=[VIDEO_BACKGROUND])
    assert alone.wait(60) == 0
    assert state_of(film) == "ready"


def lease_of(*queues: str, slots: int) -> int:
    """A living worker that took part in nothing: its lease and what it announced."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT worker_id FROM procrastinate_register_worker_v1()")
        lease = int(cursor.fetchone()[0])
    Worker.objects.create(lease=lease, name=f"host:{lease}", queues=list(queues) or None, concurrency=slots)
    return lease


def doing(queue: str, *, by: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id) VALUES (%s, 't', 'doing', %s)"
            " RETURNING id",
            [queue, by],
        )
        return int(cursor.fetchone()[0])


def must_yield(job: int, *queues: str) -> bool:
    return Yielding(job, queues=list(queues) or None, stopping=lambda: False)()


def test_as_many_make_room_as_slots_are_lacking_the_newest_first() -> None:
    lease = lease_of(slots=3)
    old, middle, new = (doing(VIDEO_BACKGROUND, by=lease) for _ in range(3))
    assert [must_yield(job) for job in (old, middle, new)] == [False] * 3

    photo(urgency=1)
    assert [must_yield(job) for job in (old, middle, new)] == [False, False, True]

    photo(urgency=2)
    assert [must_yield(job) for job in (old, middle, new)] == [False, True, True]


def test_nobody_makes_room_for_what_it_could_not_take() -> None:
    lease = lease_of("video", VIDEO_BACKGROUND, slots=1)
    job = doing(VIDEO_BACKGROUND, by=lease)

    photo(urgency=1)

    assert not must_yield(job, "video", VIDEO_BACKGROUND), "images are others' work"
    assert not must_yield(job, VIDEO_BACKGROUND), "its slot is no use to other work"


def test_a_free_slot_elsewhere_is_enough() -> None:
    busy, idle = lease_of(slots=1), lease_of("images", slots=1)
    job = doing(VIDEO_BACKGROUND, by=busy)
    photo(urgency=1)
    assert not must_yield(job)

    doing("images", by=idle)
    assert must_yield(job)


def test_what_is_routine_is_made_room_for_when_it_has_waited() -> None:
    job = doing(VIDEO_BACKGROUND, by=lease_of(slots=1))
    waiting = photo()
    assert not must_yield(job)

    QueuedWork.objects.filter(pk=waiting.pk).update(queued_at=Now() - ROUTINE_PATIENCE)
    assert must_yield(job)
