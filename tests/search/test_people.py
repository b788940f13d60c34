"""Works by the people they show, within the rights of whoever asks; and the names on the work, wherever they go."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from assets.models import Asset
from assets.people import LONGEST_NAME, MOST_PEOPLE, names_in_file, names_of
from assets.search import facets
from assets.search.query import SearchQuery
from assets.states import Kind
from assets.usecases.assets_edit import edit_asset
from assets.usecases.revisions_restore import restore_texts
from permissions.actor import ANONYMOUS
from permissions.errors import Invalid
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import bearer
from tests.factories import actor_in, make_agency, make_asset, make_member, make_token
from tests.search.conftest import titles

pytestmark = pytest.mark.django_db
OF_ALL = {"kind": Kind.ARTICLE, "state": AssetState.PUBLISHED, "audience": Audience.PUBLIC}


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP")


def show(title: str, *people: str, **fields: Any) -> Asset:
    return make_asset(texts={"vi": {"title": title}}, people=list(people), **(OF_ALL | fields))


def client_of(agency: Agency, role: Role = Role.EDITOR) -> APIClient:
    return bearer(make_token(user=make_member(agency, role))[1])


def test_a_whole_name_is_found_in_any_spelling_and_longer_names_are_not() -> None:
    show("Một", "Nguyễn Văn A")
    show("Hai", "NGUYỄN VĂN A.", "王小明")
    show("Ba", "Nguyễn Văn An", "Trần Nguyễn Văn A")
    show("Bốn", "Jane O'Brien")
    for said in ("Nguyễn Văn A", "nguyen van a", "Nguyễn  Văn A"):
        assert titles("", people=said, order="newest", actor=ANONYMOUS) == ["Hai", "Một"]
    assert titles("", people="Nguyễn", actor=ANONYMOUS) == []
    assert titles("", people="?!", actor=ANONYMOUS) == []
    assert titles("", people="王小明", actor=ANONYMOUS) == ["Hai"]
    assert titles("", people="jane o'brien", actor=ANONYMOUS) == ["Bốn"]


def test_the_language_of_the_search_asks_for_names_and_for_their_words() -> None:
    show("Một", "Nguyễn Văn A")
    show("Hai", "Nguyễn Văn An", "Lê B")
    asked = {"actor": ANONYMOUS}
    assert titles('people:"nguyen van a"', **asked) == ["Một"]
    assert sorted(titles("person:nguyễn", **asked)) == ["Hai", "Một"]
    assert titles('person:nguyễn -people:"Lê B"', **asked) == ["Một"]
    assert sorted(titles('people:"le b" OR people:"Nguyễn Văn A"', **asked)) == ["Hai", "Một"]
    assert titles('"lê b"', **asked) == ["Hai"]
    assert titles("title:nguyễn", **asked) == []


def test_nobody_finds_or_counts_by_a_name_what_they_may_not_see() -> None:
    mine, other = make_agency(), make_agency()
    show("Của tôi", "Nguyễn Văn A", agency=mine, state=AssetState.DRAFT, audience=Audience.AGENCY)
    show("Của họ", "Nguyễn Văn A", "Lê B", agency=other, state=AssetState.DRAFT, audience=Audience.AGENCY)
    reader = actor_in(mine, Role.EDITOR)
    assert titles("", people="nguyen van a", actor=reader) == ["Của tôi"]
    assert titles('people:"Lê B"', actor=reader) == titles("", people="nguyen van a", actor=ANONYMOUS) == []
    counted = facets(actor=reader, query=SearchQuery(people="Nguyễn Văn A"))
    assert [(one.value, one.count) for one in counted.counts["people"]] == [("Nguyễn Văn A", 1)]


def test_a_facet_counts_what_the_filter_finds() -> None:
    for number, name in enumerate(("Nguyễn Văn A", "NGUYỄN VĂN A", "Nguyễn Văn A")):
        show(f"Cầu {number}", name, "Lê B")
    show("Cầu 3", "Nguyễn Văn A", "Nguyen Van A")
    counted = facets(actor=ANONYMOUS, query=SearchQuery(words="cầu")).counts["people"]
    assert [(one.value, one.count) for one in counted] == [("Nguyễn Văn A", 4), ("Lê B", 3)]


def test_a_name_is_found_from_the_change_on_and_gone_with_it(agency: Agency) -> None:
    work = show("Họp báo", agency=agency)
    editor = client_of(agency)
    path = f"/api/v1/assets/{work.pk}"
    said = editor.patch(path, {"people": [" Nguyễn  Văn A ", "nguyễn văn a", "Lê B"]}, format="json")
    assert said.json()["people"] == ["Nguyễn Văn A", "Lê B"]
    found = Client().get("/api/v1/assets", {"people": "nguyen van a"}).json()["results"]
    assert [row["id"] for row in found] == [str(work.pk)]
    assert Client().get("/api/v1/assets/facets", {"people": "lê b"}).json()["facets"]["people"][0]["count"] == 1
    assert editor.patch(path, {"people": ["Lê B"]}, format="json").status_code == 200
    assert Client().get("/api/v1/assets", {"people": "nguyen van a"}).json()["results"] == []
    assert Client().get(path).json()["people"] == ["Lê B"]
    assert Client().get(f"{path}/ninjs").json()["people"] == [{"name": "Lê B"}]
    assert Client().get(f"{path}/jsonld").json()["about"] == [{"@type": "Person", "name": "Lê B"}]


def test_names_are_bounded() -> None:
    assert names_of(["Nguyễn Văn A", "Nguyễn Văn Á"]) == ["Nguyễn Văn A", "Nguyễn Văn Á"]
    for bad in (["?!"], ["a" * (LONGEST_NAME + 1)], [f"Người {number}" for number in range(MOST_PEOPLE + 1)]):
        with pytest.raises(Invalid) as refused:
            names_of(bad)
        assert list(refused.value.data["fields"]) == ["people"]
    kept = names_in_file(["", "?!", "x" * 500, "Lê B", "lê b", *(f"Người {number}" for number in range(100))])
    assert (len(kept), kept[:2], len(kept[0])) == (MOST_PEOPLE, ["x" * LONGEST_NAME, "Lê B"], LONGEST_NAME)


@pytest.mark.parametrize("people", [["?!"], ["x" * 121], ["x"] * 51, "Lê B", [None], [["a"]]])
def test_the_api_refuses_names_that_are_none(agency: Agency, people: object) -> None:
    work = show("Họp báo", agency=agency)
    answer = client_of(agency).patch(f"/api/v1/assets/{work.pk}", {"people": people}, format="json")
    assert answer.status_code == 400
    assert "people" in answer.json()["errors"]


def test_the_history_tells_names_and_an_old_state_without_any_is_unchanged(agency: Agency) -> None:
    work, editor = make_asset(agency=agency, texts={"vi": {"title": "Họp báo"}}), actor_in(agency, Role.EDITOR)
    edit_asset(asset_id=work.pk, by=editor, fields={"place": "Huế"})
    before = work.revisions.order_by("-number").first()
    assert before is not None
    assert "people" not in before.content["fields"]
    number = before.number
    edit_asset(asset_id=work.pk, by=editor, fields={"people": ["Lê B"]})
    restore_texts(asset_id=work.pk, number=number, by=editor)
    work.refresh_from_db()
    assert work.people == []
    restore_texts(asset_id=work.pk, number=number + 1, by=editor)
    work.refresh_from_db()
    assert work.people == ["Lê B"]
