"""A portal's page with a script that calls the API from another origin, in a real browser."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience
from tests.browser.conftest import Site, sign_in
from tests.chromium import Open
from tests.factories import make_ready_asset, make_token

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CALL = """async ([address, options]) => {
  try {
    const answer = await fetch(address, options);
    const { headers } = answer;
    const [etag, left] = [headers.get('ETag'), headers.get('RateLimit-Remaining')];
    return { status: answer.status, etag, left, body: await answer.json() };
  } catch (error) {
    return { refused: error.name };
  }
}"""


@pytest.fixture
def portal(elsewhere: tuple[str, Path], new_page: Open) -> Page:
    origin, folder = elsewhere
    (folder / "index.html").write_text("<!doctype html><title>Cổng</title>")
    page = new_page()
    page.goto(f"{origin}/")
    return page


def call(page: Page, address: str, **options: Any) -> Any:
    return page.evaluate(CALL, [address, options])


def register(site: Site, origin: str) -> None:
    Agency.objects.filter(pk=site.agency.pk).update(api_origins=[origin])


def test_a_page_of_a_registered_origin_reads_and_writes_with_a_token(
    site: Site, portal: Page, elsewhere: tuple[str, Path]
) -> None:
    register(site, elsewhere[0])
    asset = make_ready_asset(agency=site.agency, texts={"vi": {"title": "Cầu"}})
    _, secret = make_token(user=site.editor)
    signed = {"Authorization": f"Bearer {secret}"}
    address = f"{site.url}/api/v1/assets/{asset.pk}"

    read = call(portal, address, headers=signed)
    assert (read["status"], read["body"]["title"]) == (200, "Cầu")
    assert read["etag"]
    assert int(read["left"]) > 0
    body = '{"texts": {"en": {"title": "Bridge"}}}'
    headers = {**signed, "Content-Type": "application/json", "If-Match": read["etag"]}
    written = call(portal, address, method="PATCH", headers=headers, body=body)
    assert written["status"] == 200, written
    refused = call(portal, address)  # the page alone is a stranger
    assert (refused["status"], refused["body"]["code"]) == (404, "not_found")


def test_a_page_of_any_other_origin_reads_nothing_and_changes_nothing(site: Site, portal: Page) -> None:
    asset = make_ready_asset(agency=site.agency, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    _, secret = make_token(user=site.editor)
    signed = {"Authorization": f"Bearer {secret}"}
    address = f"{site.url}/api/v1/assets/{asset.pk}"
    assert call(portal, address, headers=signed) == {"refused": "TypeError"}
    assert call(portal, address) == {"refused": "TypeError"}  # not even what is public
    headers = {**signed, "Content-Type": "application/json"}
    patch = call(portal, address, method="PATCH", headers=headers, body='{"urgency": 1}')
    assert patch == {"refused": "TypeError"}
    asset.refresh_from_db()
    assert asset.urgency != 1


def test_the_session_of_who_looks_at_the_page_is_not_lent_to_it(
    site: Site, portal: Page, elsewhere: tuple[str, Path]
) -> None:
    """Both are ``localhost``, one site to the browser: it sends the cookie where the page asks for that."""
    origin = elsewhere[0].replace("127.0.0.1", "localhost")
    register(site, origin)
    sign_in(portal, site)
    portal.goto(f"{origin}/")
    address = f"{site.url}/api/v1/session"
    assert any("session" in str(cookie["name"]) for cookie in portal.context.cookies(address))
    assert call(portal, address, credentials="include") == {"refused": "TypeError"}
    plain = call(portal, address)
    assert (plain["status"], plain["body"]["user"]) == (200, None)
