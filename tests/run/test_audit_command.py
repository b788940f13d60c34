"""``mediacenter audit``."""

import csv
import io
import json
from datetime import timedelta

import pgtrigger
import pytest
from click.testing import CliRunner, Result
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from mediacenter.commands.audit import SENTENCES, command
from mediacenter.doctor import Level
from mediacenter.doctor import record as part
from permissions.audit import record
from permissions.models import AuditEvent
from permissions.sealing import head
from permissions.verification import Damage
from tests.conftest import NO_TRUNCATE
from tests.factories import make_agency

pytestmark = pytest.mark.django_db


def audit(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def happen(act: str = "thing.done", **fields: object) -> AuditEvent:
    return record(act, by=None, target=uuid7(), **fields)  # type: ignore[arg-type]


def test_sealing_prints_the_head_that_is_to_be_kept() -> None:
    happen(), happen()
    result = audit("seal")
    assert result.exit_code == 0
    assert result.stdout == f"2 sealed. Head: {head()}\n"
    again = json.loads(audit("seal", "--json").stdout)
    assert again == {"sealed": 0, "sequence": 2, "hash": head().hash}


def test_a_whole_record_ends_with_0() -> None:
    happen()
    audit("seal")
    happen()
    result = audit("verify")
    assert result.exit_code == 0
    assert result.stdout == (f"1 sealed events, 1 waiting for their seal: all as it was written. Head: {head()}\n")
    assert audit("verify", "--head", str(head()), "--from", "1").exit_code == 0


def test_damage_ends_with_1_and_says_which_row_and_what_of_it() -> None:
    event = happen(note="một")
    audit("seal")
    kept = str(head())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE permissions_auditevent SET data = '{}'")
        result = audit("verify")
        assert result.exit_code == 1
        assert f"event {event.pk}, seal 1: was altered after it was written (data)\n" in result.stdout
        lines = [json.loads(line) for line in audit("verify", "--json").stdout.splitlines()]
        assert lines[0] == {
            "finding": "event_altered",
            "seal": 1,
            "until": None,
            "event": str(event.pk),
            "parts": ["data"],
        }
        assert lines[1] == {"seals": 1, "waiting": 0, "head": kept, "damage": 1}
        transaction.set_rollback(True)
    assert audit("verify", "--head", "9:" + "ab" * 32).exit_code == 1


def test_a_database_that_cannot_be_read_ends_with_2() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE permissions_auditseal RENAME TO elsewhere")
        with transaction.atomic():
            result = audit("verify")
            transaction.set_rollback(True)
        transaction.set_rollback(True)
    assert result.exit_code == 2
    assert "Not verified" in result.stderr


def test_every_finding_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Damage)


def test_an_export_is_filtered_and_written_oldest_first() -> None:
    agency = make_agency(code="TOP")
    below = make_agency(code="BELOW", parent=agency)
    wanted = [happen("asset.edited", agency_id=place.pk) for place in (agency, below)]
    happen("asset.edited")
    happen("token.issued", agency_id=agency.pk)
    result = audit("export", "--agency", "top", "--act", "asset.*")
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(result.stdout.removeprefix("\ufeff"), newline="")))
    assert [row["id"] for row in rows] == [str(event.pk) for event in wanted]
    lines = audit("export", "--format", "jsonl", "--target", str(wanted[1].target)).stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [str(wanted[1].pk)]
    assert audit("export", "--from", "2999-01-01", "--format", "jsonl").stdout == ""
    assert len(audit("export", "--to", "2999-01-01T00:00:00+0700", "--format", "jsonl").stdout.splitlines()) == 4
    assert audit("export", "--agency", "NOWHERE").exit_code == 2


def test_the_doctor_says_how_old_the_oldest_unsealed_event_is() -> None:
    pgtrigger.enable(*NO_TRUNCATE)
    assert {finding.level for finding in part.findings()} == {Level.OK}
    AuditEvent.objects.create(act="thing.done", target=uuid7(), at=head_of_clock() - timedelta(minutes=3))
    late = next(iter(part.findings()))
    assert (late.level, "audit seal" in late.advice) == (Level.WARNING, True)
    AuditEvent.objects.create(act="thing.done", target=uuid7(), at=head_of_clock() - timedelta(hours=3))
    too_late = next(iter(part.findings()))
    assert too_late.level is Level.PROBLEM
    assert "1080" in too_late.message


def test_the_doctor_says_when_a_guard_is_down() -> None:
    pgtrigger.enable(*NO_TRUNCATE)
    pgtrigger.disable("permissions.AuditSeal:append_only")
    guards = list(part.findings())[1]
    assert guards.level is Level.PROBLEM
    assert "append_only" in guards.message
    assert "no_truncate" not in guards.message


def head_of_clock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
