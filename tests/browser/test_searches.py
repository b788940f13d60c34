"""Saving a search and reading what is new in it, at the width of a phone and of a desk."""

import os
from pathlib import Path

import pytest

from assets.changes.sealing import seal_all_changes
from assets.models import SavedSearch
from assets.saved.following import follow
from tests.browser.conftest import Site, sign_in
from tests.chromium import Open
from tests.factories import make_asset

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [320, 1280])
def test_a_search_is_saved_told_of_and_given_a_feed(site: Site, new_page: Open, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    sign_in(page, site)
    page.locator("#id_search").fill("cầu")
    page.locator("#id_search").press("Enter")
    page.locator("details.save-search summary").click()
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder, f"search-save-{width}.png"), full_page=True)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.locator("#save_name").fill("Cầu trên cả nước")
    page.locator("details.save-search button").click()
    page.locator("li.row strong").wait_for()
    make_asset(agency=site.agency, texts={"vi": {"title": "Cầu Long Biên"}})
    seal_all_changes(wait=True)
    assert follow(SavedSearch.objects.get().pk) == 1
    page.reload()
    page.locator("li.row summary").click()
    page.locator('form[action$="open-feed"] button').click()
    page.locator("#feed-atom").wait_for()
    page.locator("li.row summary").click()
    if folder:
        page.screenshot(path=Path(folder, f"searches-{width}.png"), full_page=True)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
