"""GET assets with words, filters and orders; counts and suggestions."""

import pytest
from rest_framework.test import APIClient

from assets.search.entries import passages_of
from assets.search.terms import keep_terms, terms_of
from assets.states import Kind
from permissions.models import Agency
from permissions.vocabulary import Scope
from tests.api.conftest import ClientFor
from tests.factories import make_agency, make_asset, make_version

pytestmark = pytest.mark.django_db

ASSETS = "/api/v1/assets"


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP")


@pytest.fixture
def client(client_for: ClientFor, agency: Agency) -> APIClient:
    return client_for(agency)


def found(client: APIClient, **asked: object) -> list[str]:
    answer = client.get(ASSETS, asked)
    assert answer.status_code == 200, answer.content
    return [row["title"] for row in answer.json()["results"]]


def test_hits_come_by_relevance_with_what_was_found_marked(client: APIClient, agency: Agency) -> None:
    make_asset(agency=agency, texts={"vi": {"title": "Bán đảo", "caption": "<b>x</b> & bán đảo Sơn Trà"}})
    make_asset(agency=agency, texts={"vi": {"title": "Ban đêm ở đảo"}})
    make_asset(texts={"vi": {"title": "Bán đảo kín"}})
    answer = client.get(ASSETS, {"search": "bán đảo"}).json()
    assert [row["title"] for row in answer["results"]] == ["Bán đảo", "Ban đêm ở đảo"]
    assert answer["results"][0]["highlights"] == {
        "title": "<mark>Bán đảo</mark>",
        "caption": "&lt;b&gt;x&lt;/b&gt; &amp; <mark>bán đảo</mark> Sơn Trà",
    }
    assert answer["results"][1]["highlights"] == {"title": "<mark>Ban</mark> đêm ở <mark>đảo</mark>"}
    assert (answer["did_you_mean"], answer["previous"]) == (None, None)
    assert found(client, search="bán đảo", order="newest") == ["Ban đêm ở đảo", "Bán đảo"]


def test_links_lead_through_all_pages_also_of_what_was_meant(client: APIClient, agency: Agency) -> None:
    for number in range(5):
        made = make_asset(agency=agency, texts={"vi": {"title": f"Hội nghị {number}"}})
        keep_terms(terms_of(passages_of(made)))
    for words, meant in (("hội nghị", None), ("hội ngịh", "hội nghị")):
        answer = client.get(ASSETS, {"search": words, "page_size": 2}).json()
        assert answer["did_you_mean"] == meant
        seen = [row["title"] for row in answer["results"]]
        while answer["next"]:
            answer = client.get(answer["next"]).json()
            seen += [row["title"] for row in answer["results"]]
        assert sorted(seen) == [f"Hội nghị {number}" for number in range(5)]


def test_filters_of_files_places_and_dates(client: APIClient, agency: Agency) -> None:
    wide = make_asset(
        agency=agency, texts={"vi": {"title": "Rộng"}}, place="Vịnh Hạ Long", event_date="2020-05-01T00:00:00Z"
    )
    tall = make_asset(agency=agency, texts={"vi": {"title": "Cao"}}, urgency=1)
    film = make_asset(agency=agency, kind=Kind.VIDEO, texts={"vi": {"title": "Phim"}})
    for asset, width, height, duration in ((wide, 1920, 1080, None), (tall, 600, 800, None), (film, 640, 640, 61.5)):
        version = make_version(asset)
        version.width, version.height, version.duration = width, height, duration
        version.save()
    for asked, titles in (
        ({"orientation": "landscape"}, ["Rộng"]),
        ({"orientation": "portrait"}, ["Cao"]),
        ({"orientation": "square"}, ["Phim"]),
        ({"min_width": 1000}, ["Rộng"]),
        ({"min_height": 700}, ["Cao", "Rộng"]),
        ({"min_duration": 60, "max_duration": 62}, ["Phim"]),
        ({"place": "ha long"}, ["Rộng"]),
        ({"taken_from": "2020-01-01T00:00:00Z", "taken_to": "2021-01-01T00:00:00Z"}, ["Rộng"]),
        ({"published_from": "2020-01-01T00:00:00Z"}, []),
        ({"urgency": 2}, ["Cao"]),
        ({"has_captions": "false"}, ["Phim", "Cao", "Rộng"]),
        ({"has_captions": "true"}, []),
        ({"licence": "x"}, []),
        ({"order": "taken"}, ["Phim", "Cao", "Rộng"]),
        ({"search": "orientation:portrait"}, ["Cao"]),
    ):
        assert found(client, **asked) == titles, asked


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("search=%22open", "query_unreadable"),
        ("search=tint:red", "query_unreadable"),
        ("order=random", "invalid"),
        ("min_width=0", "invalid"),
        ("orientation=round", "invalid"),
        ("search=x&cursor=abc", "cursor_invalid"),
        ("colour=teal", "invalid"),
        ("search=colour:teal", "query_unreadable"),
        ("tint=red", "unknown_field"),
        ("taken_from=9999-12-31T23:59:59Z", "invalid"),
    ],
)
def test_what_cannot_be_asked_is_refused(client: APIClient, asked: str, code: str) -> None:
    answer = client.get(f"{ASSETS}?{asked}")
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.content


def test_counts_are_of_what_one_sees(client: APIClient, agency: Agency) -> None:
    make_asset(agency=agency, texts={"vi": {"title": "Cầu"}})
    make_asset(agency=agency, kind=Kind.VIDEO, texts={"vi": {"title": "Cầu"}})
    make_asset(texts={"vi": {"title": "Cầu"}})
    answer = client.get(f"{ASSETS}/facets", {"search": "cầu"}).json()
    assert answer["total"] == {"count": 2, "more": False}
    assert answer["facets"]["kind"] == [
        {"value": "photo", "count": 1, "more": False},
        {"value": "video", "count": 1, "more": False},
    ]
    assert [one["value"] for one in answer["facets"]["agency"]] == ["VGP"]
    assert client.get(f"{ASSETS}/facets?cursor=x").status_code == 400


def test_suggestions_are_of_what_one_sees(client_for: ClientFor, client: APIClient, agency: Agency) -> None:
    for owner, word in ((agency, "Cầu Long Biên"), (None, "Cầu Bí Mật")):
        made = make_asset(texts={"vi": {"title": "x"}}, keywords=[word], **({"agency": owner} if owner else {}))
        keep_terms(terms_of(passages_of(made)))
    assert client.get(f"{ASSETS}/suggestions?prefix=cầu").json() == {"suggestions": ["Cầu Long Biên", "cầu"]}
    assert client.get(f"{ASSETS}/suggestions?prefix=cầu&size=1").json() == {"suggestions": ["Cầu Long Biên"]}
    assert client.get(f"{ASSETS}/suggestions").status_code == 400
    blind = client_for(agency, scopes=(Scope.WRITE,))
    assert blind.get(f"{ASSETS}/suggestions?prefix=cầu").json() == {"suggestions": []}
