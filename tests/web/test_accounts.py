"""Signing in and out: limits, no enumeration, no open redirect (threats, item 19)."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from permissions.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def sign_in(client: Client, email: str, password: str = "wrong", **more: str) -> HttpResponse:
    return client.post(reverse("web:login"), {"username": email, "password": password, **more})


def without_noise(response: HttpResponse, email: str) -> str:
    """The page without what differs between any two answers: CSRF tokens and the typed address."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return text.replace(email, "")


@pytest.fixture
def lan() -> User:
    return make_user(email="lan@example.vn", password=PASSWORD)


def test_people_sign_in_by_email_in_any_case_and_land_in_the_library(client: Client, lan: User) -> None:
    answer = sign_in(client, " LAN@example.vn", PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").context["user"] == lan


def test_an_unknown_person_a_wrong_password_and_an_inactive_person_look_the_same(client: Client, lan: User) -> None:
    make_user(email="left@example.vn", password=PASSWORD, is_active=False)
    pages = {
        without_noise(sign_in(client, email, password), email)
        for email, password in (
            ("lan@example.vn", "wrong"),
            ("nobody@example.vn", "wrong"),
            ("left@example.vn", PASSWORD),
        )
    }
    assert len(pages) == 1
    assert "kiểm tra cả hai" in pages.pop()


@pytest.mark.parametrize("email", ["lan@example.vn", "nobody@example.vn"])
def test_the_sixth_attempt_is_refused_for_known_and_unknown_addresses_alike(
    client: Client, lan: User, email: str
) -> None:
    answers = [sign_in(client, email) for _ in range(5)]
    assert [answer.status_code for answer in answers[:4]] == [200] * 4
    locked = sign_in(client, email, PASSWORD)
    assert (locked.status_code, locked["Retry-After"]) == (429, "900")
    assert "sessionid" not in locked.cookies
    assert "mediacenter_session" not in locked.cookies


def test_another_case_of_the_address_is_not_another_count(client: Client, lan: User) -> None:
    for email in ("lan@example.vn", "Lan@example.vn", "LAN@example.vn", "lAn@example.vn", "laN@example.vn"):
        sign_in(client, email)
    assert sign_in(client, "lan@EXAMPLE.vn", PASSWORD).status_code == 429


@pytest.mark.parametrize(
    ("wanted", "followed"),
    [
        ("/upload", "/upload"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_next_leads_only_to_this_site(client: Client, lan: User, wanted: str, followed: str) -> None:
    assert sign_in(client, lan.email, PASSWORD, next=wanted)["Location"] == followed


def test_the_language_form_leads_only_to_this_site(client: Client) -> None:
    answer = client.post(reverse("web:language"), {"language": "en", "next": "https://evil.example/"})
    assert answer["Location"] == "/"
    assert client.cookies["mediacenter_language"].value == "en"


def test_signing_out_takes_a_post(client: Client, lan: User) -> None:
    client.force_login(lan, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("web:logout")).status_code == 405
    client.post(reverse("web:logout"))
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("name", ["login", "logout", "language"])
def test_forms_without_their_token_are_refused(lan: User, name: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse(f"web:{name}"), {"username": lan.email, "password": PASSWORD}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/upload", "/tokens", "/assets/0197f3a0-0000-7000-8000-000000000000"])
def test_strangers_are_sent_to_sign_in(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/login?next={path}")
