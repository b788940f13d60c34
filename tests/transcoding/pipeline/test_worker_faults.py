"""Worker processes, killed, stopped and frozen on purpose; nothing is lost (A), every job ends in one result (C)."""

import random
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.models import AssetVersion, ProcessingAttempt
from assets.queue import defer_processing
from assets.storage import get_store
from tests import factories
from tests.transcoding.pipeline.conftest import Workers, media_children, nothing_is_left, wait_until, whole_set
from tests.transcoding.pipeline.outcomes import (
    assert_done_once,
    job_states,
    queued_film,
    queued_photo,
    running_ffmpegs,
    stage_of,
    state_of,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_queue"), pytest.mark.faults]
State = ProcessingAttempt.State


def test_a_worker_processes_what_is_queued_and_ends_when_told(workers: Workers, short_film: Path) -> None:
    photo, film = queued_photo(), queued_film(short_film)
    worker = workers.start(concurrency=2)

    wait_until(lambda: state_of(photo) == state_of(film) == "ready", within=60, what="both ready")
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(15) == 0
    assert job_states() == {"succeeded"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_workers")
        assert cursor.fetchone() == (0,)


def test_a_job_exists_if_and_only_if_its_transaction_is_committed() -> None:
    def fail_after_queueing() -> None:
        with transaction.atomic():
            defer_processing(factories.make_version())
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail_after_queueing()

    assert not ProcrastinateJob.objects.exists()
    assert not AssetVersion.objects.exists()


@pytest.mark.timeout(180)
def test_a_worker_killed_in_the_middle_of_a_transcode_leaves_a_job_that_another_ends(
    workers: Workers, long_film: Path
) -> None:
    version = queued_film(long_film)
    first = workers.start()
    wait_until(lambda: stage_of(version) == "rendering", within=40, what="rendering begun")
    time.sleep(random.uniform(0, 2))

    first.kill()
    first.wait(10)

    wait_until(lambda: not media_children(), within=3, what="the children died with their worker")
    workers.start()
    wait_until(lambda: state_of(version) == "ready", within=120, what="ready by the second worker")
    assert_done_once(version, original=long_film.read_bytes())
    assert sorted(version.attempts.values_list("state", flat=True)) == ["abandoned", "succeeded"]
    wait_until(lambda: job_states() == {"succeeded"}, within=5, what="the job ended")


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_workers_killed_at_random_moments_lose_nothing(workers: Workers, short_film: Path) -> None:
    versions = [queued_film(short_film) for _ in range(3)] + [queued_photo() for _ in range(5)]
    for _ in range(5):
        worker = workers.start(concurrency=2)
        time.sleep(random.uniform(2, 8))
        worker.kill()
        worker.wait(10)
    # kills count against a file: three of them would park it, which is an end with a reason, too
    workers.start(concurrency=2)

    wait_until(lambda: {state_of(v) for v in versions} <= {"ready", "rejected"}, within=180, what="all ended")
    for version in versions:
        version.refresh_from_db()
        if version.state == "ready":
            with get_store().open(version.original_key) as stored:
                assert_done_once(version, original=stored.read())
        else:
            assert version.rejection_code == "processing_crashed"


def an_ffmpeg_is_frozen() -> bool:
    """Freeze what runs; whether something did, and is frozen now."""
    for child in running_ffmpegs():
        with suppress(psutil.NoSuchProcess):
            child.suspend()
            return child.status() != psutil.STATUS_ZOMBIE
    return False


@pytest.mark.timeout(180)
def test_a_killed_ffmpeg_is_started_again(workers: Workers, long_film: Path) -> None:
    version = queued_film(long_film)
    workers.start()
    wait_until(lambda: bool(running_ffmpegs()), within=40, what="ffmpeg running")

    for child in running_ffmpegs():
        child.kill()

    wait_until(lambda: state_of(version) == "ready", within=140, what="ready in the second run")
    assert_done_once(version, original=long_film.read_bytes())
    assert version.attempts.filter(state=State.FAILED).count() == 1


@pytest.mark.timeout(180)
def test_a_frozen_worker_whose_job_was_taken_ends_itself_and_changes_nothing(workers: Workers, long_film: Path) -> None:
    version = queued_film(long_film)
    zombie = workers.start()
    wait_until(lambda: stage_of(version) == "rendering", within=40, what="rendering begun")
    worker = psutil.Process(zombie.pid)
    worker.suspend()
    frozen = [worker, *worker.children(recursive=True)]
    for process in frozen[1:]:
        with suppress(psutil.NoSuchProcess):  # it had done its part
            process.suspend()

    workers.start()
    wait_until(lambda: version.attempts.count() == 2, within=40, what="another worker took the job")
    for process in reversed(frozen):
        if process.is_running():
            process.resume()

    assert zombie.wait(30) == 70
    assert "declared this one dead" in workers.log()
    wait_until(lambda: state_of(version) == "ready", within=120, what="ready")
    assert_done_once(version, original=long_film.read_bytes())


def test_a_job_delivered_twice_ends_in_one_result(workers: Workers, short_film: Path) -> None:
    version = queued_film(short_film)
    with connection.cursor() as cursor:  # without its lock, so that both run at once
        cursor.execute("UPDATE procrastinate_jobs SET lock = NULL")
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) SELECT queue_name, task_name, args"
            " FROM procrastinate_jobs"
        )
    workers.start(concurrency=2)

    wait_until(lambda: job_states() == {"succeeded"}, within=90, what="both jobs ended")

    assert_done_once(version, original=short_film.read_bytes())
    everything = whole_set(o.key for o in get_store().list_objects(f"renditions/{version.asset_id}/"))
    assert everything == {row.key for row in version.renditions.all()}


@pytest.mark.timeout(180)
def test_a_file_that_ends_its_worker_three_times_is_parked_and_the_queue_flows(
    workers: Workers, long_film: Path
) -> None:
    poison = queued_film(long_film)
    for _ in range(3):
        worker = workers.start()
        wait_until(lambda: stage_of(poison) == "rendering", within=60, what="rendering begun")
        worker.kill()
        worker.wait(10)
        with connection.cursor() as cursor:  # instead of waiting until its heartbeat is old
            cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = NOW() - INTERVAL '1 hour'")
        ProcessingAttempt.objects.filter(version=poison).update(stage="")
    healthy = queued_photo()
    workers.start()

    wait_until(lambda: state_of(healthy) == "ready", within=60, what="the photo behind it is ready")

    wait_until(lambda: state_of(poison) == "rejected", within=60, what="the film is parked")
    poison.refresh_from_db()
    assert poison.rejection_code == "processing_crashed"
    assert poison.rejection_message
    wait_until(lambda: job_states() == {"succeeded"}, within=15, what="both jobs ended")
    wait_until(nothing_is_left, within=15, what="work folders gone")


@pytest.mark.timeout(180)
def test_a_worker_told_to_stop_under_load_puts_its_job_back_at_once(workers: Workers, long_film: Path) -> None:
    version = queued_film(long_film)
    worker = workers.start()
    wait_until(lambda: stage_of(version) == "rendering", within=40, what="rendering begun")
    wait_until(an_ffmpeg_is_frozen, within=40, what="an ffmpeg that does not end in the time that a stop leaves it")

    begun = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0

    assert time.monotonic() - begun < 20
    assert nothing_is_left()
    version.refresh_from_db()
    assert version.attempts_made == 0
    assert version.attempts.get().code == "worker_stopping"
    assert job_states() == {"todo"}
    workers.start()
    wait_until(lambda: state_of(version) == "ready", within=120, what="ready")
    assert_done_once(version, original=long_film.read_bytes())


def test_priority_goes_to_urgent_items(workers: Workers) -> None:
    with transaction.atomic():
        routine = [factories.make_version() for _ in range(2)]
        urgent = factories.make_version(factories.make_asset(urgency=1))
        for version in (*routine, urgent):
            defer_processing(version)

    worker = workers.start(wait=False)
    assert worker.wait(90) == 0

    order = ProcessingAttempt.objects.order_by("started_at").values_list("version_id", flat=True)
    assert list(order) == [urgent.pk, routine[0].pk, routine[1].pk]


def warm_parents_of(worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
    children = psutil.Process(worker.pid).children()
    return [child for child in children if "transcoding.pictures" in child.cmdline()]


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.mark.timeout(180)
def test_a_worker_whose_warm_parent_is_killed_goes_on_and_takes_the_next_with_it(workers: Workers) -> None:
    first = queued_photo()
    worker = workers.start()
    wait_until(lambda: state_of(first) == "ready", within=90, what="the first photo ready")
    (parent,) = warm_parents_of(worker)
    parent.kill()

    second = queued_photo()
    wait_until(lambda: state_of(second) == "ready", within=90, what="the second photo ready")
    assert second.attempts.count() == 1, "replaced in silence"
    (other,) = warm_parents_of(worker)
    assert other.pid != parent.pid

    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    wait_until(lambda: not is_alive(other), within=10, what="the warm parent gone")


@pytest.mark.timeout(180)
def test_a_killed_worker_takes_its_warm_parent_with_it(workers: Workers) -> None:
    photo = queued_photo()
    worker = workers.start()
    wait_until(lambda: state_of(photo) == "ready", within=90, what="the photo ready")
    (parent,) = warm_parents_of(worker)

    worker.kill()
    worker.wait(10)

    wait_until(lambda: not is_alive(parent), within=10, what="the warm parent gone")
