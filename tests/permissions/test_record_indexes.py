"""Searching the record asks an index, however long it grows."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from uuid_utils.compat import uuid7

from permissions.actor import Actor, actor_for_user
from permissions.audit_search import EventFilters, with_names
from permissions.models import Agency, AuditEvent, User
from permissions.vocabulary import PlatformRole, Role
from tests.factories import make_agency, make_membership, make_user

pytestmark = pytest.mark.django_db
ROWS = 20_000

MANY = """
INSERT INTO permissions_auditevent (id, at, act, target, user_id, agency_id, data)
SELECT ('01930000-' || substr(md5('a' || n), 1, 4) || '-7' || substr(md5('b' || n), 1, 3) || '-8'
        || substr(md5('c' || n), 1, 3) || '-' || lpad(to_hex(n), 12, '0'))::uuid,
       now() - n * interval '1 minute',
       'kind' || n %% 50 || '.done', md5((n / 4)::text)::uuid,
       (%(users)s::uuid[])[1 + n %% 20], (%(agencies)s::uuid[])[1 + n %% 40], '{}'
  FROM generate_series(1, %(rows)s) AS n
"""


@pytest.fixture
def world() -> tuple[list[User], list[Agency]]:
    """Twenty thousand events of 20 people and 40 agencies, without the triggers that do not matter here."""
    users = [make_user() for _ in range(20)]
    agencies = [make_agency() for _ in range(40)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            MANY,
            {"users": [user.pk for user in users], "agencies": [agency.pk for agency in agencies], "rows": ROWS},
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE permissions_auditevent, permissions_agency, permissions_user")
    return users, agencies


def auditor() -> Actor:
    return actor_for_user(make_user(platform_role=PlatformRole.AUDITOR))


def plan(events: "QuerySet[AuditEvent]") -> str:
    return events.explain()


def indexes(text: str) -> set[str]:
    return set(re.findall(r"Index (?:Only )?Scan (?:Backward )?(?:using|on) (\w+)", text))


@pytest.mark.parametrize(
    ("what", "index"),
    [("target", "audit_target"), ("agency", "audit_agency"), ("act", "audit_act"), ("act_prefix", "audit_act"),
     ("user", "audit_user"), ("since", "audit_at"), ("until", "audit_at"), ("range", "audit_at")],
)  # fmt: skip
def test_each_filter_uses_its_index(world: tuple[list[User], list[Agency]], what: str, index: str) -> None:
    users, agencies = world
    now = timezone.now()
    edge = timedelta(minutes=ROWS - 100)
    filters = {
        "target": EventFilters(target=AuditEvent.objects.values_list("target", flat=True)[0]),
        "agency": EventFilters(agency=agencies[3]),
        "act": EventFilters(act="kind7.done"),
        "act_prefix": EventFilters(act_prefix="kind7."),
        "user": EventFilters(user=users[3].pk),
        "since": EventFilters(since=now - timedelta(minutes=100)),
        "until": EventFilters(until=now - edge),
        "range": EventFilters(since=now - timedelta(minutes=900), until=now - timedelta(minutes=800)),
    }[what]
    found = AuditEvent.objects.visible_to(auditor()).filter(filters.condition).order_by("at", "id")
    text = plan(found)
    assert "Seq Scan on permissions_auditevent" not in text, text
    assert index in indexes(text), text


def test_a_page_of_the_whole_record_reads_a_page(world: tuple[list[User], list[Agency]]) -> None:
    found = with_names(AuditEvent.objects.visible_to(auditor())).order_by("-id")[:25]
    text = plan(found)
    assert "Seq Scan on permissions_auditevent" not in text, text
    assert "Index Scan Backward using permissions_auditevent_pkey" in text, text
    assert "Sort" not in text, text


@pytest.mark.parametrize("administered", [1, 6])
def test_a_page_for_administrators_reads_their_part(world: tuple[list[User], list[Agency]], administered: int) -> None:
    _, agencies = world
    person = make_user()
    for agency in agencies[:administered]:
        make_membership(user=person, agency=agency, role=Role.AGENCY_ADMIN)
    found = AuditEvent.objects.visible_to(actor_for_user(person)).order_by("-id")[:25]
    text = plan(found)
    assert "Seq Scan on permissions_auditevent" not in text, text
    assert indexes(text) & {"audit_agency", "permissions_auditevent_pkey"}, text


def test_whoever_asks_for_a_thing_never_acted_upon_waits_for_nothing(world: tuple[list[User], list[Agency]]) -> None:
    assert indexes(plan(AuditEvent.objects.filter(target=uuid7()).order_by("-id"))) == {"audit_target"}
