"""A worker process: takes jobs until it is told to stop, and outlives its database's absences."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker
from psycopg.errors import ForeignKeyViolation

from assets.queue import ALL_QUEUES
from assets.usecases.assets_publish_due import publish_all_due
from transcoding.abilities import Abilities, find_abilities, missing_for, queues_within, with_hardware
from transcoding.announcing import announce
from transcoding.frozen_sessions import end_frozen_sessions
from transcoding.lifeline import DECLARED_DEAD, Lifeline, end_process
from transcoding.patience import worker_app
from transcoding.pictures.process import parents
from transcoding.scratch import remove_leftovers
from transcoding.sealing import Sealer
from transcoding.sweeping import take_up_stalled_jobs

logger = logging.getLogger(__name__)

FINISH_SECONDS: Final = 5.0
"""After SIGTERM or SIGINT a job may finish within this time (photos do); then it is cut off and queued again. Even with
the seconds that its child gets to end, a stop takes about the ten seconds that container engines give."""
POLL_SECONDS: Final = 2.0
ANNOUNCE_SECONDS: Final = 0.5
CLOCK_SECONDS: Final = 2.0
"""How often each worker looks for what is due and for who holds the others up: also while every slot is transcoding, or
waits."""


def run_worker(*, queues: Sequence[str] | None = None, concurrency: int = 1, wait: bool = True) -> None:
    """Work on ``queues`` (None: all) with ``concurrency`` jobs at a time until SIGTERM or SIGINT.

    Begins when the database is there, however long that takes, by taking up what dead workers left. With ``wait``
    false, ends once the queues are empty. A worker that loses its lease ends the process (``transcoding/lifeline.py``).
    """
    remove_leftovers()
    _take_up_when_database_is_there()
    abilities = find_abilities()
    able = _able_queues(queues, abilities)
    try:
        asyncio.run(_work(queues=able, concurrency=concurrency, wait=wait, abilities=abilities))
    finally:
        parents().close()


def _able_queues(asked: Sequence[str] | None, abilities: Abilities) -> list[str] | None:
    """What it may take jobs of. A worker that could do nothing at all ends, and says so."""
    able = queues_within(asked, abilities)
    for queue in asked or ALL_QUEUES:
        missing = missing_for(queue, abilities)
        if missing:
            reason = abilities.fault or f"this ffmpeg lacks {', '.join(missing)}"
            logger.warning("jobs of %s are left to other workers: %s", queue, reason)
    if able == []:
        sys.exit("This worker can do nothing of the queues that it was given; see the warnings above.")
    return able


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


async def _work(*, queues: Sequence[str] | None, concurrency: int, wait: bool, abilities: Abilities) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(concurrency + 2, thread_name_prefix="job"))
    app = worker_app()
    shift = _Shift()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, shift.end)
    shift.lifeline.start()
    sealer = Sealer()
    sealer.start()
    say = partial(announce, queues=queues, concurrency=concurrency)
    aside = [asyncio.create_task(_pulse(shift.lifeline)), asyncio.create_task(_announcing(shift, say, abilities))]
    if wait:
        aside.append(asyncio.create_task(_clock()))
    try:
        async with app.open_async():
            while not shift.is_over:
                shift.worker = _worker(app, queues=queues, concurrency=concurrency, wait=wait)
                await _run(shift.worker)
                if not wait:
                    return
                if not shift.is_over:
                    logger.error("the worker stopped by itself and is started again")
                    await asyncio.sleep(1)
    finally:
        for task in aside:
            task.cancel()
        shift.lifeline.close()
        sealer.close()


class _Shift:
    """From the start of the process until it is told to stop; ``worker`` is Procrastinate's present one."""

    def __init__(self) -> None:
        self.worker: Worker | None = None
        self.is_over = False
        self.lifeline = Lifeline(
            worker_id=lambda: self.worker.worker_id if self.worker else None, stalled_after=settings.STALLED_AFTER
        )

    def end(self) -> None:
        """Told to stop. Told again, nothing changes: the watchdog holds the stop to its time."""
        logger.info("stopping: running jobs may finish within %.0f s", FINISH_SECONDS)
        self.is_over = True
        self.lifeline.stop_ordered()
        if self.worker is not None:
            self.worker.stop()  # type: ignore[no-untyped-call]  # Procrastinate leaves it without a type


def _worker(app: App, *, queues: Sequence[str] | None, concurrency: int, wait: bool) -> Worker:
    stalled_after = settings.STALLED_AFTER.total_seconds()
    return Worker(
        app=app,
        queues=list(queues) if queues else None,  # psycopg would send a tuple as a row, which is no array
        concurrency=concurrency,
        wait=wait,
        name="worker",
        fetch_job_polling_interval=POLL_SECONDS,
        abort_job_polling_interval=POLL_SECONDS,
        shutdown_graceful_timeout=FINISH_SECONDS,
        install_signal_handlers=False,
        update_heartbeat_interval=stalled_after / 3,
        stalled_worker_timeout=stalled_after,
        task_middleware=app.worker_defaults.get("task_middleware"),
    )


async def _run(worker: Worker) -> None:
    try:
        await worker.run()  # type: ignore[no-untyped-call]  # Procrastinate leaves it without a type
    except ConnectorException as error:
        if isinstance(error.__cause__, ForeignKeyViolation):  # it asked for a job in the name of a row that is gone
            end_process(DECLARED_DEAD)
        logger.exception("the queue failed")


async def _pulse(lifeline: Lifeline) -> None:
    while True:
        lifeline.loop_moved()
        await asyncio.sleep(0.5)


async def _announcing(shift: _Shift, say: Callable[..., bool], abilities: Abilities) -> None:
    """Each lease of this process is announced as soon as there is one, and again when the hardware was tried."""
    loop = asyncio.get_running_loop()
    trial = loop.run_in_executor(None, with_hardware, abilities)
    announced: tuple[int, Abilities] | None = None
    while True:
        lease = shift.worker.worker_id if shift.worker else None
        known = trial.result() if trial.done() else abilities
        if lease is not None and announced != (lease, known):
            done = await loop.run_in_executor(None, partial(say, lease, abilities=known))
            announced = (lease, known) if done else announced
        await asyncio.sleep(ANNOUNCE_SECONDS)


async def _clock() -> None:
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(1, thread_name_prefix="clock")
    try:
        while True:
            await loop.run_in_executor(pool, publish_what_is_due)
            await loop.run_in_executor(pool, end_frozen_sessions)
            await asyncio.sleep(CLOCK_SECONDS)
    finally:
        pool.shutdown(wait=False)


def publish_what_is_due() -> int:
    """One look at the schedule; how many were published. A database that is away is asked again at the next look."""
    try:
        return publish_all_due()
    except (OperationalError, InterfaceError) as error:
        logger.warning("the schedule waits for the database: %s", error)
    except Exception:  # whatever one asset does, the others keep their time
        logger.exception("the schedule could not be looked at")
    finally:
        close_old_connections()
    return 0
