"""Workers seal the record beside their jobs."""

import pytest
from uuid_utils.compat import uuid7

from permissions.audit import record
from permissions.models import AuditEvent, AuditPending, AuditSeal
from permissions.verification import Tally, verify
from tests.transcoding.pipeline.conftest import Workers, wait_until


@pytest.mark.django_db(transaction=True)
def test_events_are_sealed_soon_by_whatever_workers_are_alive(workers: Workers) -> None:
    for _ in range(2):
        workers.start()
    for _ in range(3):
        made = {record("thing.done", by=None, target=uuid7()).pk for _ in range(10)}
        wait_until(lambda: not AuditPending.objects.exists(), within=60, what="the seals")
        assert made <= set(AuditSeal.objects.values_list("event_id", flat=True))
    workers.end_all()
    assert AuditSeal.objects.count() == AuditEvent.objects.count() == 30
    assert list(verify(tally=Tally())) == []
