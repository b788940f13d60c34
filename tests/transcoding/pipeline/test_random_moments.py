"""Faults 1, 6, 7 and 20 of the list at random moments of a run.

Whenever they strike: one set of renditions, the original untouched, no process and no temporary file left, and nobody
had to do anything by hand. ``make test`` tries two moments of each, ``make test-all`` twenty.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.db import connection

from assets.models import AssetVersion, ProcessingAttempt
from assets.storage import get_store
from tests.transcoding.pipeline.conftest import Workers, media_children, nothing_is_left, wait_until, whole_set
from tests.transcoding.pipeline.moments import Moment, every_moment, length_of
from tests.transcoding.pipeline.outcomes import (
    assert_done_once,
    job_states,
    queued_film,
    queued_photo,
    running_ffmpegs,
    state_of,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_queue"),
    pytest.mark.faults,
    pytest.mark.timeout(240),
]
State = ProcessingAttempt.State
WITHIN = 90
DISK_MIB = 256


@pytest.fixture(scope="session")
def lengths() -> list[float]:
    """Seconds of the undisturbed run, once it was measured."""
    return []


@pytest.fixture
def usual(lengths: list[float], workers: Workers, short_film: Path) -> float:
    """Seconds that a run on the short film takes here when nothing disturbs it."""
    if not lengths:
        version = queued_film(short_film)
        worker = workers.start()
        wait_until(lambda: state_of(version) == "ready", within=WITHIN, what="an undisturbed run")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
        lengths.append(length_of(version))
    return lengths[0]


@pytest.fixture
def small_disk(tmp_path: Path, settings) -> Iterator[Path]:
    """A disk of its own for work folder and media, as the embedded installation has one data folder for both."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "none", disk], check=True)
    settings.STORAGE_URL, settings.SCRATCH_DIR = f"file://{disk / 'objects'}", disk / "scratch"
    get_store.cache_clear()
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def end_at_once(worker: subprocess.Popen[bytes]) -> None:
    """SIGKILL, and its heartbeat made old, instead of waiting until it is."""
    worker.kill()
    worker.wait(10)
    let_heartbeats_be_old()


def let_heartbeats_be_old() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = NOW() - INTERVAL '1 hour'")


def assert_ends_right(version: AssetVersion, film: Path, workers: Workers) -> None:
    """Ready without anybody's help; once; and nothing is left over, in this machine's temporary folder neither."""
    wait_until(lambda: state_of(version) in {"ready", "rejected"}, within=WITHIN, what="an end")
    wait_until(lambda: job_states() == {"succeeded"}, within=30, what="the job ended")
    assert_done_once(version, original=film.read_bytes())
    assert list(workers.temporary.iterdir()) == []


@every_moment
def test_a_worker_killed_at_any_moment_costs_one_run(
    number: int, workers: Workers, short_film: Path, usual: float
) -> None:
    version = queued_film(short_film)
    first = workers.start()
    Moment(fault="worker killed", number=number).await_in(version, usual=usual)

    end_at_once(first)

    wait_until(lambda: not media_children(), within=3, what="the children died with their worker")
    workers.start()
    assert_ends_right(version, short_film, workers)
    assert version.attempts.count() <= 2


@every_moment
def test_an_ffmpeg_killed_at_any_moment_is_started_again(
    number: int, workers: Workers, short_film: Path, usual: float
) -> None:
    version = queued_film(short_film)
    workers.start()
    Moment(fault="ffmpeg killed", number=number).await_in(version, usual=usual)

    wait_until(lambda: bool(running_ffmpegs()) or state_of(version) == "ready", within=20, what="something to kill")
    for child in running_ffmpegs():
        child.kill()

    assert_ends_right(version, short_film, workers)
    assert version.attempts.count() <= 2


@every_moment
def test_a_disk_that_is_full_at_any_moment_fails_cleanly_and_resumes(
    number: int, small_disk: Path, workers: Workers, short_film: Path, usual: float
) -> None:
    version = queued_film(short_film)
    workers.start()
    Moment(fault="disk full", number=number).await_in(version, usual=usual)

    ballast = small_disk / "ballast"
    fill(ballast)
    failed = version.attempts.filter(state=State.FAILED)
    wait_until(lambda: failed.exists() or state_of(version) != "processing", within=20, what="noticed, or not needed")
    wait_until(lambda: not any_run_goes_on(version), within=20, what="the run ended")
    wait_until(nothing_is_left, within=15, what="children and work folder gone while the disk is full")
    ballast.unlink()

    assert_ends_right(version, short_film, workers)
    assert set(failed.values_list("code", flat=True)) <= {"disk_full", "store_full", "OSError"}
    assert list((small_disk / "objects" / "tmp").iterdir()) == []


def fill(ballast: Path) -> None:
    """Write until the disk has no room for another byte."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def any_run_goes_on(version: AssetVersion) -> bool:
    return version.attempts.filter(state=State.RUNNING).exists()


@every_moment
def test_a_job_delivered_again_at_any_moment_ends_in_one_result(
    number: int, workers: Workers, short_film: Path, usual: float
) -> None:
    version = queued_film(short_film)
    workers.start(concurrency=2)
    Moment(fault="delivered twice", number=number).await_in(version, usual=usual)

    with connection.cursor() as cursor:  # without its lock, so that both can run at once
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) SELECT queue_name, task_name, args"
            " FROM procrastinate_jobs WHERE args ->> 'version_id' = %s",
            [str(version.pk)],
        )

    assert_ends_right(version, short_film, workers)
    everything = whole_set(found.key for found in get_store().list_objects(f"renditions/{version.asset_id}/"))
    assert everything == {row.key for row in version.renditions.all()}


@every_moment
def test_a_zombie_that_wakes_at_any_moment_changes_nothing(
    number: int, workers: Workers, short_film: Path, usual: float
) -> None:
    """It freezes at one moment of its run and goes on at one of the run that took its place."""
    version = queued_film(short_film)
    zombie = workers.start()
    Moment(fault="frozen", number=number).await_in(version, usual=usual)
    frozen = [psutil.Process(zombie.pid), *psutil.Process(zombie.pid).children(recursive=True)]
    for process in frozen:
        process.suspend()

    let_heartbeats_be_old()
    workers.start()
    if state_of(version) != "ready":
        Moment(fault="woken", number=number).await_in(version, attempts=2, usual=usual)
    for process in reversed(frozen):
        if process.is_running():
            process.resume()

    assert zombie.wait(30) == 70
    assert_ends_right(version, short_film, workers)
    assert version.attempts.count() <= 2


@every_moment
def test_a_file_that_ends_its_worker_at_any_three_moments_is_parked_and_the_queue_flows(
    number: int, workers: Workers, short_film: Path, usual: float
) -> None:
    poison = queued_film(short_film)
    for part in range(3):
        worker = workers.start()
        moment = Moment(fault="crash", number=number, part=part)
        moment.await_in(poison, attempts=part + 1, usual=usual, latest=("storing", "publishing"))
        end_at_once(worker)
    healthy = queued_photo()
    workers.start()

    wait_until(lambda: state_of(healthy) == "ready", within=WITHIN, what="the photo behind it is ready")

    wait_until(lambda: state_of(poison) == "rejected", within=60, what="the film is parked")
    poison.refresh_from_db()
    assert poison.rejection_code == "processing_crashed"
    assert poison.rejection_message
    assert not poison.renditions.exists()
    with get_store().open(poison.original_key) as stored:
        assert stored.read() == short_film.read_bytes()
    wait_until(lambda: job_states() == {"succeeded"}, within=15, what="both jobs ended")
    wait_until(nothing_is_left, within=15, what="no process and no work folder")
    assert list(workers.temporary.iterdir()) == []
