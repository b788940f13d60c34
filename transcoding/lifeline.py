"""A worker's lease on its jobs, and the end of a worker that has lost it.

The worker's row in ``procrastinate_workers`` is the lease. The **heart** renews it from a thread and on a connection of
its own: also while the event loop drains, and at once when the database is back. Whoever finds it older than
``STALLED_AFTER`` deletes the row and owns the jobs (``sweeping.take_up_stalled_jobs``: every heart does it, and removes
the work folders that dead processes left on this machine).

The **watchdog** never touches the database, so nothing can make it wait. It ends the process where a job might go on
without a lease; the kernel then ends the worker's children with it.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NoReturn

from django.db import DatabaseError, InterfaceError, connection

from transcoding.scratch import remove_leftovers
from transcoding.sweeping import take_up_stalled_jobs

logger = logging.getLogger(__name__)

BEATS: Final = 6
"""Beats within the time after which a worker counts as dead."""
UNCONFIRMED: Final = 4
"""How many times that time a worker may go on while it cannot reach the database at all: nobody else is likely to
reach it either, and a long transcode is worth two minutes of hope. The token keeps the rows safe meanwhile."""
STOP_SECONDS: Final = 40.0
"""How long an ordered stop may take."""
LOOP_SECONDS: Final = 60.0
"""How long the event loop may stand still on an overloaded machine; the heart beats meanwhile."""
EXIT_CODE: Final = 70
DECLARED_DEAD: Final = "another worker declared this one dead and has its jobs"


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What the watchdog goes by; ages in seconds. ``stopping`` is None until a stop was ordered."""

    declared_dead: bool
    heartbeat: float
    loop: float
    stopping: float | None


def verdict(signs: Signs, *, stalled_after: timedelta) -> str | None:
    """Why the process must end now, or None."""
    allowed = stalled_after.total_seconds()
    if signs.declared_dead:
        return DECLARED_DEAD
    if signs.heartbeat > UNCONFIRMED * allowed:
        return f"its heartbeat could not be written for {signs.heartbeat:.0f} s"
    if signs.loop > LOOP_SECONDS:
        return f"its event loop has not moved for {signs.loop:.0f} s"
    if signs.stopping is not None and signs.stopping > STOP_SECONDS:
        return f"it was told to stop {signs.stopping:.0f} s ago"
    return None


def end_process(reason: str) -> NoReturn:
    """End at once, without the clean-up that a stuck thread could hold up. The supervisor starts another worker."""
    logger.critical("this worker ends itself: %s", reason)
    for handler in logging.getLogger().handlers:
        handler.flush()
    os._exit(EXIT_CODE)


class Lifeline:
    """Heart and watchdog of one worker. ``worker_id`` answers None until Procrastinate has registered the worker."""

    def __init__(
        self,
        *,
        worker_id: Callable[[], int | None],
        stalled_after: timedelta,
        end: Callable[[str], object] = end_process,
    ) -> None:
        self._worker_id = worker_id
        self._stalled_after = stalled_after
        self._end = end
        self._closed = threading.Event()
        self._declared_dead = False
        self._confirmed = self._loop_moved = time.monotonic()
        self._stop_ordered: float | None = None
        self._threads = [
            threading.Thread(target=self._beat, name="heart", daemon=True),
            threading.Thread(target=self._watch, name="watchdog", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """The worker has ended in good order: its row is gone because it took it away itself."""
        self._closed.set()

    def loop_moved(self) -> None:
        self._loop_moved = time.monotonic()

    def stop_ordered(self) -> None:
        self._stop_ordered = self._stop_ordered or time.monotonic()

    def _beat(self) -> None:
        pause = self._stalled_after.total_seconds() / BEATS
        while not self._closed.wait(pause):
            worker = self._worker_id()
            try:
                if worker is not None and not self._renew(worker):
                    self._declared_dead = self._is_missed(worker)
                    continue
                self._confirmed = time.monotonic()
                take_up_stalled_jobs()
                remove_leftovers()
                pause = self._stalled_after.total_seconds() / BEATS
            except (DatabaseError, InterfaceError) as error:
                logger.warning("heartbeat not written: %s", error)
                connection.close()
                pause = 1.0
        connection.close()

    def _renew(self, worker: int) -> bool:
        """Whether the lease still stands."""
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = NOW() WHERE id = %s", [worker])
            return bool(cursor.rowcount == 1)

    def _is_missed(self, worker: int) -> bool:
        """Whether the row of a worker that is still at work is gone: not one that has just taken it away itself."""
        return not self._closed.wait(1.0) and self._worker_id() == worker and not self._renew(worker)

    def _watch(self) -> None:
        while not self._closed.wait(0.5):
            now = time.monotonic()
            reason = verdict(
                Signs(
                    declared_dead=self._declared_dead,
                    heartbeat=now - self._confirmed,
                    loop=now - self._loop_moved,
                    stopping=None if self._stop_ordered is None else now - self._stop_ordered,
                ),
                stalled_after=self._stalled_after,
            )
            if reason is not None:
                self._end(reason)
                return
