"""Searches that one keeps: whose they are, what is new, letters and feeds, by the rights of the moment."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework.test import APIClient

from assets.changes.sealing import seal_all_changes
from assets.models import AlertLetter, Asset, SavedSearch, SearchHit
from assets.saved.following import follow
from assets.saved.letters import GIVEN_UP, SEND_ALERT, ask_for_letter, claim, due_for_letters
from assets.states import Kind
from assets.usecases.searches_save import MOST, save_search
from mediacenter.tasks import follow_searches, send_search_alert, sweep_letters
from permissions.actor import actor_for_user
from permissions.models import Agency, ApiToken, AuditEvent, Membership, User
from permissions.vocabulary import AssetState, Audience, Role, Scope
from tests.api.conftest import bearer
from tests.client.ports import free_port
from tests.factories import make_agency, make_asset, make_member, make_token, make_user

pytestmark = pytest.mark.django_db

URL = "/api/v1/saved-searches"
BRIDGE = {"name": "Cầu", "query": {"search": "cầu"}}


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP")


@pytest.fixture
def person(agency: Agency) -> User:
    return make_member(agency, Role.EDITOR)


@pytest.fixture
def client(person: User) -> APIClient:
    return bearer(make_token(user=person)[1])


def bridge(agency: Agency, **fields: Any) -> Asset:
    return make_asset(agency=agency, texts={"vi": {"title": "Cầu Long Biên"}}, **fields)


def keep(client: APIClient, **more: Any) -> dict[str, Any]:
    answer = client.post(URL, BRIDGE | more, format="json")
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def after_changes(search_id: str) -> int:
    seal_all_changes(wait=True)
    return follow(UUID(search_id))


def new(client: APIClient, search_id: str) -> dict[str, Any]:
    return dict(client.get(f"{URL}/{search_id}").json()["new"])


def letters_sent() -> list[str]:
    """Run the jobs that wait, as a worker would; the bodies of all letters so far."""
    for job in ProcrastinateJob.objects.filter(task_name=SEND_ALERT).order_by("id"):
        send_search_alert(**job.args)
    return [str(each.body) for each in mail.outbox]


# --- Keeping ----------------------------------------------------------------------------------------------------------


def test_a_search_is_kept_listed_renamed_and_deleted_and_the_record_tells(client: APIClient) -> None:
    made = keep(client)
    assert (made["name"], made["query"], made["alerts"]) == ("Cầu", {"search": "cầu"}, "never")
    assert [row["id"] for row in client.get(URL).json()["results"]] == [made["id"]]
    changed = client.patch(f"{URL}/{made['id']}", {"name": "Cầu cũ", "alerts": "daily"}, format="json")
    assert (changed.json()["name"], changed.json()["alerts"]) == ("Cầu cũ", "daily")
    assert client.delete(f"{URL}/{made['id']}").status_code == 204
    assert client.get(f"{URL}/{made['id']}").status_code == 404
    acts = AuditEvent.objects.filter(target=made["id"]).order_by("id").values_list("act", flat=True)
    assert list(acts) == ["search.saved", "search.changed", "search.deleted"]


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_another_person_s_search_is_not_there_even_in_the_same_agency(
    client: APIClient, agency: Agency, method: str
) -> None:
    made = keep(client)
    other = bearer(make_token(user=make_member(agency, Role.AGENCY_ADMIN))[1])
    assert getattr(other, method)(f"{URL}/{made['id']}", {}, format="json").status_code == 404
    assert other.post(f"{URL}/{made['id']}/look", {}, format="json").status_code == 404
    assert other.post(f"{URL}/{made['id']}/feed", {}, format="json").status_code == 404
    assert other.get(URL).json()["results"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "x"}, 400, "invalid"),
        ({"name": " ", "query": {}}, 400, "invalid"),
        ({"name": "x", "query": {"order": "best"}}, 400, "unknown_field"),
        ({"name": "x", "query": {"search": '"'}}, 400, "query_unreadable"),
        ({"name": "x", "query": {"agency": "NOWHERE"}}, 400, "invalid"),
        ({"name": "x", "query": {}, "alerts": "hourly"}, 400, "invalid"),
        ({"name": "Cầu", "query": {}}, 409, "search_name_taken"),
    ],
)
def test_what_cannot_be_kept_is_refused(client: APIClient, body: dict[str, Any], status: int, code: str) -> None:
    keep(client)
    answer = client.post(URL, body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_there_are_not_more_than_fifty(client: APIClient, person: User) -> None:
    for number in range(MOST):
        save_search(by=actor_for_user(person), name=str(number), asked={})
    answer = client.post(URL, BRIDGE, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_searches")


def test_strangers_tokens_without_reading_and_people_of_no_agency_keep_none(person: User) -> None:
    assert APIClient().post(URL, BRIDGE, format="json").status_code == 401
    uploads = bearer(make_token(user=person, scopes=(Scope.UPLOAD,))[1])
    assert uploads.post(URL, BRIDGE, format="json").json()["code"] == "scope_missing"
    nobody = bearer(make_token(user=make_user())[1])
    assert nobody.post(URL, BRIDGE, format="json").status_code == 403


def test_an_agency_s_token_keeps_its_own_and_gets_no_letters(agency: Agency, client: APIClient) -> None:
    token = bearer(make_token(agency=agency, role=Role.EDITOR)[1])
    assert token.post(URL, BRIDGE | {"alerts": "daily"}, format="json").status_code == 400
    made = keep(token)
    assert [row["id"] for row in token.get(URL).json()["results"]] == [made["id"]]
    assert client.get(URL).json()["results"] == []
    bridge(agency)
    assert after_changes(made["id"]) == 1
    assert new(token, made["id"]) == {"count": 1, "more": False}


# --- What is new ------------------------------------------------------------------------------------------------------


def test_new_is_what_became_visible_and_is_found_until_somebody_looks(client: APIClient, agency: Agency) -> None:
    bridge(agency)
    made = keep(client)
    assert after_changes(made["id"]) == 0  # what was there before is not news
    bridge(agency)
    make_asset(agency=agency, texts={"vi": {"title": "Hội nghị"}})
    hidden = bridge(make_agency(), kind=Kind.ARTICLE)
    assert after_changes(made["id"]) == 1
    assert after_changes(made["id"]) == 0
    assert new(client, made["id"]) == {"count": 1, "more": False}
    Asset.objects.filter(pk=hidden.pk).update(state=AssetState.PUBLISHED, audience=Audience.PUBLIC, published_at=Now())
    assert after_changes(made["id"]) == 1  # an old work that is published counts
    assert new(client, made["id"])["count"] == 2
    assert client.post(f"{URL}/{made['id']}/look", {}, format="json").json()["new"]["count"] == 0
    assert new(client, made["id"])["count"] == 0


def test_what_is_not_visible_any_more_is_not_counted(client: APIClient, agency: Agency, person: User) -> None:
    made = keep(client)
    bridge(agency)
    after_changes(made["id"])
    Membership.objects.filter(user=person).update(agency=make_agency())
    assert new(client, made["id"])["count"] == 0


def test_the_list_counts_for_all_searches_at_once(client: APIClient, person: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(URL).status_code == 200
        return len(found)

    save_search(by=actor_for_user(person), name="a", asked={})
    queries()  # the token's last use is noted once
    before = queries()
    for name in "bcd":
        save_search(by=actor_for_user(person), name=name, asked={})
    assert queries() == before


# --- Letters ----------------------------------------------------------------------------------------------------------


def test_a_letter_at_once_tells_of_all_once(client: APIClient, agency: Agency, person: User) -> None:
    made = keep(client, alerts="at_once")
    other = client.post(URL, {"name": "Tất cả", "query": {}, "alerts": "at_once"}, format="json").json()
    work = bridge(agency)
    for each in (made, other):
        after_changes(each["id"])
    assert due_for_letters() == [person.pk]
    assert ask_for_letter(person.pk) is not None
    assert (due_for_letters(), ask_for_letter(person.pk)) == ([], None)
    (body,) = letters_sent()
    assert body.count(f"/assets/{work.pk}") == 2  # one letter for both searches
    assert mail.outbox[0].to == [person.email]
    assert len(letters_sent()) == 1  # the job delivered twice


def test_a_letter_that_was_being_sent_when_the_worker_died_is_not_sent_again(
    client: APIClient, agency: Agency, person: User
) -> None:
    made = keep(client, alerts="at_once")
    bridge(agency)
    after_changes(made["id"])
    letter = ask_for_letter(person.pk)
    assert letter is not None
    assert claim(letter.pk)
    assert letters_sent() == []


def test_a_letter_waits_while_the_mail_server_is_away(
    client: APIClient, agency: Agency, person: User, settings: Any
) -> None:
    made = keep(client, alerts="at_once")
    bridge(agency)
    after_changes(made["id"])
    letter = ask_for_letter(person.pk)
    assert letter is not None
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    with pytest.raises(ConnectionRefusedError):
        send_search_alert(letter_id=str(letter.pk))
    settings.EMAIL_BACKEND = working
    assert len(letters_sent()) == 1


def test_what_a_letter_could_not_tell_is_asked_for_again_once_it_was_given_up(
    client: APIClient, agency: Agency, person: User
) -> None:
    made = keep(client, alerts="at_once")
    work = bridge(agency)
    after_changes(made["id"])
    given_up = ask_for_letter(person.pk)
    assert given_up is not None
    assert sweep_letters(timestamp=0) == "0 letters"  # its job may still try
    AlertLetter.objects.update(created_at=Now() - GIVEN_UP)
    assert sweep_letters(timestamp=0) == "1 letters"
    assert due_for_letters() == [person.pk]
    ask_for_letter(person.pk)
    (body,) = letters_sent()  # of the new letter; the job of the old one, which comes late, finds nothing
    assert f"/assets/{work.pk}" in body
    AlertLetter.objects.update(created_at=Now() - GIVEN_UP)
    assert sweep_letters(timestamp=0) == "0 letters"
    assert due_for_letters() == []
    client.delete(f"{URL}/{made['id']}")
    sweep_letters(timestamp=0)
    assert not AlertLetter.objects.exists()


def test_letters_tell_of_what_is_new_after_they_were_switched_on(
    client: APIClient, agency: Agency, person: User
) -> None:
    made = keep(client)
    bridge(agency)
    after_changes(made["id"])
    client.patch(f"{URL}/{made['id']}", {"alerts": "at_once"}, format="json")
    assert due_for_letters() == []
    assert new(client, made["id"])["count"] == 1  # the page tells of it as before
    later = bridge(agency)
    after_changes(made["id"])
    assert due_for_letters() == [person.pk]
    ask_for_letter(person.pk)
    (body,) = letters_sent()
    assert body.count("/assets/") == 1
    assert str(later.pk) in body


def test_a_search_that_cannot_be_followed_does_not_keep_the_others_from_it(
    client: APIClient, agency: Agency, person: User
) -> None:
    broken = save_search(by=actor_for_user(person), name="a", asked={})
    SavedSearch.objects.filter(pk=broken.pk).update(asked={"what_no_release_knows": 1})
    made = keep(client)
    bridge(agency)
    seal_all_changes(wait=True)
    assert follow_searches(timestamp=0) == "1 hits, 0 letters"
    assert new(client, made["id"]) == {"count": 1, "more": False}


def test_letters_of_a_day_wait_for_the_day(client: APIClient, agency: Agency, person: User) -> None:
    made = keep(client, alerts="daily")
    bridge(agency)
    after_changes(made["id"])
    assert due_for_letters() == []
    SavedSearch.objects.update(written_at=Now() - timedelta(days=1))
    assert due_for_letters() == [person.pk]
    ask_for_letter(person.pk)
    assert due_for_letters() == []


@pytest.mark.parametrize("lost", ["work", "membership", "suspended", "inactive", "unsubscribed"])
def test_a_letter_tells_nothing_that_may_not_be_seen_when_it_is_sent(
    client: APIClient, agency: Agency, person: User, lost: str
) -> None:
    made = keep(client, alerts="at_once")
    work = bridge(agency)
    after_changes(made["id"])
    ask_for_letter(person.pk)
    if lost == "work":
        Asset.objects.filter(pk=work.pk).update(agency=make_agency())
    elif lost == "membership":
        Membership.objects.filter(user=person).delete()
    elif lost == "suspended":
        Membership.objects.filter(user=person).update(suspended_at=Now())
    elif lost == "inactive":
        User.objects.filter(pk=person.pk).update(is_active=False)
    else:
        client.patch(f"{URL}/{made['id']}", {"alerts": "never"}, format="json")
    assert letters_sent() == []


def test_the_worker_s_round_finds_and_asks(client: APIClient, agency: Agency) -> None:
    keep(client, alerts="at_once")
    bridge(agency)
    seal_all_changes(wait=True)
    assert follow_searches(timestamp=0) == "1 hits, 1 letters"
    assert follow_searches(timestamp=0) == "0 hits, 0 letters"
    assert (SearchHit.objects.count(), AlertLetter.objects.count()) == (1, 1)


# --- Feeds ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def browser(person: User) -> APIClient:
    """The person's session: their tokens open no feeds."""
    found = APIClient()
    found.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return found


def feed(client: APIClient, search_id: str) -> dict[str, str]:
    answer = client.post(f"{URL}/{search_id}/feed", {}, format="json")
    assert answer.status_code == 201
    return {form: "/api/v1/" + url.partition("/api/v1/")[2] for form, url in answer.json().items()}


@pytest.mark.parametrize("form", ["atom", "mrss"])
def test_a_feed_is_read_by_its_address_alone_with_the_owner_s_rights_of_the_moment(
    client: APIClient, browser: APIClient, agency: Agency, person: User, form: str
) -> None:
    made = keep(client)
    work, other = bridge(agency), bridge(make_agency())
    address = feed(browser, made["id"])[form]
    answer = APIClient().get(address)
    assert answer.status_code == 200
    assert str(work.pk) in answer.content.decode()
    assert str(other.pk) not in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert APIClient().get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    Asset.objects.filter(pk=work.pk).update(agency=make_agency())
    assert str(work.pk) not in APIClient().get(address).content.decode()
    Membership.objects.filter(user=person).update(suspended_at=Now())
    assert APIClient().get(address).status_code == 404


def test_an_address_ends_when_it_is_ended_replaced_or_its_search_deleted(client: APIClient, browser: APIClient) -> None:
    made = keep(client)
    first = feed(browser, made["id"])["atom"]
    second = feed(browser, made["id"])["atom"]
    assert [APIClient().get(each).status_code for each in (first, second)] == [404, 200]
    assert client.delete(f"{URL}/{made['id']}/feed").status_code == 204
    assert APIClient().get(second).status_code == 404
    third = feed(browser, made["id"])["atom"]
    client.delete(f"{URL}/{made['id']}")
    assert APIClient().get(third).status_code == 404


def test_the_secret_is_kept_nowhere(client: APIClient, browser: APIClient) -> None:
    made = keep(client)
    secret = feed(browser, made["id"])["atom"].split("/")[-2]
    assert secret not in str(SavedSearch.objects.values())
    assert secret not in str(AuditEvent.objects.values())


def test_the_feed_of_an_agency_s_token_ends_with_the_token(agency: Agency) -> None:
    row, secret = make_token(agency=agency, role=Role.VIEWER)
    made = keep(bearer(secret))
    address = feed(bearer(secret), made["id"])["atom"]
    assert APIClient().get(address).status_code == 200
    ApiToken.objects.filter(pk=row.pk).update(revoked_at=Now())
    assert APIClient().get(address).status_code == 404


def test_a_person_s_token_opens_no_feed_that_would_outlive_it(client: APIClient) -> None:
    made = keep(client)
    answer = client.post(f"{URL}/{made['id']}/feed", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_by_token")
    assert SavedSearch.objects.get().feed_digest == ""


def test_a_token_that_may_not_read_learns_and_changes_nothing_of_the_searches(client: APIClient, person: User) -> None:
    made = keep(client)
    blind = bearer(make_token(user=person, scopes=(Scope.UPLOAD,))[1])
    one = f"{URL}/{made['id']}"
    answers = [
        blind.get(URL),
        blind.get(one),
        blind.patch(one, {"name": "x"}, format="json"),
        blind.post(f"{one}/look", {}, format="json"),
        blind.delete(f"{one}/feed"),
        blind.delete(one),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "scope_missing")}
    assert SavedSearch.objects.get().name == "Cầu"
