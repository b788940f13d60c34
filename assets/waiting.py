"""What waits in the queue's table, and how much work it is: of a file as a whole, or of one chunk of a film."""

from collections.abc import Sequence
from typing import Final

from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.queue import ENCODE_CHUNK, PROCESS_VERSION

JOBS: Final = f"""
procrastinate_jobs AS jobs
  LEFT JOIN assets_queuedwork AS work
    ON jobs.task_name = '{PROCESS_VERSION}' AND work.version_id = (jobs.args ->> 'version_id')::uuid
  LEFT JOIN assets_filmchunk AS chunk
    ON jobs.task_name = '{ENCODE_CHUNK}' AND chunk.id = (jobs.args ->> 'chunk_id')::uuid
  LEFT JOIN assets_chunkedfilm AS film ON film.attempt_id = chunk.film_id
"""
COST: Final = "coalesce(work.cost, film.cost / greatest(film.pictures, 1), 0)"
"""Seconds of one worker's slot; each chunk is an equal part of its film."""
AHEAD: Final = f"""
SELECT count(DISTINCT coalesce(jobs.args ->> 'version_id', chunk.film_id::text)), coalesce(sum({COST}), 0)
  FROM {JOBS}
 WHERE jobs.status = 'todo' AND jobs.task_name IN ('{PROCESS_VERSION}', '{ENCODE_CHUNK}')
   AND jobs.queue_name = ANY(%s::text[])
   AND (jobs.priority > %s OR (jobs.priority = %s AND jobs.id < %s))
"""  # noqa: S608 - made of the constants above
CHUNKS_AT_WORK: Final = f"""
SELECT {COST} FROM {JOBS}
 WHERE jobs.status = 'doing' AND jobs.task_name = '{ENCODE_CHUNK}' AND jobs.worker_id = ANY(%s::bigint[])
"""  # noqa: S608 - as above


def ahead_of(job: ProcrastinateJob, queues: Sequence[str]) -> tuple[int, float]:
    """How many files go before the job in these queues, and the seconds of work that they are expected to be."""
    with connection.cursor() as cursor:
        cursor.execute(AHEAD, [list(queues), job.priority, job.priority, job.pk])
        count, seconds = cursor.fetchone()
    return count, float(seconds)


def chunks_at_work(leases: Sequence[int]) -> list[float]:
    """The seconds that each chunk takes which the workers with these leases are at: the whole of it, since nothing says
    when it was begun."""
    with connection.cursor() as cursor:
        cursor.execute(CHUNKS_AT_WORK, [list(leases)])
        return [float(seconds) for (seconds,) in cursor.fetchall()]
