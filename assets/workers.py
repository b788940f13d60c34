"""Who works and what waits, for operators."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from django.db import connection

from assets.estimates import living_workers
from assets.models import Worker
from assets.queue import FOREGROUND, VIDEO_BACKGROUND
from assets.waiting import COST, JOBS
from permissions.actor import Actor
from permissions.usecases.administration import require_operator

WAITING: Final = f"""
SELECT jobs.queue_name, count(*), sum({COST}), min(coalesce(work.queued_at, film.created_at, jobs.scheduled_at))
  FROM {JOBS}
 WHERE jobs.status = 'todo' AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
 GROUP BY jobs.queue_name
"""  # noqa: S608 - made of constants
RUNNING: Final = "SELECT worker_id, count(*) FROM procrastinate_jobs WHERE status = 'doing' GROUP BY worker_id"


@dataclass(frozen=True, kw_only=True)
class Ability:
    """A hardware encoder that was tried on one picture; ``fault`` in ffmpeg's words, empty where it works."""

    encoder: str
    fault: str

    @property
    def works(self) -> bool:
        return not self.fault


@dataclass(frozen=True, kw_only=True)
class WorkerShown:
    """A living worker. ``queues``: empty means all; ``memory`` in bytes; ``fault``: why its ffmpeg does not run."""

    name: str
    queues: tuple[str, ...]
    concurrency: int
    busy: int
    started_at: datetime
    cores: int
    memory: int
    ffmpeg: str
    encoders: tuple[str, ...]
    hardware: tuple[Ability, ...]
    fault: str


@dataclass(frozen=True, kw_only=True)
class QueueShown:
    """What waits in a queue: how many jobs, the seconds of work that they are expected to be, since when the longest.

    ``slots``: how many jobs of it may run at once.
    """

    name: str
    waiting: int
    seconds: float
    oldest: datetime | None
    slots: int

    @property
    def unserved(self) -> bool:
        return self.waiting > 0 and self.slots == 0


@dataclass(frozen=True, kw_only=True)
class Workforce:
    """All of it at one look."""

    workers: tuple[WorkerShown, ...]
    queues: tuple[QueueShown, ...]


def workforce_for(by: Actor) -> Workforce:
    """Who works and what waits. Raises ``NotAllowed`` for everybody but operators."""
    require_operator(by)
    return workforce()


def workforce() -> Workforce:
    """Who works and what waits, for those who are at the machine."""
    workers = list(living_workers())
    with connection.cursor() as cursor:
        cursor.execute(RUNNING)
        busy = dict(cursor.fetchall())
        cursor.execute(WAITING)
        waiting = {row[0]: row[1:] for row in cursor.fetchall()}
    names = sorted({*FOREGROUND, VIDEO_BACKGROUND, *waiting})
    return Workforce(
        workers=tuple(_shown(worker, busy.get(worker.lease, 0)) for worker in workers),
        queues=tuple(_queue(name, waiting.get(name, (0, 0.0, None)), workers) for name in names),
    )


NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def _shown(worker: Worker, busy: int) -> WorkerShown:
    said = worker.abilities
    tried = said.get("hardware", NOTHING)
    return WorkerShown(
        name=worker.name,
        queues=tuple(worker.queues or ()),
        concurrency=worker.concurrency,
        busy=busy,
        started_at=worker.started_at,
        cores=said.get("cores", 0),
        memory=said.get("memory", 0),
        ffmpeg=said.get("ffmpeg", ""),
        encoders=tuple(said.get("encoders", ())),
        hardware=tuple(Ability(encoder=encoder, fault=fault) for encoder, fault in sorted(tried.items())),
        fault=said.get("fault", ""),
    )


def _queue(name: str, row: tuple[int, float, datetime | None], workers: list[Worker]) -> QueueShown:
    waiting, seconds, oldest = row
    slots = sum(worker.concurrency for worker in workers if worker.queues is None or name in worker.queues)
    return QueueShown(name=name, waiting=waiting, seconds=float(seconds), oldest=oldest, slots=slots)
