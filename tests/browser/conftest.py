"""A live site, a worker process and Chromium. No mocks: what people use is what is driven."""

import http.server
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect, sync_playwright

from assets.storage import get_store
from permissions.models import Agency, User
from permissions.vocabulary import Role
from tests.factories import PASSWORD, make_agency, make_membership, make_user

ROOT = Path(__file__).parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
POLICY = "Content Security Policy"
STEP = 20_000
"""Milliseconds that one step in the browser may take on a busy machine."""
expect.set_options(timeout=STEP)
PROCESSING = 120_000
"""Milliseconds until an upload must be processed."""


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


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site with one agency and one editor of it."""

    url: str
    agency: Agency
    editor: User


@pytest.fixture
def site(live_server, settings) -> Site:
    settings.SITE_URL = settings.MEDIA_ORIGIN = live_server.url
    get_store.cache_clear()
    agency = make_agency(code="VGP", name_vi="Cổng Thông tin điện tử Chính phủ", name_en="Government Portal")
    editor = make_user(email="lan@example.vn", password=PASSWORD, full_name="Nguyễn Thị Lan")
    make_membership(user=editor, agency=agency, role=Role.EDITOR)
    return Site(url=live_server.url, agency=agency, editor=editor)


@pytest.fixture
def worker(site: Site, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process on the test's database and store."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    environment = {
        **os.environ,
        "DATABASE_URL": urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}")),
        "STORAGE_URL": django_settings.STORAGE_URL,
        "SCRATCH_DIR": str(django_settings.SCRATCH_DIR),
        "SITE_URL": site.url,
        "LOG_LEVEL": "INFO",
        "MEDIACENTER_DATA": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "mediacenter.settings",
    }
    log = tmp_path / "worker.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "mediacenter", "worker"], cwd=ROOT, env=environment, stdout=out, stderr=out
        )
    yield process
    process.send_signal(signal.SIGTERM)
    sys.stderr.write(log.read_text())  # pytest shows it beside a failure
    assert process.wait(timeout=30) in {0, -signal.SIGTERM}, log.read_text()


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


def sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/login")
    page.get_by_label("Địa chỉ e-mail").fill(site.editor.email)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    page.get_by_role("heading", name="Thư viện", level=1).wait_for()


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
    raise AssertionError(f"{expression} did not become true; last error of the media: {frame.evaluate(LAST_ERROR)}")


LAST_ERROR = "document.querySelector('video, audio')?.error?.message"
