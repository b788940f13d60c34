"""The library's search as people use it: offers while they type, marks, narrower links."""

import os
from pathlib import Path

import pytest

from assets.search.entries import passages_of
from assets.search.terms import keep_terms, terms_of
from assets.states import Kind
from tests.browser.conftest import Site, script_held_back, sign_in
from tests.chromium import Open
from tests.factories import make_asset

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [320, 1280])
def test_typing_is_offered_what_begins_so_and_finds_it_marked(site: Site, new_page: Open, width: int) -> None:
    for kind in (Kind.PHOTO, Kind.VIDEO):
        made = make_asset(
            agency=site.agency,
            kind=kind,
            texts={"vi": {"title": "Cầu Long Biên mùa hạ", "caption": "Người qua cầu"}},
            place="Cầu Long Biên",
        )
        keep_terms(terms_of(passages_of(made)))
    page = new_page(viewport={"width": width, "height": 900})
    sign_in(page, site)
    field = page.locator("#id_search")
    field.press_sequentially("cau lo")
    page.locator('#search-offered option[value="Cầu Long Biên"]').wait_for(state="attached")
    field.fill("Cầu Long Biên")
    field.press("Enter")
    page.locator("mark").first.wait_for()
    assert page.locator(".tile-title mark").all_text_contents() == ["Cầu Long Biên"] * 2
    assert page.locator(".narrower a").count() == 2
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.locator("details.filters-more summary").click()
        page.screenshot(path=Path(folder, f"library-search-{width}.png"), full_page=True)


def test_what_is_typed_before_the_script_is_there_is_offered_too(site: Site, new_page: Open) -> None:
    made = make_asset(agency=site.agency, texts={"vi": {"title": "Chợ nổi", "caption": ""}}, place="Cầu Long Biên")
    keep_terms(terms_of(passages_of(made)))
    page = new_page()
    with script_held_back(page, "library"):
        sign_in(page, site)
        page.locator("#id_search").press_sequentially("cau lo")
    page.locator('#search-offered option[value="Cầu Long Biên"]').wait_for(state="attached")
