"""An installation with a record from before: its events are sealed too, and the release before may go on writing."""

import importlib
from pathlib import Path

import pytest
from django.db import connection
from uuid_utils.compat import uuid7

from permissions import migrations
from permissions.models import AuditEvent, AuditPending
from permissions.sealing import seal_all
from permissions.verification import Tally, verify

WRITE_AS_BEFORE = """
INSERT INTO permissions_auditevent (id, at, act, target, data) VALUES (%s, DEFAULT, 'asset.edited', %s, '{"a": "ơ"}')
"""


def as_before(*ids: object) -> None:
    with connection.cursor() as cursor:
        for identity in ids:
            cursor.execute(WRITE_AS_BEFORE, [identity, identity])


@pytest.mark.django_db
def test_the_release_before_may_go_on_writing_beside_this_one() -> None:
    as_before(uuid7())
    seal_all(wait=True)
    assert list(verify(tally=Tally())) == []


@pytest.mark.django_db
def test_events_of_the_time_before_are_sealed_too() -> None:
    (name,) = (file.stem for file in Path(migrations.__path__[0]).glob("*_the_record.py"))
    migration = importlib.import_module(f"{migrations.__name__}.{name}")
    old = sorted(uuid7() for _ in range(3))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the triggers are not there yet
        as_before(*old)
        assert {bytes(digests) for digests in AuditEvent.objects.values_list("digests", flat=True)} == {b""}
        cursor.execute(migration.WHAT_WAS_RECORDED_BEFORE)
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert AuditPending.objects.count() == 3
    assert seal_all(wait=True) == 3
    assert list(verify(tally=Tally())) == []
    assert list(AuditEvent.objects.order_by("id").values_list("id", flat=True)) == old
