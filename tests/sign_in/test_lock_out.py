"""Guessing passwords: stopped from one address and from many, alike for accounts that exist and that do not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import get_hasher
from django.db.models.functions import Now
from django.test import Client

from mediacenter.web.views import accounts
from permissions.models import AuditEvent, Throttle, User
from permissions.usecases.throttle import PASSWORD as PATIENCE
from permissions.usecases.throttle import Patience, attempt, succeeded
from tests.factories import PASSWORD
from tests.sign_in.conftest import acts, post_password

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that a slow machine does not sit out between two requests."""
    monkeypatch.setattr(accounts, "PASSWORD", replace(PATIENCE, first=timedelta(minutes=10)))


def guess(number: int, email: str) -> int:
    """A wrong password, each from another address."""
    client = Client(REMOTE_ADDR=f"198.51.100.{number}")
    return post_password(client, email, "wrong").status_code


def behind(proxied: str) -> Client:
    """A browser as our proxy passes it on."""
    return Client(REMOTE_ADDR="10.0.0.2", headers={"x-forwarded-for": proxied})


def test_behind_a_proxy_only_the_address_that_guessed_is_stopped(lan: User, settings) -> None:
    settings.TRUSTED_PROXIES = 1
    guesses = [post_password(behind("198.51.100.1"), password="wrong").status_code for _ in range(6)]
    assert (guesses[0], guesses[-1]) == (200, 429)
    assert post_password(behind("198.51.100.1")).status_code == 429
    assert post_password(behind("203.0.113.9")).status_code == 302


def test_guesses_while_an_address_is_stopped_do_not_stop_it_for_longer(lan: User) -> None:
    for _ in range(6):
        post_password(Client(REMOTE_ADDR="198.51.100.1"), password="wrong")
    AccessAttempt.objects.update(attempt_time=Now() - timedelta(minutes=14))
    before = AccessAttempt.objects.get().attempt_time
    assert post_password(Client(REMOTE_ADDR="198.51.100.1"), password="wrong").status_code == 429
    assert AccessAttempt.objects.get().attempt_time == before
    AccessAttempt.objects.update(attempt_time=Now() - timedelta(minutes=16))
    assert post_password(Client(REMOTE_ADDR="198.51.100.1")).status_code == 302


@pytest.mark.parametrize("email", ["lan@example.vn", "nobody@example.vn"])
def test_many_addresses_at_one_account_have_to_wait(lan: User, email: str) -> None:
    answers = [guess(number, email) for number in range(1, 13)]
    assert answers == [200] * 10 + [429] * 2
    refused = post_password(Client(REMOTE_ADDR="203.0.113.9"), email)
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 600
    assert "mediacenter_session" not in refused.cookies


def test_the_wait_grows_and_ends(lan: User) -> None:
    assert [PATIENCE.wait(n).total_seconds() for n in (1, 9, 10, 11, 12, 40)] == [0, 0, 2, 4, 8, 900]
    for number in range(1, 11):
        guess(number, lan.email)
    Throttle.objects.update(last_at=Throttle.objects.get().last_at - timedelta(minutes=11))
    assert post_password(Client()).status_code == 302
    assert not Throttle.objects.exists()


def test_attempts_that_were_refused_do_not_lengthen_the_wait() -> None:
    patience = Patience(free=1, first=timedelta(hours=1), longest=timedelta(hours=1), forgotten=timedelta(days=1))
    assert attempt(purpose="x", name="a", patience=patience).allowed
    refused = [attempt(purpose="x", name="a", patience=patience) for _ in range(5)]
    assert [each.number for each in refused] == [1] * 5
    assert all(timedelta() < each.wait <= timedelta(hours=1) for each in refused)
    assert attempt(purpose="x", name="b", patience=patience).allowed
    succeeded(purpose="x", name="a")
    assert attempt(purpose="x", name="a", patience=patience).allowed


def test_an_old_count_is_forgotten() -> None:
    for _ in range(10):
        attempt(purpose="x", name="a", patience=PATIENCE)
    Throttle.objects.update(last_at=Throttle.objects.get().last_at - timedelta(hours=25))
    assert attempt(purpose="x", name="a", patience=PATIENCE).number == 1


def test_the_table_does_not_tell_which_addresses_were_tried(lan: User) -> None:
    guess(1, lan.email)
    assert lan.email not in Throttle.objects.get().key


def test_an_unknown_address_costs_a_hash_too(lan: User, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    kind = type(get_hasher())
    encode = kind.encode

    def counted(self: object, *args: object, **kwargs: object) -> str:
        hashed.append("once")
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(kind, "encode", counted)
    counts = []
    for email in ("lan@example.vn", "nobody@example.vn"):
        hashed.clear()
        post_password(Client(), email, "wrong")
        counts.append(len(hashed))
    assert counts == [1, 1]


def test_sign_ins_and_failures_are_in_the_record(lan: User) -> None:
    post_password(Client(REMOTE_ADDR="203.0.113.9"), password="wrong")
    post_password(Client(), "nobody@example.vn", "wrong")
    post_password(Client(REMOTE_ADDR="203.0.113.9"))
    assert acts(lan) == ["sign_in.failed", "sign_in.succeeded"]
    failed, succeeded_ = AuditEvent.objects.order_by("at")
    assert failed.user_id is None
    assert failed.address == "203.0.113.9"
    assert (succeeded_.user_id, succeeded_.data["methods"]) == (lan.pk, ["password"])


def test_guessing_cannot_flood_the_record(lan: User) -> None:
    for number in range(1, 40):
        guess(number, lan.email)
        Throttle.objects.update(last_at=Throttle.objects.get().last_at - timedelta(minutes=20))
    assert [e.data["number"] for e in AuditEvent.objects.order_by("at", "id")] == [1, 2, 3, 4, 5, 8, 16, 32]


def test_the_password_itself_is_nowhere(lan: User) -> None:
    post_password(Client(), password="a very secret guess")
    assert PASSWORD not in str(list(AuditEvent.objects.values()))
    assert "secret guess" not in str(list(AuditEvent.objects.values()))
