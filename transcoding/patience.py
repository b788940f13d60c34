"""Procrastinate's way to the database, made to wait while the database is away instead of failing.

Stock behaviour: one lost connection ends a side task, the worker stops taking jobs, and whatever runs goes on without a
heartbeat. Here each query is asked again until it is answered; ``transcoding/lifeline.py`` decides when waiting has to
end. A query whose answer was lost may have been carried out: :class:`PatientJobManager` puts right what follows.
"""

import asyncio
import copy
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, LiteralString, TypeVar

import psycopg
import psycopg_pool
from procrastinate import App, exceptions, jobs, sql
from procrastinate.connector import Notify
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django import connector_params
from procrastinate.manager import JobManager
from procrastinate.periodic import PeriodicTask
from procrastinate.psycopg_connector import PsycopgConnector

from assets.queue import FOREGROUND, VIDEO_BACKGROUND
from transcoding.yielding import FOREGROUND_WAITS

logger = logging.getLogger(__name__)
T = TypeVar("T")
PAUSE_SECONDS = 1.0
UNCOUNTED: set[int] = set()
"""Jobs of this process whose present run was ended early on purpose: its end is no failure, and is not counted."""


class PatientConnector(PsycopgConnector):
    """``breaks`` counts the queries whose answer was lost."""

    def __init__(self) -> None:
        parameters = connector_params() | {"connect_timeout": 5}
        super().__init__(kwargs=parameters, min_size=1, max_size=4, timeout=5.0, reconnect_timeout=10.0)
        self.breaks = 0

    async def open_async(self, pool: psycopg_pool.AsyncConnectionPool | None = None) -> None:
        """Open without waiting for a connection: the database may come later."""
        if pool is None and self._async_pool is None:
            pool = await self._create_pool(self._pool_args)
            await pool.open(wait=False)
            self._async_pool = pool
            return
        await super().open_async(pool)

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        ask = super().execute_query_async
        await self._patiently(lambda: ask(query, **arguments))

    async def execute_query_one_async(self, query: LiteralString, **arguments: Any) -> dict[str, Any]:
        ask = super().execute_query_one_async
        return await self._patiently(lambda: ask(query, **arguments))

    async def execute_query_all_async(self, query: LiteralString, **arguments: Any) -> list[dict[str, Any]]:
        ask = super().execute_query_all_async
        return await self._patiently(lambda: ask(query, **arguments))

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        channels = list(channels)
        listen = super().listen_notify
        await self._patiently(lambda: listen(on_notification, channels))

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await ask()
            except exceptions.ConnectorException as error:
                if not _is_away(error):
                    raise
                self.breaks += 1
                logger.warning("the queue waits for the database: %s", error.__cause__)
                await asyncio.sleep(PAUSE_SECONDS)


def _is_away(error: exceptions.ConnectorException) -> bool:
    return isinstance(error.__cause__, psycopg.OperationalError | psycopg.InterfaceError)


class PatientJobManager(JobManager):
    """Ends only jobs that are still its worker's, and loses none where an answer was lost.

    Procrastinate ends a job by its number alone: a worker that was taken for dead would end another's run. And a fetch
    whose answer was lost leaves a job that is "doing" with a living worker and run by nobody.
    """

    def __init__(self, connector: PatientConnector) -> None:
        super().__init__(connector)
        self._patient = connector
        self._held: dict[int, int] = {}
        """Job id to the id of the worker that fetched it."""
        self._breaks_seen = 0

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> jobs.Job | None:
        queues = await self._without_background(queues)
        job = await super().fetch_job(queues, worker_id) if queues is None or queues else None
        if job is not None and job.id is not None:
            self._held[job.id] = worker_id
        if self._patient.breaks != self._breaks_seen:
            self._breaks_seen = self._patient.breaks
            await self._give_back_unheld(worker_id)
        return job

    async def _without_background(self, queues: Iterable[str] | None) -> list[str] | None:
        """Background work does not begin while other media waits for any worker. Among a worker's own queues their
        priorities see to that."""
        if queues is None:
            return None
        wanted = list(queues)
        if VIDEO_BACKGROUND in wanted and not set(FOREGROUND) <= set(wanted):
            found = await self._patient.execute_query_one_async(FOREGROUND_WAITS, foreground=list(FOREGROUND))
            if found["waits"]:
                wanted.remove(VIDEO_BACKGROUND)
        return wanted

    async def finish_job(self, job: jobs.Job, status: jobs.Status, delete_job: bool) -> None:
        await self._end(job, sql.queries["finish_job"], status=status.value, delete_job=delete_job)

    async def retry_job(
        self,
        job: jobs.Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        await self._end(
            job,
            sql.queries["retry_job"],
            retry_at=retry_at,
            new_priority=priority,
            new_queue_name=queue,
            new_lock=lock,
        )
        if job.id in UNCOUNTED:
            UNCOUNTED.discard(job.id or 0)
            await self._patient.execute_query_async(NOT_COUNTED, job_id=job.id)

    async def _end(self, job: jobs.Job, query: str, **arguments: Any) -> None:
        ended = await self._patient.execute_query_all_async(
            query.strip().removesuffix(";") + _IF_HELD, job_id=job.id, holder=self._held.get(job.id or 0), **arguments
        )
        self._held.pop(job.id or 0, None)
        if not ended:
            logger.warning("job %s is no longer this worker's to end, or its end was written before", job.id)

    async def _give_back_unheld(self, worker_id: int) -> None:
        for lost in await self.list_jobs_async(status=jobs.Status.DOING.value, worker_id=worker_id):
            if lost.id is not None and lost.id not in self._held:
                logger.warning("job %s was fetched but its answer was lost; it goes back to the queue", lost.id)
                self._held[lost.id] = worker_id
                await self.retry_job(lost)


NOT_COUNTED = (
    "UPDATE procrastinate_jobs SET attempts = greatest(attempts - 1, 0) WHERE id = %(job_id)s AND status = 'todo'"
)
_IF_HELD = (
    " FROM (SELECT id FROM procrastinate_jobs WHERE id = %(job_id)s AND worker_id = %(holder)s AND status = 'doing'"
    " FOR UPDATE) AS held"
)


def worker_app() -> App:
    """The Django app's tasks and middleware on a patient connection of their own.

    Another app than Procrastinate's Django one: a task that queues a job does it on Django's connection, in its own
    transaction.
    """
    connector = PatientConnector()
    app = App(connector=connector, worker_defaults=django_app.worker_defaults)
    app.tasks = django_app.tasks
    app.job_manager = PatientJobManager(connector)
    for key, periodic in django_app.periodic_registry.periodic_tasks.items():
        task = copy.copy(periodic.task)
        task.blueprint = app  # so that the deferrer queues it on the patient connection
        app.periodic_registry.periodic_tasks[key] = PeriodicTask(
            task=task,
            cron=periodic.cron,
            periodic_id=periodic.periodic_id,
            configure_kwargs=periodic.configure_kwargs,
        )
    return app
