"""People at the sign-in page."""

from collections.abc import Callable

import pyotp
import pytest
from allauth.mfa.utils import decrypt
from django.http import HttpResponse
from django.test import Client

from permissions.actor import actor_for_user
from permissions.models import AuditEvent, User
from permissions.usecases.second_factors import add_totp, factors_of
from tests.factories import PASSWORD, make_user

Browser = Callable[..., Client]


@pytest.fixture(autouse=True)
def quick_hashes(settings) -> None:
    """Slow hashes are Django's; what is tested here is what surrounds them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def lan(quick_hashes: None) -> User:
    return make_user(email="lan@example.vn", password=PASSWORD, full_name="Nguyễn Thị Lan")


def post_password(client: Client, email: str = "lan@example.vn", password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post("/login", {"username": email, "password": password, **more})


def english(**extra: str) -> Client:
    return Client(headers={"accept-language": "en"}, **extra)


@pytest.fixture
def at_home(lan: User) -> Client:
    """Lan's browser, signed in by password."""
    client = english()
    assert post_password(client)["Location"] == "/"
    return client


def confirm(client: Client) -> None:
    """Show once more who it is, by the password."""
    answer = client.post("/account/confirm", {"password": PASSWORD})
    assert answer.status_code == 302, answer.content


def give_totp(user: User) -> pyotp.TOTP:
    """An app with codes of this person; its codes of the present period are still good."""
    secret = pyotp.random_base32()
    add_totp(user=user, by=actor_for_user(user), secret=secret, code=pyotp.TOTP(secret).now())
    row = factors_of(user).totp
    assert row is not None
    assert decrypt(row.data["secret"]) == secret
    row.data["last_counter"] = 0
    row.save()
    return pyotp.TOTP(secret)


def acts(user: User) -> list[str]:
    """What the record says of a person, oldest first."""
    return [event.act for event in AuditEvent.objects.filter(target=user.pk).order_by("at", "id")]
