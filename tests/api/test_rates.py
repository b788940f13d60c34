"""What a caller may still ask for: counted exactly, by all processes together, and said with every counted answer."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.db.models import F
from django.test import Client

from api.throttling import ActorRateThrottle
from mediacenter.tasks import sweep_sign_ins
from permissions.models import RateCount
from permissions.rates import caller_at, take
from permissions.vocabulary import Role
from tests.api.conftest import ClientFor
from tests.factories import make_agency

HOUR = timedelta(hours=1)


@pytest.fixture
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ActorRateThrottle, "THROTTLE_RATES", {"anonymous": "7/hour", "actor": "3/hour"})


@pytest.mark.django_db
@pytest.mark.usefixtures("_few")
def test_every_counted_answer_says_what_is_left() -> None:
    stranger = Client()
    paths = ["/api/v1/assets", "/api/v1/session", "/api/v1/nowhere", "/api/v1/schema", "/api/v1/tokens"]
    for taken, path in enumerate(paths, start=1):
        answer = stranger.get(path)
        assert answer["RateLimit-Limit"] == "7", (path, answer.status_code)
        assert answer["RateLimit-Remaining"] == str(7 - taken)
        assert 0 < int(answer["RateLimit-Reset"]) <= 3600
        assert answer["RateLimit-Policy"] == '"anonymous";q=7;w=3600'
        assert re.fullmatch(rf'"anonymous";r={7 - taken};t=\d+', answer["RateLimit"])
    assert stranger.delete("/api/v1/session")["RateLimit-Remaining"] == "1"


@pytest.mark.django_db
@pytest.mark.usefixtures("_few")
def test_a_refusal_says_when_to_come_back_and_does_not_count(client_for: ClientFor) -> None:
    client = client_for(make_agency(code="VGP"), Role.VIEWER)
    for _ in range(3):
        assert client.get("/api/v1/session").status_code == 200
    for _ in range(3):
        answer = client.get("/api/v1/session")
        assert (answer.status_code, answer["RateLimit-Remaining"]) == (429, "0")
        assert 1100 <= int(answer["Retry-After"]) <= 1200
    RateCount.objects.update(full_at=F("full_at") - timedelta(minutes=20))  # as if they had passed
    assert client.get("/api/v1/session").status_code == 200
    assert client.get("/api/v1/session").status_code == 429


@pytest.mark.django_db
def test_callers_do_not_take_from_each_other() -> None:
    assert take(name="actor:token:1", limit=2, seconds=3600).remaining == 1
    assert take(name="actor:token:1", limit=2, seconds=3600).remaining == 0
    assert not take(name="actor:token:1", limit=2, seconds=3600).allowed
    assert take(name="actor:token:2", limit=2, seconds=3600).remaining == 1
    assert not RateCount.objects.filter(key__contains="token").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 3, 7, 120])
def test_a_full_bucket_gives_exactly_its_limit(limit: int) -> None:
    left = [take(name="x", limit=limit, seconds=86400).remaining for _ in range(limit)]
    assert left == list(range(limit - 1, -1, -1))
    refused = take(name="x", limit=limit, seconds=86400)
    assert not refused.allowed
    assert 0 < refused.wait <= 86400 / limit


@pytest.mark.django_db(transaction=True)
def test_connections_at_once_share_one_bucket() -> None:
    def ask(_: int) -> int:
        try:
            return sum(take(name="x", limit=50, seconds=86400).allowed for _ in range(20))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(ask, range(6))) == 50


@pytest.mark.django_db
def test_the_table_is_not_logged_and_forgets_who_stays_away() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'permissions_ratecount'")
        assert cursor.fetchone() == ("u",)
    take(name="here", limit=5, seconds=60)
    take(name="away", limit=5, seconds=60)
    RateCount.objects.filter(pk=RateCount.objects.latest("full_at").pk).update(full_at=F("full_at") - HOUR)
    sweep_sign_ins(0)
    assert RateCount.objects.count() == 1


@pytest.mark.django_db
def test_nobody_waits_for_a_clock_that_stepped_back() -> None:
    for _ in range(2):
        take(name="x", limit=2, seconds=60)
    RateCount.objects.update(full_at=F("full_at") + HOUR)  # written when the clock was an hour ahead
    assert take(name="x", limit=2, seconds=60).remaining == 1
    assert take(name="x", limit=2, seconds=60).remaining == 0
    assert take(name="x", limit=2, seconds=60).wait <= 30


@pytest.mark.django_db
def test_another_rate_begins_anew() -> None:
    take(name="x", limit=1, seconds=86400)
    assert not take(name="x", limit=1, seconds=86400).allowed
    assert take(name="x", limit=1, seconds=60).allowed


@pytest.mark.django_db
@pytest.mark.usefixtures("_few")
def test_the_addresses_of_one_network_share_a_rate() -> None:
    def left(address: str) -> str:
        return Client(REMOTE_ADDR=address).get("/api/v1/session")["RateLimit-Remaining"]

    assert [left(f"2001:db8:1:2::{host:x}") for host in (1, 2, 0xFFFF)] == ["6", "5", "4"]
    assert left("2001:db8:1:3::1") == "6"
    assert [left("192.0.2.1"), left("192.0.2.2"), left("::ffff:192.0.2.1")] == ["6", "6", "5"]


def test_what_is_no_address_is_a_caller_of_its_own() -> None:
    assert caller_at("fe80::1%eth0") == "fe80::/64"
    assert caller_at("unknown") == "unknown"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_no_changes_is_away_and_not_a_fault_of_ours() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        try:
            answer = Client().get("/api/v1/session")
        finally:
            cursor.execute("RESET default_transaction_read_only")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
