"""The queue: is anybody working and able to, does anything wait too long, has anything been left."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection

from assets.workers import Workforce, workforce
from mediacenter.doctor.finding import Finding, ok, problem, warning

LONG_WAIT = timedelta(minutes=15)

WORKERS = """
    SELECT count(*) FILTER (WHERE last_heartbeat > now() - make_interval(secs => %(stalled)s)),
           count(*) FILTER (WHERE last_heartbeat <= now() - make_interval(secs => %(stalled)s))
      FROM procrastinate_workers
"""
WAITING = """
    SELECT count(*), coalesce(max(now() - coalesce(jobs.scheduled_at, deferred.at)), interval '0')
      FROM procrastinate_jobs AS jobs
      JOIN LATERAL (SELECT max(at) AS at FROM procrastinate_events WHERE job_id = jobs.id) AS deferred ON true
     WHERE jobs.status = 'todo' AND coalesce(jobs.scheduled_at, now()) <= now()
"""
STALLED = """
    SELECT count(*) FROM procrastinate_jobs AS jobs
      LEFT JOIN procrastinate_workers AS workers ON workers.id = jobs.worker_id
     WHERE jobs.status = 'doing'
       AND (workers.id IS NULL OR workers.last_heartbeat <= now() - make_interval(secs => %(stalled)s))
"""
FAILED = """
    SELECT count(DISTINCT jobs.id) FROM procrastinate_jobs AS jobs
      JOIN procrastinate_events AS events ON events.job_id = jobs.id AND events.type = 'failed'
     WHERE jobs.status = 'failed' AND events.at > now() - interval '1 day'
"""


def findings() -> Iterator[Finding]:
    try:
        alive, dead = _row(WORKERS)
        waiting, longest = _row(WAITING)
        (stalled,) = _row(STALLED)
        (failed,) = _row(FAILED)
        found = workforce()
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        yield problem("queue", f"The queue cannot be read: {reason}", "Run `mediacenter migrate`.")
        return
    yield _workers(alive, dead)
    yield _waiting(waiting, longest)
    yield _stalled(stalled)
    yield _failed(failed)
    yield _unserved(found)
    yield _abilities(found)


def _row(query: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"stalled": settings.STALLED_AFTER.total_seconds()})
        row: tuple[object, ...] = cursor.fetchone()
        return row


def _workers(alive: object, dead: object) -> Finding:
    if not alive:
        return problem("queue.workers", "No worker is alive: uploads are not processed.", "Start `mediacenter worker`.")
    if dead:
        advice = "Their jobs are taken up by the living; see their logs for why they ended."
        return warning("queue.workers", f"{alive} workers are alive, {dead} ended without saying so.", advice)
    return ok("queue.workers", f"{alive} workers are alive.")


def _waiting(count: object, longest: object) -> Finding:
    if isinstance(longest, timedelta) and longest > LONG_WAIT:
        minutes = longest.total_seconds() / 60
        text = f"{count} jobs wait, the oldest for {minutes:.0f} minutes."
        return warning("queue.waiting", text, "Start more workers, on this machine or another.")
    return ok("queue.waiting", f"{count} jobs wait.")


def _stalled(count: object) -> Finding:
    if count:
        text = f"{count} jobs belong to workers that are dead."
        return warning("queue.stalled", text, "Living workers take them up within a minute; if not, start one.")
    return ok("queue.stalled", "No job is stalled.")


def _failed(count: object) -> Finding:
    if count:
        text = f"{count} jobs failed within a day."
        return warning("queue.failed", text, "`mediacenter manage procrastinate shell` lists them; the logs say why.")
    return ok("queue.failed", "No job failed within a day.")


def _unserved(found: Workforce) -> Finding:
    names = [f"{queue.name} ({queue.waiting})" for queue in found.queues if queue.unserved]
    if not names:
        return ok("queue.unserved", "Every queue in which something waits has a worker.")
    text = f"Jobs wait that no living worker takes: {', '.join(names)}."
    advice = "Start a worker of these queues; `mediacenter workers` shows what each takes and why it may not."
    return problem("queue.unserved", text, advice)


def _abilities(found: Workforce) -> Finding:
    faults = [f"{worker.name}: {worker.fault}" for worker in found.workers if worker.fault]
    if faults:
        text = f"Workers without a working ffmpeg: {'; '.join(faults)}"
        return warning("queue.abilities", text, "They take no video and no sound. Mend ffmpeg there and restart them.")
    hardware = sorted({each.encoder for worker in found.workers for each in worker.hardware if each.works})
    return ok("queue.abilities", f"Hardware encoders that work: {', '.join(hardware) or 'none'}.")
