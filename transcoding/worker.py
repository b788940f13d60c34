"""A worker process: takes jobs until it is told to stop, and outlives its database's absences."""

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from procrastinate.worker import Worker

from transcoding.lifeline import Lifeline
from transcoding.patience import worker_app
from transcoding.scratch import remove_leftovers
from transcoding.sweeping import take_up_stalled_jobs

logger = logging.getLogger(__name__)

FINISH_SECONDS: Final = 5.0
"""After SIGTERM or SIGINT a job may finish within this time (photos do); then it is cut off and queued again. Even with
the seconds that its child gets to end, a stop takes about the ten seconds that container engines give."""
POLL_SECONDS: Final = 2.0


def run_worker(*, queues: Sequence[str] | None = None, concurrency: int = 1, wait: bool = True) -> None:
    """Work on ``queues`` (None: all) with ``concurrency`` jobs at a time until SIGTERM or SIGINT.

    Begins when the database is there, however long that takes, by taking up what dead workers left. With ``wait``
    false, ends once the queues are empty. A worker that loses its lease ends the process (``transcoding/lifeline.py``).
    """
    remove_leftovers()
    _take_up_when_database_is_there()
    asyncio.run(_work(queues=queues, concurrency=concurrency, wait=wait))


def _take_up_when_database_is_there() -> None:
    while True:
        try:
            take_up_stalled_jobs()
        except (OperationalError, InterfaceError) as error:
            logger.warning("waiting for the database: %s", error)
            connection.close()
            time.sleep(1)
        else:
            connection.close()
            return


async def _work(*, queues: Sequence[str] | None, concurrency: int, wait: bool) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(concurrency + 2, thread_name_prefix="job"))
    stalled_after = settings.STALLED_AFTER.total_seconds()
    app = worker_app()
    worker = _ObservedWorker(
        app=app,
        queues=queues,
        concurrency=concurrency,
        wait=wait,
        name="worker",
        fetch_job_polling_interval=POLL_SECONDS,
        abort_job_polling_interval=POLL_SECONDS,
        shutdown_graceful_timeout=FINISH_SECONDS,
        update_heartbeat_interval=stalled_after / 3,
        stalled_worker_timeout=stalled_after,
        task_middleware=app.worker_defaults.get("task_middleware"),
    )
    worker.lifeline = lifeline = Lifeline(worker_id=lambda: worker.worker_id, stalled_after=settings.STALLED_AFTER)
    lifeline.start()
    pulse = asyncio.create_task(_pulse(lifeline))
    try:
        async with app.open_async():
            await worker.run()  # type: ignore[no-untyped-call]  # Procrastinate leaves it without a type
    finally:
        pulse.cancel()
        lifeline.close()


async def _pulse(lifeline: Lifeline) -> None:
    while True:
        lifeline.loop_moved()
        await asyncio.sleep(0.5)


class _ObservedWorker(Worker):
    """Tells its lifeline when it is told to stop, so that the stop can be held to its time."""

    lifeline: Lifeline

    def stop(self) -> None:
        self.lifeline.stop_ordered()
        logger.info("stopping: running jobs may finish within %.0f s", FINISH_SECONDS)
        super().stop()  # type: ignore[no-untyped-call]  # Procrastinate leaves it without a type
