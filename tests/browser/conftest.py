"""A live site, a worker process and Chromium. No mocks: what people use is what is driven."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection
from playwright.sync_api import Page, Route

from assets.storage import get_store
from permissions.models import Agency, User
from permissions.vocabulary import Role
from tests.factories import PASSWORD, make_agency, make_membership, make_user

ROOT = Path(__file__).parents[2]
PROCESSING = 120_000
"""Milliseconds until an upload must be processed."""


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


def sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/login")
    page.get_by_label("Địa chỉ e-mail").fill(site.editor.email)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    page.get_by_role("heading", name="Thư viện", level=1).wait_for()


@contextmanager
def script_held_back(page: Page, name: str) -> Iterator[None]:
    """The script ``name.js`` comes to the page when the block ends: what is done in it is done before the script."""
    held: list[Route] = []
    script = re.compile(rf"/{name}\b[^/]*\.js$")
    page.route(script, lambda route: held.append(route))  # noqa: PLW0108  # Playwright marks what it is given, which a method of a list refuses
    yield
    for route in held:
        route.continue_()
    page.unroute(script)
