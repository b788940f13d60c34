"""The queue's connection: only one's own jobs are ended, and none is lost with an answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from django.db import connection, transaction
from procrastinate import jobs
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.queue import defer_processing
from tests import factories
from transcoding.patience import PatientConnector, PatientJobManager, worker_app

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_queue")]


def with_manager(act: Callable[[PatientJobManager, PatientConnector], Awaitable[None]]) -> None:
    async def run() -> None:
        app = worker_app()
        async with app.open_async():
            assert isinstance(app.job_manager, PatientJobManager)
            assert isinstance(app.connector, PatientConnector)
            await act(app.job_manager, app.connector)

    asyncio.run(run())


def queue_one() -> None:
    with transaction.atomic():
        defer_processing(factories.make_version())


def statuses() -> list[str]:
    return list(ProcrastinateJob.objects.order_by("id").values_list("status", flat=True))


def test_a_worker_ends_its_own_job_once() -> None:
    queue_one()

    async def act(manager: PatientJobManager, _: PatientConnector) -> None:
        job = await manager.fetch_job(None, await manager.register_worker())
        assert job is not None
        await manager.finish_job(job, jobs.Status.SUCCEEDED, delete_job=False)
        await manager.finish_job(job, jobs.Status.FAILED, delete_job=False)

    with_manager(act)

    assert statuses() == ["succeeded"]


@pytest.mark.parametrize("end", ["finish", "retry"])
def test_a_worker_that_was_taken_for_dead_does_not_end_another_s_run(
    end: str, caplog: pytest.LogCaptureFixture
) -> None:
    queue_one()

    async def act(manager: PatientJobManager, connector: PatientConnector) -> None:
        zombie, other = PatientJobManager(connector), manager
        job = await zombie.fetch_job(None, await zombie.register_worker())
        assert job is not None
        assert job.id is not None
        await other.retry_job_by_id_async(job.id, retry_at=None)  # type: ignore[arg-type]
        assert await other.fetch_job(None, await other.register_worker()) is not None
        if end == "finish":
            await zombie.finish_job(job, jobs.Status.SUCCEEDED, delete_job=False)
        else:
            await zombie.retry_job(job)

    with caplog.at_level(logging.WARNING, "transcoding.patience"):
        with_manager(act)

    assert statuses() == ["doing"]
    assert "no longer this worker's" in caplog.text


def test_a_job_whose_fetch_was_carried_out_but_not_answered_goes_back_to_the_queue() -> None:
    queue_one()
    queue_one()

    async def act(manager: PatientJobManager, connector: PatientConnector) -> None:
        worker = await manager.register_worker()
        lost = await PatientJobManager(connector).fetch_job(None, worker)
        connector.breaks += 1
        held = await manager.fetch_job(None, worker)
        assert lost is not None
        assert held is not None
        assert lost.id != held.id

    with_manager(act)

    assert statuses() == ["todo", "doing"]


def test_a_query_waits_for_a_connection_that_was_cut() -> None:
    async def act(manager: PatientJobManager, connector: PatientConnector) -> None:
        await manager.register_worker()
        await asyncio.to_thread(cut_all_others)
        assert await manager.register_worker() > 0

    with_manager(act)
    connection.close()  # this thread's was cut, too


def cut_all_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    connection.close()


def test_the_periodic_jobs_are_queued_on_the_patient_connection() -> None:
    app = worker_app()

    assert app.periodic_registry.periodic_tasks.keys() == django_app.periodic_registry.periodic_tasks.keys()
    assert {str(task.task.blueprint) for task in app.periodic_registry.periodic_tasks.values()} == {str(app)}
