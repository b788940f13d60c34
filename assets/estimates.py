"""When a file will be ready: from what waits before it, who works, and how fast work has gone here.

An estimate is a figure to plan by, not a promise: it holds while nothing more urgent comes. Where it cannot be given
honestly (nobody works, or a run has outlived what was expected of it) there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from assets.models import AssetVersion, ProcessingAttempt, Worker
from assets.queue import FOREGROUND, PROCESS_VERSION, QUEUES, lock_of
from assets.speeds import cost_of, expected_cost
from assets.states import VersionState
from assets.waiting import ahead_of, chunks_at_work

SETTLED_PERCENT: Final = 15
"""From here on the run's own pace says more than what was expected."""


class Standing(StrEnum):
    """What an unfinished version is doing. ``unserved``: it waits and no living worker takes jobs of its queue."""

    WAITING = "waiting"
    RUNNING = "running"
    UNSERVED = "unserved"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """``ready_at``: None where it is not known. ``ahead``: how many files go before it."""

    standing: Standing
    ready_at: datetime | None = None
    ahead: int = 0


def remaining_seconds(*, elapsed: float, percent: int, expected: float) -> float | None:
    """How long a run that is ``percent`` done after ``elapsed`` seconds still takes, where ``expected`` were expected
    in all. What was expected counts at the beginning, its own pace more and more. None: it has outlived what was
    expected and says too little of itself. Pure."""
    left = expected - elapsed
    if percent < SETTLED_PERCENT:
        return left if left > 0 else None
    own = elapsed * (100 - percent) / percent
    share = percent / 100
    return own if left <= 0 else share * own + (1 - share) * left


def waiting_seconds(*, ahead: float, running: Sequence[float], slots: int, own: float) -> float:
    """How long until work of ``own`` seconds is done, when ``ahead`` seconds of work and what is ``running`` need the
    ``slots`` (at least 1) before it. Pure."""
    free = slots - len(running)
    if free > 0 and ahead == 0:
        return own
    return (ahead + sum(running)) / slots + own


def estimate_of(version: AssetVersion) -> Estimate | None:
    """None for a version that is finished. A handful of queries: for one asset, not for lists."""
    if version.state not in (VersionState.RECEIVED, VersionState.PROCESSING):
        return None
    now = timezone.now()
    run = version.attempts.filter(state=ProcessingAttempt.State.RUNNING).first()
    if run is not None:
        return _at(Standing.RUNNING, now, _remaining(run, version, now))
    return _waiting(version, now)


def _at(standing: Standing, now: datetime, seconds: float | None, *, ahead: int = 0) -> Estimate:
    ready_at = None if seconds is None else now + timedelta(seconds=seconds)
    return Estimate(standing=standing, ready_at=ready_at, ahead=ahead)


def _remaining(run: ProcessingAttempt, version: AssetVersion, now: datetime) -> float | None:
    if run.media_seconds is None:
        expected = expected_cost(version)
    else:
        expected = cost_of(
            kind=version.asset.kind, size=version.size, seconds=run.media_seconds, height=run.media_height
        )
    elapsed = max(0.0, (now - run.started_at).total_seconds())
    return remaining_seconds(elapsed=elapsed, percent=run.progress, expected=expected)


def living_workers() -> QuerySet[Worker]:
    """Those whose lease is fresh."""
    fresh = ProcrastinateWorker.objects.filter(last_heartbeat__gt=Now() - settings.STALLED_AFTER)
    return Worker.objects.filter(lease__in=fresh.values("id"))


def _waiting(version: AssetVersion, now: datetime) -> Estimate:
    queue = QUEUES[version.asset.kind]
    pool = list(living_workers().filter(Q(queues__isnull=True) | Q(queues__contains=[queue])))
    slots = sum(worker.concurrency for worker in pool)
    job = ProcrastinateJob.objects.filter(lock=lock_of(version), task_name=PROCESS_VERSION, status="todo").first()
    if not slots or job is None:
        return Estimate(standing=Standing.UNSERVED if not slots else Standing.WAITING)
    served = [name for name in FOREGROUND if any(each.queues is None or name in each.queues for each in pool)]
    count, ahead = ahead_of(job, served)
    running = _running(pool, now)
    own = max(0.0, ((job.scheduled_at or now) - now).total_seconds()) + expected_cost(version)
    if running is None:
        return Estimate(standing=Standing.WAITING, ahead=count)
    seconds = waiting_seconds(ahead=ahead, running=running, slots=slots, own=own)
    return _at(Standing.WAITING, now, seconds, ahead=count)


def _running(pool: Sequence[Worker], now: datetime) -> list[float] | None:
    """The seconds that each run of these workers still takes; None where one cannot be told. A film in chunks takes no
    slot by itself: its chunks do."""
    runs = ProcessingAttempt.objects.filter(
        state=ProcessingAttempt.State.RUNNING,
        version__attempt=F("pk"),
        purpose=ProcessingAttempt.Purpose.RENDITIONS,
        worker__in=[worker.name for worker in pool],
        chunked_film__isnull=True,
    )
    left = [_remaining(run, run.version, now) for run in runs.select_related("version__asset")]
    known = [seconds for seconds in left if seconds is not None]
    return known + chunks_at_work([worker.lease for worker in pool]) if len(known) == len(left) else None
