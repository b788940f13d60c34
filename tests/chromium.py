"""Chromium for every test that wants it: pages that fail on script errors, another origin, and a film being watched."""

import http.server
import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
POLICY = "Content Security Policy"
STEP = 60_000
"""Milliseconds that one step in the browser may take on a busy machine."""
expect.set_options(timeout=STEP)


@pytest.fixture(scope="module")
def browser(django_db_setup: None) -> Iterator[Browser]:
    """Chromium, for one module: Playwright's event loop runs in this thread as long, which other tests must not meet.

    Django would take the thread for async code, hence the variable.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


Open = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Open]:
    """``new_page(**context)`` is a page of a fresh profile; the test fails on script errors and refused content."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(*, expect_refusals: bool = False, **options: object) -> Page:
        context = browser.new_context(**{"locale": "vi-VN", "viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(STEP)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if not expect_refusals:
            page.on("console", lambda line: complaints.append(line.text) if POLICY in line.text else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: the test's own output matters."""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Another origin: its URL and the folder it serves."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()
    thread.join(5)


def until(frame: Frame | Page, expression: str) -> None:
    """Wait for a condition. Playwright's own ``wait_for_function`` evaluates text, which the pages' CSP forbids."""
    page = frame if isinstance(frame, Page) else frame.page
    for _ in range(STEP // 100):
        if frame.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{expression} did not become true; the media: {frame.evaluate(MEDIA)}")


MEDIA = """(() => {
  const media = document.querySelector('video, audio');
  if (!media) return null;
  const { buffered } = media;
  const ranges = Array.from({ length: buffered.length }, (_, n) => [buffered.start(n), buffered.end(n)]);
  const { currentTime, duration, ended, networkState, paused, readyState, seeking, videoHeight, error } = media;
  return {
    ranges, currentTime, duration, ended, networkState, paused, readyState, seeking, videoHeight, error: error?.message
  };
})()"""
"""How it stands, for the message of a test that waited in vain."""


def frame_at(page: Page, elsewhere: tuple[str, Path], address: str) -> Frame:
    """A page of another origin with the address in a frame, as the snippet of the asset's page makes it."""
    origin, folder = elsewhere
    attributes = 'width="640" height="456" loading="lazy" allow="fullscreen; picture-in-picture" allowfullscreen'
    (folder / "index.html").write_text(
        f'<!doctype html><title>Báo</title><iframe src="{address}" {attributes}></iframe>'
    )
    page.goto(f"{origin}/")
    until(page, "frames.length === 1")
    frame = page.frames[1]
    frame.wait_for_load_state()
    return frame


def frames_shown(frame: Frame) -> int:
    return int(frame.evaluate("document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames"))


def watch_it_play(frame: Frame, *, seconds: float) -> list[str]:
    """Frames advance, seeking works, the player's menu switches quality; the menu's words. ``seconds``: its length."""
    video = frame.locator("video")
    video.evaluate("video => { video.muted = true; return video.play(); }")
    until(frame, "document.querySelector('video').currentTime > 0.5")
    assert video.evaluate("video => video.currentSrc").startswith("blob:")  # adaptive, not the download
    before = frames_shown(frame)
    until(frame, f"document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames > {before + 5}")

    video.evaluate(f"video => {{ video.currentTime = {seconds - 4}; }}")
    until(frame, f"(v => !v.seeking && v.currentTime > {seconds - 3.8})(document.querySelector('video'))")

    choice = frame.get_by_label("Chất lượng")
    expect(choice).to_be_visible()
    heights = [option.strip() for option in choice.locator("option").all_inner_texts()]
    assert heights[0].startswith("Tự động")
    for height in (heights[-1], "720p"):
        video.evaluate("video => { video.currentTime = 0; return video.play(); }")
        choice.select_option(height)
        until(frame, f"document.querySelector('[data-player]').dataset.level === '{height.removesuffix('p')}'")
        until(frame, f"document.querySelector('video').videoHeight === {height.removesuffix('p')}")
    return heights
