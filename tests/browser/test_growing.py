"""Somebody waits for their film: it plays before it is processed, and goes over to the whole one without a new page."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from assets.states import Kind, VersionState
from assets.storage import get_store
from tests.browser.conftest import Site, sign_in
from tests.chromium import Open, until
from tests.factories import make_asset, make_version
from tests.transcoding.growing.feeding import Feeder
from tests.transcoding.pipeline.conftest import make_film
from tests.transcoding.video.conftest import Processed, process
from transcoding.attempts import publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECONDS = 14


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Processed:
    folder = tmp_path_factory.mktemp("growing")
    return process(make_film(folder / "film.mp4", seconds=SECONDS, size="426x240"), folder / "out", container="mov")


def publish_all(film: Processed, feeder: Feeder) -> None:
    """The whole set, as the run of the feeder's attempt publishes it."""
    sizes = {}
    for file in film.result.renditions:
        key = f"{feeder.begun.prefix}{file.path}"
        stored = get_store().put_file(key, film.folder / file.path, media_type=file.media_type)
        sizes[str(file.path)] = stored.size
    publish(feeder.begun, result=film.result, sizes=sizes)


def test_a_film_plays_while_it_grows_and_goes_over_to_the_whole_one(
    site: Site, film: Processed, new_page: Open, tmp_path: Path
) -> None:
    asset = make_asset(agency=site.agency, kind=Kind.VIDEO)
    feeder = Feeder(make_version(asset, state=VersionState.PROCESSING), film.folder, folder=tmp_path)
    page = new_page()
    sign_in(page, site)
    page.goto(f"{site.url}/assets/{asset.pk}")
    page.evaluate("window.sameDocument = true")
    expect(page.locator("video")).to_have_count(0)

    feeder.open(duration=SECONDS)
    feeder.add(range(2))

    page.locator("[data-growing] video").wait_for()
    until(page, "document.querySelector('video').readyState >= 2")
    expect(page.locator("[data-playable]")).to_contain_text("0:06")
    page.evaluate("() => { const v = document.querySelector('video'); v.muted = true; return v.play(); }")
    until(page, "document.querySelector('video').currentTime > 5")

    feeder.add(range(2, 3))

    until(page, "document.querySelector('video').currentTime > 7")
    page.evaluate("document.querySelector('video').pause()")
    stopped = page.evaluate("document.querySelector('video').currentTime")
    publish_all(film, feeder)

    page.locator("[data-whole]").wait_for()
    until(page, f"Math.abs(document.querySelector('video').duration - {SECONDS}) < 0.2")
    until(page, f"Math.abs(document.querySelector('video').currentTime - {stopped}) < 0.5")
    assert page.evaluate("window.sameDocument") is True
    assert page.locator("[data-growing]").count() == 0
    page.evaluate("() => { const v = document.querySelector('video'); v.currentTime = 12; return v.play(); }")
    until(page, "document.querySelector('video').ended")


def test_a_page_that_nobody_watches_is_read_anew_when_the_film_is_ready(
    site: Site, film: Processed, new_page: Open, tmp_path: Path
) -> None:
    asset = make_asset(agency=site.agency, kind=Kind.VIDEO)
    feeder = Feeder(make_version(asset, state=VersionState.PROCESSING), film.folder, folder=tmp_path)
    feeder.open(duration=SECONDS)
    feeder.add(range(2))
    page = new_page()
    sign_in(page, site)
    page.goto(f"{site.url}/assets/{asset.pk}")
    page.locator("[data-growing] video").wait_for()
    page.evaluate("window.sameDocument = true")

    publish_all(film, feeder)

    expect(page.locator("[data-processing]")).to_have_count(0)
    expect(page.locator("[data-player]:not([data-growing]) video")).to_have_count(1)
    assert page.evaluate("window.sameDocument === undefined")
