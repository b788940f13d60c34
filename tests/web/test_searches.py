"""The page of saved searches, and saving one on the library."""

import re
from typing import Any

import pytest
from django.test import Client

from assets.changes.sealing import seal_all_changes
from assets.models import SavedSearch
from assets.saved.following import follow
from permissions.vocabulary import Role
from tests.factories import make_agency, make_asset
from tests.web.conftest import SignedIn, text

pytestmark = pytest.mark.django_db


def act(reader: Client, saved: SavedSearch, what: str, **sent: Any) -> Any:
    return reader.post(f"/searches/{saved.pk}/{what}", sent)


def test_a_search_is_saved_on_the_library_and_told_of_on_its_page(signed_in: SignedIn) -> None:
    agency = make_agency(code="VGP")
    reader = signed_in(agency)
    assert "Save this search" not in text(reader, "/")
    assert "Save this search" in text(reader, "/?search=cầu&agency=VGP&captioned=on")
    sent = {"name": "Cầu", "alerts": "daily", "search": "cầu", "agency": "VGP", "kind": "photo"}
    assert reader.post("/searches", sent)["Location"] == "/searches"
    saved = SavedSearch.objects.get()
    assert saved.asked == {"search": "cầu", "agency": str(agency.pk), "kind": "photo"}
    assert "Nothing new" in text(reader, "/searches")
    make_asset(agency=agency, texts={"vi": {"title": "Cầu Long Biên"}})
    seal_all_changes(wait=True)
    follow(saved.pk)
    assert "1 new" in text(reader, "/searches")
    shown = act(reader, saved, "look")["Location"]
    assert "Cầu Long Biên" in re.sub(r"</?mark>", "", text(reader, shown))
    assert "Nothing new" in text(reader, "/searches")


def test_it_is_renamed_given_a_feed_and_deleted(signed_in: SignedIn) -> None:
    reader = signed_in(make_agency())
    reader.post("/searches", {"name": "Một", "search": "x"})
    saved = SavedSearch.objects.get()
    act(reader, saved, "change", name="Hai", alerts="at_once")
    saved.refresh_from_db()
    assert (saved.name, saved.alerts) == ("Hai", "at_once")
    opened = act(reader, saved, "open-feed").content.decode()
    address = re.findall(r'value="[^"]*(/api/v1/feeds/saved/[^"]+/atom)"', opened)[0]
    assert Client().get(address).status_code == 200
    act(reader, saved, "close-feed")
    assert Client().get(address).status_code == 404
    act(reader, saved, "delete")
    assert not SavedSearch.objects.exists()
    assert act(reader, saved, "delete").status_code == 404


def test_a_refusal_is_said_where_it_was_tried(signed_in: SignedIn) -> None:
    reader = signed_in(make_agency())
    for _ in range(2):
        answer = reader.post("/searches", {"name": "Một", "search": "x"}, follow=True)
    assert "You have a search with this name already." in answer.content.decode()
    nameless = reader.post("/searches", {"name": " ", "search": "x"}, follow=True)
    assert "Give it a name." in nameless.content.decode()
    assert SavedSearch.objects.count() == 1


def test_another_person_s_search_is_not_there(signed_in: SignedIn) -> None:
    agency = make_agency()
    signed_in(agency).post("/searches", {"name": "Một", "search": "x"})
    saved = SavedSearch.objects.get()
    other = signed_in(agency, Role.AGENCY_ADMIN)
    for what in ("change", "delete", "look", "open-feed", "close-feed"):
        assert act(other, saved, what, name="y").status_code == 404
    assert act(other, saved, "nothing").status_code == 404
