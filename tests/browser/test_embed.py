"""A published film in a frame of another origin: it plays, seeks, switches quality, and needs no cookies."""

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect
from rest_framework.test import APIClient

from assets.models import Asset
from permissions.actor import actor_for_user
from tests.browser.conftest import PROCESSING, Site
from tests.chromium import Open, frame_at, until, watch_it_play
from tests.factories import make_ready_asset

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECONDS = 12


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of 1280 × 720 with sound: two rungs and more."""
    path = tmp_path_factory.mktemp("film") / "bản tin.mp4"
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate=25:duration={SECONDS}"]
    sound = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={SECONDS}"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", *picture, *sound, *codecs, str(path)], check=True, timeout=120)
    return path


def published(site: Site, film: Path, wait: Open) -> str:
    """Uploads, waits for the worker, publishes for everybody; the asset's id."""
    client = APIClient()
    client.force_login(site.editor, backend="django.contrib.auth.backends.ModelBackend")
    with film.open("rb") as file:
        answer = client.post("/api/v1/uploads/file", {"file": file, "title": "Bản tin"}, format="multipart")
    assert answer.status_code == 201, answer.content
    asset = str(answer.json()["asset"]["id"])
    page = wait()
    for _ in range(PROCESSING // 1000):
        processing = client.get(f"/api/v1/assets/{asset}").json()["processing"]
        if processing["state"] in {"ready", "rejected"}:
            break
        page.wait_for_timeout(1000)
    assert processing["state"] == "ready", processing
    assert client.patch(f"/api/v1/assets/{asset}", {"audience": "public"}, format="json").status_code == 200
    assert client.post(f"/api/v1/assets/{asset}/publish", {}, format="json").status_code == 200
    return asset


@pytest.mark.usefixtures("worker")
def test_a_film_plays_seeks_and_switches_quality_in_a_frame_elsewhere(
    site: Site, film: Path, elsewhere: tuple[str, Path], new_page: Open
) -> None:
    asset = published(site, film, new_page)
    page = new_page()
    failures: list[str] = []
    page.on(
        "response", lambda answer: failures.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
    )
    frame = frame_at(page, elsewhere, f"{site.url}/embed/{asset}")
    expect(frame.get_by_role("heading", name="Bản tin")).to_be_visible()
    video = frame.locator("video")
    assert video.evaluate("video => video.poster").endswith("poster.jpg")

    assert "720p" in watch_it_play(frame, seconds=SECONDS)

    assert page.context.cookies() == []
    assert failures == []


@pytest.mark.usefixtures("worker")
def test_the_player_answers_to_its_keys_and_shows_seek_pictures(site: Site, film: Path, new_page: Open) -> None:
    asset = published(site, film, new_page)
    page = new_page()
    page.goto(f"{site.url}/embed/{asset}?lang=en")
    video = page.locator("video")
    video.evaluate("video => { video.muted = true; }")
    until(page, "document.querySelector('video').duration > 0")

    page.keyboard.press("k")
    until(page, "!document.querySelector('video').paused")
    video.focus()
    page.keyboard.press("Space")  # the browser's own key must not act a second time
    until(page, "document.querySelector('video').paused")
    page.keyboard.press("5")
    assert video.evaluate("video => video.currentTime") == pytest.approx(SECONDS / 2, abs=0.2)
    page.keyboard.press("ArrowLeft")
    assert video.evaluate("video => video.currentTime") == pytest.approx(SECONDS / 2 - 5, abs=0.2)
    expect(page.locator(".player-said")).to_have_text("0:01 of 0:12")
    page.keyboard.press("m")
    assert video.evaluate("video => video.muted") is False
    page.keyboard.press("f")
    until(page, "document.fullscreenElement !== null")
    page.keyboard.press("f")
    until(page, "document.fullscreenElement === null")

    strip = page.get_by_label("Preview pictures")
    preview = page.locator(".player-preview")
    held: list[Route] = []
    page.route("**/*.vtt", lambda route: held.append(route))  # noqa: PLW0108  Playwright wants a Python function
    with page.expect_request("**/*.vtt"):
        strip.hover()
    strip.hover(position={"x": 40, "y": 8})
    expect(preview).to_be_hidden()
    held.pop().continue_()  # what was pointed at in the meantime is shown without another movement
    expect(preview).to_be_visible()
    assert "sprite" in preview.evaluate("element => element.style.backgroundImage")


def test_a_frame_shows_a_notice_once_the_work_is_withdrawn(
    site: Site, elsewhere: tuple[str, Path], new_page: Open
) -> None:
    from assets.usecases.assets_edit import edit_asset
    from assets.usecases.assets_publish import publish_asset
    from assets.usecases.assets_withdraw import withdraw_asset

    asset: Asset = make_ready_asset(agency=site.agency, texts={"vi": {"title": "Cầu"}})
    by = actor_for_user(site.editor)
    edit_asset(asset_id=asset.pk, by=by, fields={"audience": "public"})
    publish_asset(asset_id=asset.pk, by=by)
    page = new_page()
    address = f"{site.url}/embed/{asset.pk}"
    expect(frame_at(page, elsewhere, address).get_by_role("heading", name="Cầu")).to_be_visible()
    withdraw_asset(asset_id=asset.pk, by=by, reason="Sai")
    frame = frame_at(page, elsewhere, f"{address}?lang=en")
    expect(frame.get_by_role("heading", name="This was withdrawn")).to_be_visible()


def test_other_origins_than_the_allowed_cannot_frame_it(
    site: Site, elsewhere: tuple[str, Path], new_page: Open, settings
) -> None:
    settings.EMBED_ORIGINS = ("https://bao.example.vn",)
    asset = make_ready_asset(agency=site.agency)
    page = new_page(expect_refusals=True)
    frame = frame_at(page, elsewhere, f"{site.url}/embed/{asset.pk}")
    assert frame.url.startswith("chrome-error:")
