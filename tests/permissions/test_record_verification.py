"""A single flipped byte anywhere in the record is found, and said where."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from permissions.actor import Actor, actor_for_token
from permissions.audit import record
from permissions.models import AuditEvent, AuditSeal
from permissions.origin import Origin, acting_from
from permissions.sealing import head, seal_all
from permissions.verification import Damage, Discrepancy, Tally, verify
from tests.factories import actor_in, make_agency, make_token

pytestmark = pytest.mark.django_db

EVENTS = 6


@contextmanager
def behind_the_record_s_back() -> Iterator[Any]:
    """What a superuser of the database can do: change rows with every trigger asleep. Taken back at the end."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        transaction.set_rollback(True)


def findings(**options: Any) -> list[Discrepancy]:
    return list(verify(tally=Tally(), **options))


@pytest.fixture
def sealed() -> list[AuditEvent]:
    """Events of which every column is set, sealed."""
    agency = make_agency()
    token, _ = make_token(agency=agency)
    by_token = actor_for_token(token, now=token.created_at)
    events = []
    with acting_from(Origin(address="192.0.2.7", user_agent="Browser/1.0", request_id="request-1")):
        for number in range(EVENTS):
            actor = by_token if number % 2 else actor_in(agency)
            events.append(
                record("asset.edited", by=actor, target=uuid7(), agency_id=agency.pk, before=f"cũ {number}", n=number)
            )
    seal_all(wait=True)
    assert findings() == []
    return events


UUIDS = ("id", "agency_id", "target", "user_id", "token_id", "on_behalf_of_id", "answerable_id")
TEXTS = ("act", "user_agent", "request_id")
GROUP_OF = {
    **dict.fromkeys(("id", "at", "act", "agency_id", "target"), "what"),
    **dict.fromkeys(("user_id", "token_id", "on_behalf_of_id", "answerable_id"), "who"),
    **dict.fromkeys(("address", "user_agent", "request_id"), "where"),
    "data": "data",
    "digests": "digests",
}
SEAL_COLUMNS = ("sequence", "event_id", "event_hash", "previous", "sealed_at", "hash")


@dataclass(frozen=True)
class Flip:
    """One bit of one byte of one column of one row."""

    table: str
    column: str
    row: int
    byte: int
    bit: int


def flips() -> st.SearchStrategy[Flip]:
    columns = [("event", column) for column in GROUP_OF] + [("seal", column) for column in SEAL_COLUMNS]
    return st.builds(
        lambda where, row, byte, bit: Flip(*where, row=row, byte=byte, bit=bit),
        st.sampled_from(columns),
        st.integers(0, EVENTS - 1),
        st.integers(0, 127),
        st.integers(0, 7),
    )


def flipped(cursor: Any, flip: Flip) -> bool:
    """Store the row's value with the bit flipped; False where the column is NULL there."""
    table, key = f"permissions_audit{flip.table}", {"event": "id", "seal": "sequence"}[flip.table]
    cursor.execute(f"SELECT {key}, {flip.column} FROM {table} ORDER BY {key} OFFSET %s LIMIT 1", [flip.row])  # noqa: S608
    row, value = cursor.fetchone()
    if value is None:
        return False
    change = f"UPDATE {table} SET {flip.column} = {{}} WHERE {key} = %s"  # noqa: S608
    mask = 1 << flip.bit
    if flip.column in {"at", "sealed_at"}:
        cursor.execute(change.format(f"{flip.column} + make_interval(secs => %s / 1e6)"), [1 << flip.byte % 40, row])
    elif flip.column == "sequence":
        cursor.execute(change.format("%s"), [value ^ (1 << (8 + flip.byte % 55)), row])
    elif isinstance(value, (bytes, memoryview)):
        changed = bytearray(value)
        changed[flip.byte % len(changed)] ^= mask
        cursor.execute(change.format("%s"), [bytes(changed), row])
    elif flip.column in UUIDS or flip.column == "event_id":
        changed = bytearray(value.bytes)
        changed[flip.byte % 16] ^= mask
        cursor.execute(change.format("%s::uuid"), [changed.hex(), row])
    elif flip.column == "address":
        changed = bytearray(int(part) for part in str(value).split("/")[0].split("."))
        changed[flip.byte % 4] ^= mask
        cursor.execute(change.format("%s::inet"), [".".join(map(str, changed)), row])
    elif flip.column == "data":
        cursor.execute(f"SELECT data::text FROM {table} WHERE {key} = %s", [row])  # noqa: S608
        text = cursor.fetchone()[0]
        digits = [place for place, letter in enumerate(text) if letter.isdigit()]
        place = digits[flip.byte % len(digits)]
        digit = str((int(text[place]) + 1 + flip.bit) % 10)
        cursor.execute(change.format("%s::jsonb"), [text[:place] + digit + text[place + 1 :], row])
    else:
        place = flip.byte % len(value)
        letter = chr(ord(value[place]) ^ (mask & 0x1F or 1))  # stays printable ASCII
        cursor.execute(change.format("%s"), [value[:place] + letter + value[place + 1 :], row])
    return True


@given(flips())
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_flipped_byte_is_found_and_named(sealed: list[AuditEvent], flip: Flip) -> None:
    event = sealed[flip.row].pk
    with behind_the_record_s_back() as cursor:
        if not flipped(cursor, flip):
            return
        found = findings()
        assert found, flip
        if flip.table == "event" and flip.column == "id":
            assert Discrepancy(damage=Damage.EVENT_MISSING, seal=flip.row + 1, event=str(event)) in found
            assert [(f.damage, f.parts) for f in found if f.seal is None] == [(Damage.EVENT_UNKNOWN, ("what",))]
        elif flip.table == "event":
            part = GROUP_OF[flip.column]
            wanted = Discrepancy(damage=Damage.EVENT_ALTERED, seal=flip.row + 1, event=str(event), parts=(part,))
            assert found == [wanted]
        else:
            altered = [f for f in found if f.damage is Damage.SEAL_ALTERED]
            assert len(altered) == 1, (flip, found)
            assert flip.column in altered[0].parts, (flip, found)
            if flip.column == "sequence":
                missing = [f for f in found if f.damage is Damage.SEAL_MISSING]
                assert flip.row == EVENTS - 1 or missing[0].seal == flip.row + 1, (flip, found)
            else:
                assert altered[0].seal == flip.row + 1
                last = {"sequence", "sealed_at", "hash"} if flip.row == EVENTS - 1 else {flip.column}
                assert set(altered[0].parts) <= last | {flip.column}, (flip, found)
    assert findings() == []


def change(text: str) -> Callable[[Any], None]:
    return lambda cursor: cursor.execute(text)


def test_events_taken_out_put_in_and_rewritten_are_told_apart(sealed: list[AuditEvent]) -> None:
    third = sealed[2].pk
    with behind_the_record_s_back() as cursor:
        cursor.execute("DELETE FROM permissions_auditevent WHERE id = %s", [third])
        assert findings() == [Discrepancy(damage=Damage.EVENT_MISSING, seal=3, event=str(third))]
    with behind_the_record_s_back() as cursor:
        forged = AuditEvent.objects.create(act="asset.approved", target=uuid7())
        cursor.execute(
            "UPDATE permissions_auditevent AS e SET digests = audit_event_digests(e) WHERE id = %s", [forged.pk]
        )
        assert findings() == [Discrepancy(damage=Damage.EVENT_UNKNOWN, event=str(forged.pk))]
    with behind_the_record_s_back() as cursor:
        cursor.execute("UPDATE permissions_auditevent SET act = 'asset.viewed' WHERE id = %s", [third])
        cursor.execute("UPDATE permissions_auditevent AS e SET digests = audit_event_digests(e) WHERE id = %s", [third])
        (found,) = findings()
        assert (found.damage, found.seal, found.event) == (Damage.EVENT_ALTERED, 3, str(third))


def test_seals_taken_out_are_named_with_the_events_that_lost_theirs(sealed: list[AuditEvent]) -> None:
    with behind_the_record_s_back() as cursor:
        cursor.execute("DELETE FROM permissions_auditseal WHERE sequence IN (3, 4)")
        found = findings()
        assert found[0] == Discrepancy(damage=Damage.SEAL_MISSING, seal=3, until=4)
        unknown = {f.event for f in found[1:] if f.damage is Damage.EVENT_UNKNOWN}
        assert unknown == {str(event.pk) for event in sealed[2:4]}
        assert len(found) == 3


def test_reordered_seals_are_found(sealed: list[AuditEvent]) -> None:
    with behind_the_record_s_back() as cursor:
        cursor.execute("UPDATE permissions_auditseal SET sequence = 100 WHERE sequence = 3")
        cursor.execute("UPDATE permissions_auditseal SET sequence = 3 WHERE sequence = 4")
        cursor.execute("UPDATE permissions_auditseal SET sequence = 4 WHERE sequence = 100")
        assert {(f.damage, f.seal) for f in findings()} >= {(Damage.SEAL_ALTERED, 3), (Damage.SEAL_ALTERED, 4)}


def test_a_tail_cut_off_with_its_events_is_found_by_a_head_kept_elsewhere(sealed: list[AuditEvent]) -> None:
    kept = head()
    assert findings(head=str(kept)) == findings(head=kept.hash) == []
    with behind_the_record_s_back() as cursor:
        cursor.execute("DELETE FROM permissions_auditseal WHERE sequence > 4")
        cursor.execute("DELETE FROM permissions_auditevent WHERE id = ANY(%s)", [[event.pk for event in sealed[4:]]])
        assert findings() == []  # the chain alone cannot know
        assert findings(head=kept.hash) == [Discrepancy(damage=Damage.HEAD_UNKNOWN)]
        assert findings(head=str(kept)) == [Discrepancy(damage=Damage.HEAD_UNKNOWN, seal=EVENTS)]


def test_a_record_written_anew_from_some_event_on_is_found_by_a_head_kept_elsewhere(
    sealed: list[AuditEvent],
) -> None:
    kept = head()
    with behind_the_record_s_back() as cursor:
        cursor.execute("UPDATE permissions_auditevent SET act = 'asset.viewed' WHERE id = %s", [sealed[4].pk])
        cursor.execute("UPDATE permissions_auditevent AS e SET digests = audit_event_digests(e)")
        cursor.execute("DELETE FROM permissions_auditseal WHERE sequence > 4")
        cursor.execute(
            "INSERT INTO permissions_auditpending SELECT id FROM permissions_auditevent AS e "
            "WHERE NOT EXISTS (SELECT FROM permissions_auditseal WHERE event_id = e.id)"
        )
        seal_all(wait=True)
        assert findings() == []
        assert findings(head=kept.hash) == [Discrepancy(damage=Damage.HEAD_UNKNOWN)]


def test_an_event_altered_before_it_was_sealed_is_found(sealed: list[AuditEvent]) -> None:
    waiting = record("asset.edited", by=None, target=uuid7(), before="x")
    with behind_the_record_s_back() as cursor:
        cursor.execute("UPDATE permissions_auditevent SET data = '{}' WHERE id = %s", [waiting.pk])
        found = Discrepancy(damage=Damage.EVENT_ALTERED, event=str(waiting.pk), parts=("data",))
        assert findings() == [found]
        seal_all(wait=True)
        assert [(f.event, f.parts) for f in findings()] == [(found.event, found.parts)]


def test_an_event_that_waits_and_is_gone_is_found(sealed: list[AuditEvent]) -> None:
    waiting = record("asset.edited", by=None, target=uuid7())
    with behind_the_record_s_back() as cursor:
        cursor.execute("DELETE FROM permissions_auditevent WHERE id = %s", [waiting.pk])
        assert findings() == [Discrepancy(damage=Damage.EVENT_MISSING, event=str(waiting.pk))]


def test_a_check_may_begin_in_the_middle(sealed: list[AuditEvent]) -> None:
    tally = Tally()
    assert list(verify(tally=tally, begin=4)) == []
    assert tally.seals == EVENTS - 3
    with behind_the_record_s_back() as cursor:
        cursor.execute("UPDATE permissions_auditseal SET previous = decode(repeat('ab', 32), 'hex') WHERE sequence = 4")
        assert findings(begin=5) == []
        (found,) = findings(begin=4)
        assert (found.seal, "previous" in found.parts) == (4, True)


def test_an_actor_of_an_agency_s_token_is_recorded_with_who_answers_for_it(sealed: list[AuditEvent]) -> None:
    event = sealed[1]
    assert event.user_id is None
    assert event.on_behalf_of_id == event.agency_id
    assert event.answerable_id == event.token.created_by_id  # type: ignore[union-attr]
    assert AuditSeal.objects.count() == EVENTS
    assert Actor().answerable_id is None
