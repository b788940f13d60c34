"""Changing a password, and getting a new one by mail without telling who has an account."""

import re

import pytest
from django.core import mail
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from mediacenter.tasks import send_password_link
from permissions.models import User
from tests.factories import PASSWORD, make_user
from tests.sign_in.conftest import acts, english, post_password

pytestmark = pytest.mark.django_db
NEW = "another long enough password"
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


@pytest.fixture(autouse=True)
def with_mail(settings) -> None:
    settings.EMAIL_HOST = "mail.example.vn"


def ask(email: str) -> str:
    answer = english().post("/password-reset", {"email": email})
    assert answer.status_code == 200
    return CSRF.sub("", answer.content.decode())


def run_jobs() -> list[str]:
    """What the worker does with the jobs that were queued."""
    jobs = ProcrastinateJob.objects.filter(task_name="mediacenter.send_password_link").order_by("id")
    return [send_password_link(**job.args) for job in jobs]


def test_known_unknown_inactive_and_passwordless_people_look_the_same(lan: User) -> None:
    make_user(email="left@example.vn", password=PASSWORD, is_active=False)
    make_user(email="sso@example.vn", password=None)
    pages = {ask(email) for email in ("Lan@example.vn", "nobody@example.vn", "left@example.vn", "sso@example.vn")}
    assert len(pages) == 1
    assert run_jobs() == ["sent", "nobody", "nobody", "nobody"]
    assert [message.to for message in mail.outbox] == [["lan@example.vn"]]


def test_the_link_of_the_mail_sets_a_new_password_once(at_home: Client, lan: User, settings) -> None:
    ask(lan.email)
    run_jobs()
    link = re.search(rf"{settings.SITE_URL}(/password-reset/\S+)", mail.outbox[0].body)
    assert link is not None
    client = english()
    place = client.get(link[1])["Location"]
    weak = client.post(place, {"new_password1": "password1234", "new_password2": "password1234"})
    assert weak.status_code == 200
    done = client.post(place, {"new_password1": NEW, "new_password2": NEW})
    assert done["Location"] == "/login"
    assert at_home.get("/").status_code == 302, "other sessions have ended"
    assert client.get("/").status_code == 302, "the link signs nobody in"
    assert post_password(english(), password=NEW).status_code == 302
    assert "password.reset" in acts(lan)
    assert "used already" in english().get(link[1], follow=True).content.decode()


def test_mails_to_one_address_are_bounded(lan: User) -> None:
    pages = {ask(lan.email) for _ in range(5)}
    assert len(pages) == 1
    assert run_jobs() == ["sent"] * 3 + ["nobody"] * 2


def test_without_mail_there_is_no_such_page(settings) -> None:
    settings.EMAIL_HOST = ""
    assert english().get("/password-reset").status_code == 404
    assert "password-reset" not in english().get("/login").content.decode()


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}, "not your present password"),
        ({"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW + "x"}, "not the same"),
        ({"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}, "12"),
    ],
)
def test_a_password_is_changed_only_by_who_knows_it_and_to_a_good_one(
    at_home: Client, lan: User, form: dict[str, str], sentence: str
) -> None:
    assert sentence in at_home.post("/account/password", form).content.decode()
    lan.refresh_from_db()
    assert lan.check_password(PASSWORD)


def test_who_signs_in_elsewhere_has_no_password_to_change() -> None:
    client = english()
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/account/password").status_code == 404
