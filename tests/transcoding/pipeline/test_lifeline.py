"""When a worker must end itself."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from transcoding.lifeline import Lifeline, Signs, verdict

STALLED_AFTER = timedelta(seconds=30)
WELL = {"declared_dead": False, "heartbeat": 4.0, "loop": 0.4, "stopping": None}


@pytest.mark.parametrize(
    ("signs", "word"),
    [
        ({}, None),
        ({"heartbeat": 61.0}, None),  # the database was away for a minute: nobody else could take the jobs either
        ({"heartbeat": 121.0}, "heartbeat"),
        ({"declared_dead": True}, "declared"),
        ({"loop": 45.0}, None),
        ({"loop": 61.0}, "loop"),
        ({"stopping": 12.0}, None),
        ({"stopping": 41.0}, "stop"),
    ],
)
def test_a_worker_ends_itself_when_its_jobs_may_be_another_s(signs: dict[str, object], word: str | None) -> None:
    reason = verdict(Signs(**(WELL | signs)), stalled_after=STALLED_AFTER)

    assert (reason is None) if word is None else (reason is not None and word in reason)


def register() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT worker_id FROM procrastinate_register_worker_v1()")
        return int(cursor.fetchone()[0])


def heartbeat_age(worker: int) -> float:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXTRACT(epoch FROM NOW() - last_heartbeat) FROM procrastinate_workers WHERE id = %s", [worker]
        )
        return float(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_the_heart_renews_the_lease_and_the_watchdog_acts_once_the_row_is_gone() -> None:
    worker, ended = register(), threading.Event()
    reasons: list[str] = []

    def end(reason: str) -> None:
        reasons.append(reason)
        ended.set()

    lifeline = Lifeline(worker_id=lambda: worker, stalled_after=timedelta(seconds=3), end=end)
    lifeline.start()
    try:
        deadline = time.monotonic() + 2.5
        while time.monotonic() < deadline:
            lifeline.loop_moved()
            time.sleep(0.1)
        assert heartbeat_age(worker) < 1.5
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_workers WHERE id = %s", [worker])
        lifeline.loop_moved()
        assert ended.wait(5)
    finally:
        lifeline.close()
    assert "declared" in reasons[0]
    for thread in lifeline._threads:
        thread.join(5)
