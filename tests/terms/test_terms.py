"""Terms that an agency asks others to accept, and statements of use: who is asked, what counts, what is kept."""

import csv
import io
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from assets.models import Asset, UsageStatement
from assets.usecases.agencies_merge import merge_agency
from permissions.actor import actor_for_user
from permissions.conditions import conditions_for
from permissions.models import Agency, AgencyTerms, AuditEvent, TermsAcceptance, User
from permissions.usecases.agencies_move import move_agency
from permissions.usecases.clients import register_client
from permissions.vocabulary import Audience, PlatformRole, Role, Scope
from tests.api.conftest import bearer
from tests.factories import make_agency, make_collection, make_member, make_token, make_user
from tests.terms.asking import WORDS, asks, work_of, write

pytestmark = pytest.mark.django_db
STATED = {"HTTP_USAGE_STATEMENT": "B%C3%A0i v%E1%BB%81 c%E1%BA%A7u"}


def client_of(person: User) -> APIClient:
    return bearer(make_token(user=person)[1])


def member(agency: Agency, role: Role = Role.VIEWER) -> APIClient:
    return client_of(make_member(agency, role))


def take(client: Any, work: Asset, **headers: str) -> Any:
    return client.get(f"/api/v1/assets/{work.pk}/download?profile=w320.webp", **headers)


def outcome(client: Any, work: Asset, **headers: str) -> tuple[int, str]:
    answer = take(client, work, **headers)
    return answer.status_code, answer.json().get("code", "")


def accept(client: Any, agency: Agency, version: int = 1) -> Any:
    return client.post(f"/api/v1/agencies/{agency.code}/terms/acceptance", {"version": version}, format="json")


@pytest.fixture
def asking() -> Agency:
    """Asks for terms alone."""
    made = make_agency(code="BVH")
    write(made)
    return asks(made, terms=True)


# --- Who is asked


def test_the_people_of_the_agency_and_above_and_auditors_are_not_asked() -> None:
    top = make_agency()
    owner = asks(make_agency(parent=top), terms=True, statement=True)
    below = make_agency(parent=owner)
    write(owner)
    work = work_of(owner)
    takers = {
        "above": member(top),
        "own": member(owner),
        "token of the agency": bearer(make_token(agency=owner, role=Role.VIEWER)[1]),
        "auditor": client_of(make_user(platform_role=PlatformRole.AUDITOR)),
        "below": member(below, Role.AGENCY_ADMIN),
        "elsewhere": member(make_agency(), Role.AGENCY_ADMIN),
        "central desk": client_of(make_user(platform_role=PlatformRole.CENTRAL_EDITOR)),
        "operator": client_of(make_user(platform_role=PlatformRole.OPERATOR)),
        "token of another": bearer(make_token(agency=make_agency(), role=Role.VIEWER)[1]),
    }
    asked = {name for name, taker in takers.items() if take(taker, work).status_code == 403}
    assert asked == {"below", "elsewhere", "central desk", "operator", "token of another"}
    assert not UsageStatement.objects.exists()


def test_a_stranger_is_told_of_the_terms_and_may_read_them(asking: Agency) -> None:
    asks(asking, terms=True, statement=True)
    work = work_of(asking, audience=Audience.PUBLIC)
    answer = take(Client(), work)
    assert answer.status_code == 200
    told = answer.json()["asks"]
    assert (told["terms"]["version"], told["terms"]["accepted"], told["statement"]) == (1, False, False)
    assert Client().get(told["terms"]["url"]).json()["text"] == WORDS
    assert accept(APIClient(), asking).status_code == 401
    asks(asking, terms=False)
    assert Client().get(told["terms"]["url"]).status_code == 401


def test_a_person_of_no_agency_is_asked_and_can_accept(asking: Agency) -> None:
    work, person = work_of(asking, audience=Audience.PUBLIC), client_of(make_user())
    assert outcome(person, work) == (403, "terms_not_accepted")
    assert accept(person, asking).status_code == 200
    assert take(person, work).status_code == 200


@pytest.mark.parametrize("audience", [Audience.AGENCY, Audience.SHARED])
def test_who_may_not_see_the_work_learns_nothing_of_what_is_asked(asking: Agency, paper: Agency, audience: str) -> None:
    assert outcome(member(paper), work_of(asking, audience=audience)) == (404, "not_found")


# --- What counts


def test_a_person_accepts_once_for_all_works_and_tokens_and_anew_when_the_words_change(
    asking: Agency, paper: Agency
) -> None:
    person = make_member(paper, Role.VIEWER)
    one, other = client_of(person), client_of(person)
    first = accept(one, asking)
    assert (first.status_code, first.json()["on_behalf_of"]) == (200, None)
    again = accept(other, asking)
    assert (again.status_code, again.json()["accepted_at"]) == (200, first.json()["accepted_at"])
    assert [take(client, work_of(asking)).status_code for client in (one, other)] == [200, 200]
    assert take(member(paper), work_of(asking)).status_code == 403
    event = AuditEvent.objects.get(act="terms.accepted")
    assert (event.user, event.agency, event.data) == (person, asking, {"agency": "BVH", "version": 1})
    write(asking, version=2)
    refused = take(one, work_of(asking))
    assert (refused.status_code, refused.json()["terms"][0]["version"]) == (403, 2)
    late = accept(one, asking, 1)
    assert (late.status_code, late.json()["code"], late.json()["version"]) == (409, "terms_changed", 2)


def test_a_program_accepts_for_all_programs_of_its_agency_and_for_no_person(asking: Agency, paper: Agency) -> None:
    work = work_of(asking)
    program, sister = (bearer(make_token(agency=paper, role=Role.VIEWER)[1]) for _ in range(2))
    done = accept(program, asking)
    assert (done.status_code, done.json()["on_behalf_of"]["code"]) == (200, "TTX")
    assert take(sister, work).status_code == 200
    assert take(member(paper), work).status_code == 403
    assert AuditEvent.objects.get(act="terms.accepted").on_behalf_of == paper
    chief = make_member(paper, Role.AGENCY_ADMIN)
    oauth = register_client(by=actor_for_user(chief), agency=paper, name="x", scopes=[Scope.READ], role=Role.VIEWER)
    answer = APIClient().post(
        "/oauth/token",
        {"grant_type": "client_credentials", "client_id": oauth.client_id, "client_secret": oauth.secret},
    )
    assert take(bearer(answer.json()["access_token"]), work).status_code == 200


def test_the_nearest_agency_above_decides_and_its_words_hold(paper: Agency) -> None:
    top = make_agency(code="BO")
    middle = make_agency(parent=top)
    below = make_agency(code="CUC", parent=middle)
    write(top)
    work, taker = work_of(below), member(paper)
    assert take(taker, work).status_code == 200
    asks(top, terms=True)
    refused = take(taker, work).json()
    assert refused["terms"][0]["agency"] == "CUC"
    said = taker.get(refused["terms"][0]["url"]).json()
    assert (said["agency"]["code"], said["written_by"]["code"], said["asked"]) == ("CUC", "BO", True)
    asks(middle, terms=False)
    assert take(taker, work).status_code == 200
    asks(below, terms=True)
    assert accept(taker, below).json()["agency"]["code"] == "BO"
    assert take(taker, work).status_code == 200
    write(middle, text_vi="Khác")
    assert take(taker, work).status_code == 403
    move_agency(agency_id=below.pk, parent_id=top.pk, by=actor_for_user(make_user(platform_role=PlatformRole.OPERATOR)))
    assert take(taker, work).status_code == 200


def test_the_terms_of_the_agency_that_has_the_works_after_a_merger_hold(asking: Agency, paper: Agency) -> None:
    work, taker, program = work_of(asking), member(paper), bearer(make_token(agency=paper, role=Role.VIEWER)[1])
    assert [accept(client, asking).status_code for client in (taker, program)] == [200, 200]
    into = asks(make_agency(code="MOI"), terms=True)
    write(into, text_vi="Mới")
    merge_agency(
        agency_id=asking.pk, into_id=into.pk, by=actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
    )
    refused = take(taker, work).json()
    assert (refused["terms"][0]["agency"], refused["terms"][0]["version"]) == ("MOI", 1)
    assert taker.get("/api/v1/agencies/BVH/terms").json()["agency"]["code"] == "MOI"
    assert TermsAcceptance.objects.filter(terms__agency=asking).count() == 2


def test_an_album_of_several_agencies_names_all_that_are_to_be_accepted(
    asking: Agency, owner: Agency, paper: Agency
) -> None:
    own = work_of(paper)
    album = make_collection(own, work_of(asking), work_of(asking), work_of(owner))
    taker, address = member(paper), f"/api/v1/collections/{album.pk}/archive"
    refused = taker.get(address)
    assert [each["agency"] for each in refused.json()["terms"]] == ["BVH", "VGP"]
    assert [accept(taker, agency).status_code for agency in (asking, owner)] == [200, 200]
    assert taker.get(address).json()["code"] == "usage_statement_required"
    assert taker.head(address, **STATED).status_code == 200
    assert not UsageStatement.objects.exists()
    assert b"".join(taker.get(address, **STATED).streaming_content).startswith(b"PK")
    assert [(row.asset.agency.code, row.file) for row in UsageStatement.objects.all()] == [("VGP", "archive")]


def test_links_in_answers_are_handed_out_once_nothing_more_is_asked(asking: Agency, paper: Agency) -> None:
    work, taker = work_of(asking), member(paper)
    paths = (f"assets/{work.pk}", f"assets/{work.pk}/renditions", f"assets?ids={work.pk}&include=renditions")

    def links() -> list[bool]:
        found = []
        for path in paths:
            body = taker.get(f"/api/v1/{path}").json()
            rows = body["results"] if "results" in body else body["renditions"]
            rows = rows[0].get("renditions", rows)
            assert rows[0]["url"]
            found.append(rows[0]["download_url"] is not None)
        return found

    before = taker.get(f"/api/v1/assets/{work.pk}")
    assert before.json()["asks"]["terms"]["accepted"] is False
    assert links() == [False] * 3
    accept(taker, asking)
    after = taker.get(f"/api/v1/assets/{work.pk}", headers={"If-None-Match": before["ETag"]})
    assert (after.status_code, after.json()["asks"]["terms"]["accepted"]) == (200, True)
    assert links() == [True] * 3
    asks(asking, terms=True, statement=True)
    assert links() == [False] * 3


# --- Statements


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("B%C3%A0i%20v%E1%BB%81 c%E1%BA%A7u", "Bài về cầu"),
        ("Bài  về\tcầu".encode().decode("latin-1"), "Bài về cầu"),
        ("for 50% of it", "for 50% of it"),
        ("%0A a b%0A", None),
        ("ab", None),
        ("%00abc", None),
        ("x" * 501, None),
        ("%FF%FE%FD", None),
        (" ", "required"),
        ("x" * 500, "x" * 500),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
    ],
)
def test_a_statement_is_a_short_line_of_words(paper: Agency, said: str, kept: str | None) -> None:
    owner = asks(make_agency(), statement=True)
    found = outcome(member(paper), work_of(owner), HTTP_USAGE_STATEMENT=said)
    rows = [row.text for row in UsageStatement.objects.all()]
    if kept == "required":
        assert (found, rows) == ((403, "usage_statement_required"), [])
    elif kept is None:
        assert found[0] == 400 or (said.startswith("%0A") and rows == ["a b"])
    else:
        assert (found, rows) == ((200, ""), [kept])


def test_the_owner_reads_who_downloaded_for_what_and_has_it_in_its_export(owner: Agency, paper: Agency) -> None:
    asks(owner, statement=True)
    work, reporter = work_of(owner), make_member(paper, Role.VIEWER)
    program = make_token(agency=paper, role=Role.VIEWER, name="Hệ thống toà soạn")
    assert take(client_of(reporter), work, HTTP_USAGE_STATEMENT="=SUM(A1)").status_code == 200
    assert take(bearer(program[1]), work, **STATED).status_code == 200
    reader = member(owner, Role.CONTRIBUTOR)
    said = reader.get(f"/api/v1/assets/{work.pk}/uses").json()["statements"]
    assert [(row["text"], row["by"], row["agency"]["code"], row["file"]) for row in said] == [
        ("Bài về cầu", "Hệ thống toà soạn", "TTX", "w320.webp"),
        ("=SUM(A1)", reporter.full_name, "TTX", "w320.webp"),
    ]
    export = reader.get(f"/api/v1/agencies/{owner.code}/reuse/export").content.decode("utf-8-sig")
    rows = [row for row in csv.DictReader(io.StringIO(export)) if row["kind"] == "statement"]
    day = str(timezone.localdate())
    assert [(row["said"], row["said_by"], row["said_on"], row["by"]) for row in rows] == [
        ("Bài về cầu", "Hệ thống toà soạn", day, "TTX"),
        ("'=SUM(A1)", reporter.full_name, day, "TTX"),
    ]
    other = member(paper, Role.AGENCY_ADMIN)
    assert other.get(f"/api/v1/assets/{work.pk}/uses").status_code == 403
    assert "Bài về cầu" not in other.get("/api/v1/agencies/TTX/reuse/export").content.decode()


# --- Writing and keeping


def put(client: Any, agency: Agency, **texts: str) -> Any:
    return client.put(f"/api/v1/agencies/{agency.code}/terms", texts, format="json")


def test_the_same_words_make_no_version_and_each_is_read_in_the_language_that_there_is(paper: Agency) -> None:
    chief, reader = member(paper, Role.AGENCY_ADMIN), member(make_agency())
    assert put(chief, paper, vi="Một\r\nhai").json()["version"] == 1
    assert put(chief, paper, vi=" Một\nhai ").status_code == 200
    assert (put(chief, paper, vi="Ba", zh="三").json()["version"], AgencyTerms.objects.count()) == (2, 2)

    def read(language: str, **query: int) -> tuple[str, str]:
        headers = {"Accept-Language": language}
        said = reader.get(f"/api/v1/agencies/{paper.code}/terms", query, headers=headers).json()
        return said["language"], said["text"]

    assert [read("zh-CN"), read("en"), read("vi")] == [("zh", "三"), ("vi", "Ba"), ("vi", "Ba")]
    assert read("en", version=1) == ("vi", "Một\nhai")
    assert reader.get(f"/api/v1/agencies/{paper.code}/terms?version=3").status_code == 404
    written = AuditEvent.objects.filter(act="agency.terms_written", target=paper.pk).order_by("id")
    assert [event.data["version"] for event in written] == [1, 2]


@pytest.mark.parametrize(
    ("texts", "wrong"),
    [({}, "vi"), ({"vi": " "}, "vi"), ({"vi": "a", "en": "x" * 20_001}, "en"), ({"vi": "a", "fr": "b"}, "fr")],
)
def test_terms_that_cannot_be_used_say_why(paper: Agency, texts: dict[str, str], wrong: str) -> None:
    answer = put(member(paper, Role.AGENCY_ADMIN), paper, **texts)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [wrong])


def test_terms_are_asked_for_only_where_there_are_some(paper: Agency) -> None:
    chief, address = member(paper, Role.AGENCY_ADMIN), f"/api/v1/agencies/{paper.code}"
    early = chief.patch(address, {"asks_terms": True}, format="json")
    assert (early.status_code, list(early.json()["errors"])) == (400, ["asks_terms"])
    put(chief, paper, vi="x")
    done = chief.patch(address, {"asks_terms": True, "asks_statement": True}, format="json").json()["administration"]
    assert (done["asks_terms_now"], done["asks_statement_now"]) == (True, True)
    back = chief.patch(address, {"asks_terms": None}, format="json").json()["administration"]
    assert (back["asks_terms"], back["asks_terms_now"]) == (None, False)


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_keeps_what_was_written_and_accepted(asking: Agency, paper: Agency, act: str) -> None:
    accept(member(paper), asking)
    for rows in (AgencyTerms.objects.all(), TermsAcceptance.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(token=None) if act == "update" else rows._raw_delete(rows.db)


def test_what_was_stated_is_not_changed_and_goes_with_the_work(paper: Agency) -> None:
    work = work_of(asks(make_agency(), statement=True))
    take(member(paper), work, **STATED)
    with pytest.raises(DatabaseError), transaction.atomic():
        UsageStatement.objects.update(text="x")
    assert UsageStatement.objects.filter(asset=work).delete()[0] == 1


def test_a_list_asks_of_all_its_agencies_at_once(
    asking: Agency, owner: Agency, paper: Agency, django_assert_max_num_queries: Any
) -> None:
    actor = actor_for_user(make_member(paper))
    paths = [asking.path, owner.path, paper.path, *(make_agency(parent=owner).path for _ in range(20))]
    with django_assert_max_num_queries(3):
        found = conditions_for(actor, paths)
    assert sum(each.owes_terms for each in found.values()) == 22
    quiet = make_agency()
    with django_assert_max_num_queries(1):
        assert conditions_for(actor, [quiet.path])[quiet.path].lets_take
