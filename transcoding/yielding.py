"""When background work makes room: it does not begin while other media waits, and ends early when it is in the way."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from assets.fairness import URGENT
from assets.queue import ENCODE_CHUNK, FOREGROUND, JOIN_FILM, PROCESS_VERSION, VIDEO_BACKGROUND

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0
ROUTINE_PATIENCE: Final = timedelta(minutes=10)
"""How long what is not urgent waits before background work makes room for it, too."""

FOREGROUND_WAITS: Final = """
SELECT EXISTS (
  SELECT FROM procrastinate_jobs AS jobs
   WHERE jobs.status = 'todo' AND jobs.queue_name = ANY(%(foreground)s::varchar[])
     AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
     AND NOT EXISTS (SELECT FROM procrastinate_jobs AS held WHERE held.lock = jobs.lock AND held.status = 'doing')
     AND EXISTS (SELECT FROM assets_worker AS served
                  WHERE served.queues IS NULL OR jobs.queue_name = ANY(served.queues))
) AS waits
"""
"""Whether anything waits that some worker serves."""

IN_THE_WAY: Final = """
WITH pool AS (
  SELECT announced.lease, announced.concurrency
    FROM assets_worker AS announced
    JOIN procrastinate_workers AS leases ON leases.id = announced.lease
   WHERE leases.last_heartbeat > now() - make_interval(secs => %(stalled)s)
     AND (announced.queues IS NULL OR announced.queues && %(mine)s::varchar[])
), running AS (
  SELECT jobs.id, jobs.queue_name
    FROM procrastinate_jobs AS jobs JOIN pool ON pool.lease = jobs.worker_id
   WHERE jobs.status = 'doing'
), waiting AS (
  SELECT count(*) AS jobs
    FROM procrastinate_jobs AS jobs
    LEFT JOIN assets_filmchunk AS chunk ON chunk.id = (jobs.args ->> 'chunk_id')::uuid
    LEFT JOIN assets_processingattempt AS film ON film.id = chunk.film_id
    JOIN assets_assetversion AS version ON version.id = coalesce(film.version_id, (jobs.args ->> 'version_id')::uuid)
    LEFT JOIN assets_processingattempt AS run ON run.id = version.attempt
    JOIN assets_asset AS asset ON asset.id = version.asset_id
    LEFT JOIN assets_queuedwork AS work ON work.version_id = version.id
   WHERE jobs.status = 'todo' AND jobs.task_name = ANY(%(tasks)s::varchar[])
     AND jobs.queue_name = ANY(%(mine)s::varchar[])
     AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
     AND NOT EXISTS (SELECT FROM procrastinate_jobs AS held WHERE held.lock = jobs.lock AND held.status = 'doing')
     AND (asset.urgency <= %(urgent)s
          OR coalesce(work.queued_at, run.started_at, version.created_at) < now() - make_interval(secs => %(patience)s))
), lacking AS (
  SELECT waiting.jobs - coalesce((SELECT sum(concurrency) FROM pool), 0) + (SELECT count(*) FROM running) AS slots
    FROM waiting
)
SELECT lacking.slots > 0 AND newer.jobs BETWEEN 1 AND lacking.slots
  FROM lacking, (SELECT count(*) AS jobs FROM running WHERE queue_name = %(background)s AND id >= %(job)s) AS newer
"""
"""Whether a background job is one of those that must go: as many as slots are lacking in the pool of workers that serve
what waits, the newest first."""


class Yielding:
    """A background job's ``stopping``: its worker's end, or work that needs its slot. Looks every two seconds; cheap
    enough to be asked all the time. A database that is away never ends a run."""

    def __init__(
        self,
        job_id: int,
        *,
        queues: Iterable[str] | None,
        stopping: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._job_id = job_id
        self._mine = [queue for queue in FOREGROUND if queues is None or queue in queues]
        self._stopping = stopping
        self._clock = clock
        self._looked = float("-inf")
        self._in_the_way = False

    def __call__(self) -> bool:
        if not self._in_the_way and self._mine and self._clock() - self._looked >= LOOK_SECONDS:
            self._looked = self._clock()
            self._in_the_way = self._look()
            if self._in_the_way:
                logger.info("background job %s makes room", self._job_id)
        return self._in_the_way or self._stopping()

    def _look(self) -> bool:
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    IN_THE_WAY,
                    {
                        "mine": self._mine,
                        "stalled": settings.STALLED_AFTER.total_seconds(),
                        "tasks": [PROCESS_VERSION, ENCODE_CHUNK, JOIN_FILM],
                        "urgent": URGENT,
                        "patience": ROUTINE_PATIENCE.total_seconds(),
                        "background": VIDEO_BACKGROUND,
                        "job": self._job_id,
                    },
                )
                return bool(cursor.fetchone()[0])
        except (DatabaseError, InterfaceError) as error:
            logger.warning("background job %s cannot see what waits: %s", self._job_id, error)
            connection.close()
            return False
