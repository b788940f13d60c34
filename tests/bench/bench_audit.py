"""What the record costs: an act with its event, sealing, and checking, beside a bare INSERT in the same run.

    python -m pytest -s tests/bench/bench_audit.py            # BENCH_EVENTS=20000 BENCH_ROUNDS=5

Bare is an INSERT of the same values into a table with the same columns and indexes, but without triggers. Rounds
alternate, medians are compared. Eight writers with the sealer at work beside them show that nobody waits for the chain.
"""

import os
import statistics
import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from permissions.audit import record
from permissions.models import AuditEvent
from permissions.sealing import seal_all, seal_events
from permissions.verification import Tally, verify

EVENTS = int(os.environ.get("BENCH_EVENTS", "20000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
WRITERS = 8
COLUMNS = "id, at, act, target, user_agent, request_id, data, digests"
INSERT = f"INSERT INTO {{}} ({COLUMNS}) VALUES (%s, now(), 'asset.edited', %s, '', '', %s, '')"  # noqa: S608
DATA = '{"changed": ["title", "caption"], "languages": ["vi"]}'


def inserts(table: str, count: int) -> None:
    """Each in a transaction of its own, as acts are."""
    with connection.cursor() as cursor:
        for _ in range(count):
            cursor.execute(INSERT.format(table), [uuid7(), uuid7(), DATA])


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def writing_beside(count: int, table: str, *, sealing: bool) -> float:
    """Seconds for ``WRITERS`` threads to write ``count`` events, while a sealer works or not."""
    over = threading.Event()

    def write() -> None:
        inserts(table, count // WRITERS)
        connection.close()

    def seal() -> None:
        while not over.wait(0.05):
            seal_events(wait=False)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    sealer = threading.Thread(target=seal)
    if sealing:
        sealer.start()
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    over.set()
    if sealing:
        sealer.join()
    return seconds


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(1800)
def test_the_record_costs_little() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare_event (LIKE permissions_auditevent INCLUDING DEFAULTS INCLUDING INDEXES)")
    try:
        _compare()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bare_event")


def _compare() -> None:
    share = max(100, EVENTS // ROUNDS)
    bare, ours, by_use_case, sealing, alone, together = ([] for _ in range(6))  # type: list[list[float]]
    for _ in range(ROUNDS):
        bare.append(timed(lambda: inserts("bare_event", share)) / share)
        ours.append(timed(lambda: inserts("permissions_auditevent", share)) / share)
        by_use_case.append(timed(lambda: _recorded(share)) / share)
        waiting = 2 * share
        sealing.append(timed(lambda: seal_all(wait=True)) / waiting)
        alone.append(writing_beside(share, "bare_event", sealing=False) / share)
        together.append(writing_beside(share, "permissions_auditevent", sealing=True) / share)
        seal_all(wait=True)
    tally = Tally()
    checking = timed(lambda: list(verify(tally=tally))) / AuditEvent.objects.count()
    assert tally.seals == AuditEvent.objects.count()
    base, several = statistics.median(bare), statistics.median(alone)
    print()  # noqa: T201
    for name, values, unit in (
        ("bare INSERT", bare, base),
        ("INSERT of an event (digests, waiting list)", ours, base),
        ("record() from Python", by_use_case, base),
        ("sealing, per event", sealing, base),
        ("verifying, per event", [checking], base),
        (f"bare INSERT, {WRITERS} writers", alone, several),
        (f"event, {WRITERS} writers, sealer at work", together, several),
    ):
        median = statistics.median(values)
        print(f"{name:45} {median * 1e6:8.0f} µs   {median / unit:5.2f}")  # noqa: T201


def _recorded(count: int) -> None:
    for _ in range(count):
        with transaction.atomic():
            record("asset.edited", by=None, target=uuid7(), changed=["title", "caption"], languages=["vi"])
