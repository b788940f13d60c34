"""The record cannot be changed, not even by the application's own role with SQL of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

import pgtrigger
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from uuid_utils.compat import uuid7

from permissions.audit import record
from permissions.models import AuditEvent, AuditPending, AuditSeal
from permissions.sealing import seal_all
from tests.conftest import NO_TRUNCATE
from tests.factories import make_user

pytestmark = pytest.mark.django_db

TABLES = ("permissions_auditevent", "permissions_auditseal", "permissions_auditpending")


@contextmanager
def refused(what: str) -> Iterator[None]:
    with pytest.raises(IntegrityError, match=what), transaction.atomic():
        yield


def sql(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)


@pytest.fixture
def sealed() -> AuditEvent:
    event = record("thing.done", by=None, target=uuid7())
    seal_all(wait=True)
    return event


@pytest.fixture
def all_guards_up() -> None:
    """As in every database but a test's; the transaction of the test takes it back."""
    pgtrigger.enable(*NO_TRUNCATE)


@pytest.mark.parametrize("table", TABLES)
def test_a_row_of_the_record_cannot_be_updated(sealed: AuditEvent, table: str) -> None:
    record("thing.done", by=None, target=uuid7())  # so that something waits, too
    column = "id" if table == TABLES[0] else "event_id"
    with refused("append-only: UPDATE"):
        sql(f"UPDATE {table} SET {column} = {column}")  # noqa: S608


@pytest.mark.parametrize("table", TABLES[:2])
def test_a_row_of_the_record_cannot_be_deleted(sealed: AuditEvent, table: str) -> None:
    with refused("append-only: DELETE"):
        sql(f"DELETE FROM {table}")  # noqa: S608


@pytest.mark.parametrize("table", TABLES)
def test_the_record_cannot_be_emptied(all_guards_up: None, table: str) -> None:
    with refused("append-only: TRUNCATE"):
        sql(f"TRUNCATE {table}")
    with refused("append-only: TRUNCATE"):
        sql(f"TRUNCATE {', '.join(TABLES)} CASCADE")


def test_the_orm_cannot_change_the_record_either(sealed: AuditEvent) -> None:
    sealed.act = "thing.undone"
    with refused("append-only: UPDATE"):
        sealed.save()
    with refused("append-only: DELETE"):
        sealed.delete()
    with refused("append-only: UPDATE"):
        AuditSeal.objects.update(sequence=7)


def test_the_switch_of_the_trigger_library_does_not_switch_these_off(sealed: AuditEvent) -> None:
    with pgtrigger.ignore("permissions.AuditEvent:append_only", "permissions.AuditEvent:digests"):
        with refused("append-only: DELETE"):
            sql(f"DELETE FROM {TABLES[0]}")  # noqa: S608
        assert len(bytes(record("thing.done", by=None, target=uuid7()).digests)) == 128


def test_an_event_cannot_be_taken_off_the_waiting_list_without_its_seal() -> None:
    record("thing.done", by=None, target=uuid7())
    with refused("has no seal yet"):
        AuditPending.objects.all().delete()


def test_digests_that_somebody_brings_along_are_not_believed() -> None:
    event = AuditEvent.objects.create(act="thing.done", target=uuid7(), digests=b"x" * 128)
    event.refresh_from_db()
    assert bytes(event.digests) != b"x" * 128


def test_a_person_of_whom_the_record_speaks_cannot_be_deleted() -> None:
    person = make_user()
    AuditEvent.objects.create(act="thing.done", target=uuid7(), user=person)
    with pytest.raises(IntegrityError), transaction.atomic():
        sql(f"DELETE FROM permissions_user WHERE id = '{person.pk}'; SET CONSTRAINTS ALL IMMEDIATE")  # noqa: S608


OWN_ROLE = """
CREATE ROLE {role} NOLOGIN;
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
REVOKE UPDATE, DELETE ON permissions_auditevent, permissions_auditseal FROM {role};
REVOKE UPDATE ON permissions_auditpending FROM {role};
SET LOCAL ROLE {role};
"""
"""What ``docs/operations.md`` says under "An owner of its own"."""


def test_a_role_that_does_not_own_the_tables_writes_and_seals_and_cannot_take_the_guards_down() -> None:
    sql(OWN_ROLE.format(role=f"app_{uuid7().hex}"))
    record("thing.done", by=None, target=uuid7())
    assert seal_all(wait=True) == 1
    for table in TABLES:
        for attempt in (
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"TRUNCATE {table}",
            f"DROP TABLE {table}",
            f"UPDATE {table} SET {'id = id' if table == TABLES[0] else 'event_id = event_id'}",  # noqa: S608
            "SET LOCAL session_replication_role = replica",
            "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        ):
            with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
                sql(attempt)
    sql("RESET ROLE")
