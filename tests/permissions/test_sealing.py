"""Every committed event is sealed once, in a chain that writers never wait for."""

import hashlib
import random
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from permissions.audit import record
from permissions.audit_digests import BEGINNING, COLUMNS, GROUPS, event_digests
from permissions.models import AuditEvent, AuditPending, AuditSeal
from permissions.origin import Origin, acting_from
from permissions.sealing import head, oldest_unsealed, seal_all, seal_events
from permissions.verification import Tally, verify
from tests.factories import actor_in, make_agency


def happen(act: str = "thing.done", **data: object) -> AuditEvent:
    return record(act, by=None, target=uuid7(), **data)


def clean() -> Tally:
    """The counts of a record in which nothing is wrong."""
    tally = Tally()
    assert list(verify(tally=tally)) == []
    return tally


@pytest.mark.django_db
def test_the_database_and_python_make_the_same_digests() -> None:
    agency = make_agency()
    with acting_from(Origin(address="2001:db8::7", user_agent="Trình duyệt 浏览器", request_id="r-1")):
        full = record(
            "thing.done",
            by=actor_in(agency),
            target=uuid7(),
            agency_id=agency.pk,
            before={"tiêu đề": 'a "b"\n\\', "n": [1, 2.50, None, True]},
        )
    for event in (full, happen()):
        with connection.cursor() as cursor:
            columns = ", ".join(COLUMNS)
            cursor.execute(f"SELECT {columns} FROM permissions_auditevent AS event WHERE id = %s", [event.pk])  # noqa: S608
            texts = cursor.fetchone()
        stored = AuditEvent.objects.get(pk=event.pk)
        assert b"".join(event_digests(texts).values()) == bytes(stored.digests) == bytes(event.digests)


@pytest.mark.django_db
def test_the_canonical_form_is_the_documented_one() -> None:
    """Written out by hand, so that whoever has the columns can check without this program."""
    event = happen(note="é")
    data = '{"note": "é"}'
    groups = [
        f"id:36:{event.pk}\nat:27:{event.at:%Y-%m-%dT%H:%M:%S.%f}Z\nact:10:thing.done\nagency:-\ntarget:36:{event.target}\n",
        "user:-\ntoken:-\non_behalf_of:-\nanswerable:-\n",
        "address:-\nuser_agent:0:\nrequest_id:0:\n",
        f"data:{len(data.encode())}:{data}\n",
    ]
    digests = b"".join(hashlib.sha256(group.encode()).digest() for group in groups)
    assert bytes(event.digests) == digests
    assert event.hash == hashlib.sha256(digests).hexdigest()
    assert len(groups) == len(GROUPS)

    seal_all(wait=True)
    seal = AuditSeal.objects.get()
    form = (
        f"sequence:1:1\nevent_id:36:{event.pk}\nevent_hash:64:{event.hash}\nprevious:64:{'0' * 64}\n"
        f"sealed_at:27:{seal.sealed_at:%Y-%m-%dT%H:%M:%S.%f}Z\n"
    )
    assert bytes(seal.hash) == hashlib.sha256(form.encode()).digest()


@pytest.mark.django_db
def test_seals_follow_each_other_and_the_head_is_the_last() -> None:
    assert (head().sequence, head().hash) == (0, BEGINNING.hex())
    events = [happen() for _ in range(5)]
    assert (seal_events(wait=True, limit=2), seal_events(wait=True, limit=2), seal_all(wait=True)) == (2, 2, 1)
    seals = list(AuditSeal.objects.all())
    assert [seal.sequence for seal in seals] == [1, 2, 3, 4, 5]
    assert [seal.event_id for seal in seals] == [event.pk for event in events]
    assert [bytes(seal.previous) for seal in seals] == [BEGINNING, *(bytes(seal.hash) for seal in seals[:-1])]
    assert str(head()) == f"5:{bytes(seals[-1].hash).hex()}" == clean().head
    assert seal_all(wait=True) == 0
    assert not AuditPending.objects.exists()


@pytest.mark.django_db
def test_the_age_of_the_oldest_unsealed_event_is_known() -> None:
    assert oldest_unsealed() is None
    happen()
    age = oldest_unsealed()
    assert age is not None
    assert timedelta(0) <= age < timedelta(minutes=5)
    seal_all(wait=True)
    assert oldest_unsealed() is None


@pytest.mark.django_db
def test_an_event_that_is_listed_again_is_not_sealed_again() -> None:
    event = happen()
    seal_all(wait=True)
    AuditPending.objects.create(event_id=event.pk)
    assert seal_all(wait=True) == 0
    assert not AuditPending.objects.exists()
    assert clean().seals == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_made_early_and_committed_late_is_sealed_once() -> None:
    made, sealed_meanwhile = threading.Event(), threading.Event()

    def slow_writer() -> None:
        with transaction.atomic():
            happen("slow.done")
            made.set()
            assert sealed_meanwhile.wait(60)
        connection.close()

    thread = threading.Thread(target=slow_writer)
    thread.start()
    assert made.wait(60)
    quick = happen("quick.done")
    assert seal_all(wait=True) == 1
    sealed_meanwhile.set()
    thread.join(60)
    assert seal_all(wait=True) == 1

    slow = AuditEvent.objects.get(act="slow.done")
    assert slow.pk < quick.pk
    assert list(AuditSeal.objects.values_list("event_id", flat=True)) == [quick.pk, slow.pk]
    assert clean().seals == 2


@pytest.mark.django_db(transaction=True)
def test_a_sealer_at_work_stops_no_writer_and_a_second_sealer_does_not_wait() -> None:
    happen()
    done: list[int] = []

    def meanwhile() -> None:
        happen()  # would hang if the sealer held what writers need
        done.append(seal_events(wait=False))
        connection.close()

    with transaction.atomic():
        assert seal_events(wait=True) == 1
        thread = threading.Thread(target=meanwhile)
        thread.start()
        thread.join(60)
        assert done == [0]
    assert seal_all(wait=True) == 1
    assert clean().seals == 2


@pytest.mark.django_db(transaction=True)
def test_under_many_writers_that_commit_and_roll_back_each_act_is_in_the_chain_once() -> None:
    writers, acts, at_once = 8, 25, threading.Semaphore(0)
    committed: list[object] = []
    over = threading.Event()
    failures: list[BaseException] = []

    def write(number: int) -> None:
        choose = random.Random(number)
        try:
            at_once.acquire()
            for _ in range(acts):
                keep = choose.random() < 0.7
                with transaction.atomic():
                    events = [happen(f"writer{number}.wrote") for _ in range(choose.randint(1, 3))]
                    transaction.set_rollback(not keep)
                if keep:
                    committed.extend(event.pk for event in events)
        except BaseException as error:
            failures.append(error)
            raise
        finally:
            connection.close()

    def keep_sealing() -> None:
        try:
            while not over.is_set():
                seal_events(wait=False, limit=7)
        except BaseException as error:
            failures.append(error)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[number]) for number in range(writers)]
    sealers = [threading.Thread(target=keep_sealing) for _ in range(2)]
    for thread in threads + sealers:
        thread.start()
    at_once.release(writers)
    for thread in threads:
        thread.join(120)
    over.set()
    for thread in sealers:
        thread.join(120)
    seal_all(wait=True)

    assert failures == []
    assert len(committed) >= writers
    assert AuditEvent.objects.count() == len(committed)
    assert sorted(AuditSeal.objects.values_list("event_id", flat=True)) == sorted(committed)
    tally = clean()
    assert (tally.seals, tally.waiting) == (len(committed), 0)
