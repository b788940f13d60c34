"""Captions as people meet them: in the player, as chapters to seek by, and on the pages where they are mended."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from assets.models import Asset, TextTrack
from assets.states import Kind, TrackKind
from permissions.vocabulary import AssetState, Audience
from tests.browser.conftest import Site, sign_in
from tests.browser.test_accessibility import check
from tests.chromium import Open, until
from tests.factories import make_ready_asset, make_rendition, make_text, make_track

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PLAYLIST = "application/vnd.apple.mpegurl"


@pytest.fixture(scope="session")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds as HLS with one file of fragments, and whole."""
    folder = tmp_path_factory.mktemp("stream")
    source = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=6"]
    code = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25"]
    form = ["-f", "hls", "-hls_segment_type", "fmp4", "-hls_flags", "single_file", "-hls_time", "2"]
    command = ["ffmpeg", "-v", "error", *source, *code, *form, "-hls_playlist_type", "vod", "v.m3u8"]
    subprocess.run(command, check=True, timeout=120, cwd=folder)
    rung = '#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=320x180,CODECS="avc1.42c00d"\nv.m3u8\n'
    (folder / "master.m3u8").write_text(f"#EXTM3U\n#EXT-X-VERSION:7\n{rung}")
    subprocess.run(["ffmpeg", "-v", "error", *source, *code, "whole.mp4"], check=True, timeout=120, cwd=folder)
    return folder


def film(site: Site, stream: Path) -> Asset:
    """A published film with captions, subtitles and chapters."""
    asset = make_ready_asset(kind=Kind.VIDEO, agency=site.agency)
    make_text(asset, title="Bản tin")
    version = asset.current_version
    assert version is not None
    for file in sorted(stream.iterdir()):
        media_type = PLAYLIST if file.suffix == ".m3u8" else "video/mp4"
        profile = "download.mp4" if file.name == "whole.mp4" else f"hls/{file.name}"
        make_rendition(
            version, profile=profile, media_type=media_type, content=file.read_bytes(), width=320, height=180
        )
    make_track(asset, words="Xin &lt;chào&gt;")
    make_track(asset, kind=TrackKind.SUBTITLES, language="en", words="Hello")
    make_track(asset, kind=TrackKind.CHAPTERS, words="Mở đầu")
    Asset.objects.filter(pk=asset.pk).update(
        state=AssetState.PUBLISHED, audience=Audience.PUBLIC, published_at=datetime.now(UTC)
    )
    return asset


SHOWN = "[...document.querySelector('video').textTracks].find((track) => track.mode === 'showing')"


@pytest.mark.parametrize(("language", "words"), [("vi", "Xin &lt;chào&gt;"), ("en", "Hello")])
def test_the_player_shows_captions_in_the_page_s_language_beside_an_adaptive_stream(
    site: Site, stream: Path, new_page: Open, language: str, words: str
) -> None:
    asset = film(site, stream)
    page = new_page()
    page.goto(f"{site.url}/embed/{asset.pk}?lang={language}")
    until(page, "document.querySelector('video').currentSrc.startsWith('blob:')")  # hls.js has taken over
    until(page, "document.querySelector('video').readyState > 0")
    assert page.evaluate("document.querySelectorAll('track').length") == 3
    page.keyboard.press("c")
    until(page, f"{SHOWN}?.cues?.length === 1")
    page.locator("summary", has_text="Chương" if language == "vi" else "Chapters").click()
    page.get_by_role("button", name="Mở đầu").click()
    until(page, "document.querySelector('video').currentTime >= 1")
    until(page, f"{SHOWN}.activeCues.length === 1")
    assert page.evaluate(f"{SHOWN}.activeCues[0].text") == words
    assert page.evaluate(f"{SHOWN}.language") == language
    page.keyboard.press("c")
    until(page, f"{SHOWN} === undefined")


def test_captions_are_added_and_mended_by_keyboard_and_on_a_phone(
    site: Site, stream: Path, new_page: Open, tmp_path: Path
) -> None:
    asset = film(site, stream)
    TextTrack.objects.filter(asset=asset).delete()
    file = tmp_path / "phụ đề.srt"
    file.write_text("1\n00:00:01,000 --> 00:00:02,500\nXin chào\n", encoding="utf-8")
    page = new_page(viewport={"width": 390, "height": 800})
    sign_in(page, site)
    page.goto(f"{site.url}/assets/{asset.pk}/captions")
    check(page)
    page.get_by_label("Tệp", exact=True).set_input_files(file)
    page.get_by_role("button", name="Thêm").click()
    words = page.locator('textarea[name="text-1"]')
    expect(words).to_have_value("Xin chào")
    check(page)
    words.fill("Xin <i>chào</i> R&D")
    page.get_by_role("button", name="Lưu").first.click()
    expect(page.locator('textarea[name="text-1"]')).to_have_value("Xin <i>chào</i> R&D")
    page.goto(f"{site.url}/assets/{asset.pk}")
    expect(page.locator("details.transcript summary")).to_be_visible()
    page.locator("details.transcript summary").click()
    expect(page.locator("details.transcript p")).to_contain_text("Xin chào R&D")
    check(page)
