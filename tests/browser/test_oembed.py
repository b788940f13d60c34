"""What a site does that is given an address of ours: from the page's head to the answer to a frame that shows it."""

import json
from pathlib import Path

import pytest

from assets.states import Kind
from tests.browser.conftest import Site
from tests.chromium import Open
from tests.factories import make_text
from tests.webdata.conftest import make_work
from tests.webdata.test_jsonld import Blocks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_page_elsewhere_shows_the_work_by_what_discovery_leads_to(
    site: Site, elsewhere: tuple[str, Path], new_page: Open
) -> None:
    article = make_work(site.agency, Kind.ARTICLE, texts={})
    make_text(article, language="en", title="My Thuan 2", body="<p>Open to traffic.</p>")
    context = new_page().context
    links = Blocks(context.request.get(f"{site.url}/embed/{article.pk}?lang=en").text()).links
    found = next(each["href"] for each in links if each.get("type") == "application/json+oembed")
    assert found is not None
    said = context.request.get(f"{found}&maxwidth=400&maxheight=300").json()
    origin, folder = elsewhere
    (folder / "index.html").write_text(f"<!doctype html><title>Báo</title>{said['html']}")
    view = new_page()
    refusals: list[str] = []
    view.on("console", lambda message: refusals.append(message.text) if "Policy" in message.text else None)
    view.goto(f"{origin}/")
    box = view.locator("iframe").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (said["width"], said["height"]) == (400, 300)
    frame = view.frame_locator("iframe")
    frame.get_by_role("heading", name="My Thuan 2").wait_for()
    frame.get_by_text("Open to traffic.").wait_for()
    block = frame.locator('script[type="application/ld+json"]').text_content()
    assert json.loads(block or "")["@type"] == "NewsArticle"
    assert refusals == []
