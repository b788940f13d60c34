"""Searching on the library's page: marks, what was meant, counts, refusals, pages."""

import pytest

from assets.search import refresh_entries
from assets.search.entries import passages_of
from assets.search.terms import keep_terms, terms_of
from assets.states import Kind, VersionState
from mediacenter.web.views import library
from tests.factories import make_agency, make_asset, make_version
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db


def test_what_was_found_is_marked_and_everything_else_escaped(signed_in: SignedIn) -> None:
    agency = make_agency()
    make_asset(agency=agency, texts={"vi": {"title": "<i>Cầu</i> Long Biên"}})
    make_asset(agency=agency, texts={"vi": {"title": "Hai", "caption": "Trên <b>cầu</b> Long Biên"}})
    page = signed_in(agency).get("/?search=cau").content.decode()
    assert "&lt;i&gt;<mark>Cầu</mark>&lt;/i&gt; Long Biên" in page
    assert "Trên &lt;b&gt;<mark>cầu</mark>&lt;/b&gt; Long Biên" in page


def test_words_with_an_error_show_what_was_meant(signed_in: SignedIn) -> None:
    agency = make_agency()
    made = make_asset(agency=agency, texts={"vi": {"title": "Hội nghị"}})
    keep_terms(terms_of(passages_of(made)))
    answer = signed_in(agency).get("/", {"search": "hội ngịh"})
    assert (answer.context["meant"], len(answer.context["cards"])) == ("hội nghị", 1)
    assert "<strong>hội nghị</strong>" in answer.content.decode()


def test_words_that_are_no_query_are_refused_with_a_sentence(signed_in: SignedIn) -> None:
    agency = make_agency()
    make_asset(agency=agency, texts={"vi": {"title": "Hội nghị"}})
    answer = signed_in(agency).get("/", {"search": '"hội'})
    assert (answer.status_code, answer.context["cards"]) == (200, [])
    assert 'role="alert"' in answer.content.decode()


def test_counts_narrow_what_was_found(signed_in: SignedIn) -> None:
    agency = make_agency()
    for kind in (Kind.PHOTO, Kind.PHOTO, Kind.VIDEO):
        make_asset(agency=agency, kind=kind, texts={"vi": {"title": "Hội nghị"}})
    reader = signed_in(agency)
    links = reader.get("/", {"search": "hội nghị"}).context["narrower"]
    assert [(link.count.value, link.count.count) for link in links] == [("photo", 2), ("video", 1)]
    narrowed = reader.get(f"/?{links[1].address}")
    assert [card.kind for card in narrowed.context["cards"]] == ["video"]
    assert narrowed.context["narrower"] == []


def test_pages_of_a_search_lead_on_with_its_filters(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "PAGE_SIZE", 2)
    agency = make_agency()
    for number in range(5):
        make_asset(agency=agency, texts={"vi": {"title": f"Hội nghị {number}"}}, place="Huế")
    make_asset(agency=agency, texts={"vi": {"title": "Hội nghị xa"}}, place="Vinh")
    reader = signed_in(agency)
    seen, query = [], "search=hội nghị&place=huế&order=newest"
    while query:
        context = reader.get(f"/?{query}").context
        seen += [card.words.title for card in context["cards"]]
        query = context["more"]
    assert seen == [f"Hội nghị {number}" for number in (4, 3, 2, 1, 0)]
    assert len(reader.get("/?search=hội&after=nonsense").context["cards"]) == 2


def test_colours_are_chosen_and_narrow_what_was_found(signed_in: SignedIn) -> None:
    agency = make_agency()
    for title, colours in (("Cờ", ["red", "yellow"]), ("Biển", ["blue"])):
        asset = make_asset(agency=agency, texts={"vi": {"title": title}})
        make_version(asset, state=VersionState.READY, colours=colours)
        refresh_entries([asset.pk])
    reader = signed_in(agency)
    chosen = reader.get("/", {"colour": "red"})
    assert [card.words.title for card in chosen.context["cards"]] == ["Cờ"]
    page = chosen.content.decode()
    assert '<input type="radio" name="colour" value="red"' in page
    assert "swatch-black_and_white" in page
    assert [card.words.title for card in reader.get("/", {"colour": "teal"}).context["cards"]] == ["Biển", "Cờ"]
    links = [link for link in reader.get("/", {"search": "kind:photo"}).context["narrower"] if link.colour]
    assert [(link.colour, link.count.count) for link in links] == [("blue", 1), ("red", 1), ("yellow", 1)]
    assert [card.words.title for card in reader.get(f"/?{links[0].address}").context["cards"]] == ["Biển"]
