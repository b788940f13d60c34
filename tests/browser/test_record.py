"""The record in the browser: readable at every width, its filters and its export by hand."""

import csv
import io
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from permissions.actor import actor_for_user
from permissions.audit import record
from permissions.origin import Origin, acting_from
from permissions.sealing import seal_all
from permissions.vocabulary import Role
from tests.browser.conftest import Site, sign_in
from tests.browser.test_accessibility import check
from tests.chromium import Open
from tests.factories import make_asset

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


@pytest.fixture
def written(site: Site) -> str:
    """Some acts on an asset, by the editor, who administers the agency in this test; the asset's id."""
    site.editor.memberships.update(role=Role.AGENCY_ADMIN)
    asset = make_asset(agency=site.agency, texts={"vi": {"title": "Cầu Long Biên"}})
    actor = actor_for_user(site.editor)
    with acting_from(Origin(address="203.113.131.7", user_agent=AGENT, request_id="0f" * 16)):
        for act, data in (
            ("asset.uploaded", {"filename": "cầu.jpg"}),
            ("asset.edited", {"changed": ["title"], "before": {"title": "Cầu"}}),
            ("original.linked", {"version": str(asset.pk), "sha256": "ab" * 32}),
        ):
            record(act, by=actor, target=asset.pk, agency_id=site.agency.pk, **data)
        record("agency.created", by=None, target=site.agency.pk, agency_id=site.agency.pk, code="VGP")
    seal_all(wait=True)
    return str(asset.pk)


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_can_be_read_and_used_at_every_width(site: Site, written: str, new_page: Open, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    sign_in(page, site)
    page.goto(f"{site.url}/audit")
    check(page)
    page.locator("summary").nth(2).click()
    page.get_by_text('"before"').wait_for()
    check(page)
    picture(page, f"record-{width}")


def test_history_of_an_asset_is_one_step_away_and_taken_along_as_csv(site: Site, written: str, new_page: Open) -> None:
    page = new_page()
    sign_in(page, site)
    page.goto(f"{site.url}/assets/{written}")
    page.get_by_role("link", name="Lịch sử của nội dung này").click()
    acts = page.locator(".record-head > code")
    assert acts.all_inner_texts() == ["original.linked", "asset.edited", "asset.uploaded"]
    page.get_by_label("Hành động", exact=True).fill("asset.*")
    page.get_by_role("button", name="Hiển thị").click()
    page.get_by_text("original.linked").wait_for(state="detached")
    assert acts.all_inner_texts() == ["asset.edited", "asset.uploaded"]
    with page.expect_download() as download:
        page.get_by_role("link", name="Xuất CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert [row["act"] for row in csv.DictReader(io.StringIO(text))] == ["asset.uploaded", "asset.edited"]
