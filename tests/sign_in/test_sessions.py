"""Sessions are listed and end at once, one by one, together, and with the password."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from django.test import Client

from mediacenter.tasks import sweep_sign_ins
from permissions.models import Throttle, User
from permissions.usecases.sessions import end_sessions, sessions_of
from permissions.usecases.throttle import PASSWORD as PASSWORD_PATIENCE
from permissions.usecases.throttle import attempt
from tests.factories import PASSWORD, make_user
from tests.sign_in.conftest import acts, english, post_password

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEW = "another long enough password"


@pytest.fixture
def elsewhere(lan: User) -> Client:
    client = english(HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="203.0.113.9")
    post_password(client)
    return client


def test_each_sign_in_is_listed_with_device_and_address(at_home: Client, elsewhere: Client) -> None:
    page = at_home.get("/account").content.decode()
    assert "Firefox · Linux" in page
    assert "203.0.113.9" in page
    assert page.count("this one") == 1


def test_an_ended_session_is_out_at_its_next_request(at_home: Client, elsewhere: Client, lan: User) -> None:
    row = sessions_of(lan).get(ip="203.0.113.9")
    assert at_home.post(f"/account/sessions/{row.pk}/end")["Location"] == "/account"
    assert elsewhere.get("/").status_code == 302
    assert at_home.get("/").status_code == 200
    assert acts(lan)[-1] == "session.ended"
    assert Session.objects.count() == 1


def test_all_others_end_together(at_home: Client, elsewhere: Client, lan: User) -> None:
    third = english()
    post_password(third)
    at_home.post("/account/sessions/end-others")
    assert [client.get("/").status_code for client in (at_home, elsewhere, third)] == [200, 302, 302]
    assert sessions_of(lan).count() == 1


def test_other_people_s_sessions_look_as_if_they_were_not_there(at_home: Client) -> None:
    other = make_user(email="minh@example.vn", password=PASSWORD)
    theirs = english()
    post_password(theirs, other.email)
    for number in (sessions_of(other).get().pk, 999_999):
        assert at_home.post(f"/account/sessions/{number}/end").status_code == 404
    assert theirs.get("/").status_code == 200


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    at_home: Client, elsewhere: Client, lan: User
) -> None:
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert at_home.post("/account/password", form)["Location"] == "/account"
    assert elsewhere.get("/").status_code == 302
    page = at_home.get("/account").content.decode()
    assert page.count("this one") == 1
    assert acts(lan)[-2:] == ["session.ended", "password.changed"]
    assert post_password(english(), password=NEW).status_code == 302


def test_suspending_a_person_ends_their_sessions_for_good(at_home: Client, lan: User) -> None:
    User.objects.filter(pk=lan.pk).update(is_active=False)
    assert at_home.get("/").status_code == 302
    assert end_sessions(of=lan, by=None) == 1
    User.objects.filter(pk=lan.pk).update(is_active=True)
    assert at_home.get("/").status_code == 302


def test_the_last_use_is_kept_by_the_minute(at_home: Client, lan: User) -> None:
    UserSession.objects.update(last_seen_at=Now())
    row = sessions_of(lan).get()
    at_home.get("/", REMOTE_ADDR="198.51.100.7")
    assert sessions_of(lan).get().last_seen_at == row.last_seen_at
    UserSession.objects.update(last_seen_at=row.last_seen_at - timedelta(minutes=2))
    at_home.get("/", REMOTE_ADDR="198.51.100.7")
    seen = sessions_of(lan).get()
    assert seen.last_seen_at >= row.last_seen_at - timedelta(seconds=5)
    assert seen.ip == "198.51.100.7"


def test_what_is_over_is_swept_away(at_home: Client, elsewhere: Client, lan: User) -> None:
    key = sessions_of(lan).get(ip="203.0.113.9").session_key
    before = Session.objects.get(session_key=key)
    Session.objects.filter(session_key=key).update(expire_date=before.expire_date - timedelta(days=2))
    for name in ("old", "new"):
        attempt(purpose="x", name=name, patience=PASSWORD_PATIENCE)
    first = Throttle.objects.order_by("last_at")[0]
    Throttle.objects.filter(pk=first.pk).update(last_at=first.last_at - timedelta(hours=25))
    assert sweep_sign_ins(timestamp=0) == "1 sessions, 1 counts, 0 answers"
    assert sessions_of(lan).count() == Throttle.objects.count() == 1
    assert at_home.get("/").status_code == 200
