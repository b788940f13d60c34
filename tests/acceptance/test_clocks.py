"""An embargo, the end of rights and the end of a release hold by the database's clock on every surface, whatever the
web server's own clock says (threats, item 14; fault 11)."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from assets.models import Asset, AssetVersion, Rendition
from assets.search import refresh_search_text
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, Role
from tests.client.live import database_url
from tests.factories import make_agency, make_member, make_ready_asset, make_token
from tests.s3_servers import free_port

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]
HOUR = timedelta(hours=1)
HALF = timedelta(minutes=30)
MINUTES = timedelta(minutes=10)


@pytest.fixture(params=[HOUR, -HOUR], ids=["an hour ahead", "an hour behind"])
def site(request: pytest.FixtureRequest) -> Iterator[str]:
    """The origin of a server whose clock is wrong, on this test's database and store."""
    shift: timedelta = request.param
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "mediacenter.settings",
        "DATABASE_URL": database_url(),
        "STORAGE_URL": settings.STORAGE_URL,
        "SITE_URL": origin,
        "SECRET_KEY": settings.SECRET_KEY,
    }
    arguments = [sys.executable, "-m", "tests.shifted_server", str(port), str(shift.total_seconds())]
    with subprocess.Popen(arguments, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        try:
            wrong = datetime.fromisoformat(said) - datetime.now().astimezone()
            assert abs(wrong - shift) < timedelta(minutes=5), "the clock is wrong as it should be"
            yield origin
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


class World:
    """One public work of an agency, and people who are told of it only while it is open."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        agency: Agency = make_agency()
        self.asset = make_ready_asset(agency=agency, state=AssetState.PUBLISHED, texts={"vi": {"title": "Bản tin mật"}})
        refresh_search_text(self.asset)
        self.outsiders = {
            "anonymous": self._client(),
            "viewer": self._client(make_member(agency, Role.VIEWER)),
            "stranger": self._client(make_member(make_agency())),
        }
        self.insider = self._client(make_member(agency, Role.EDITOR))
        rendition = Rendition.objects.get(version__asset=self.asset)
        self.media = "/media/public/" + rendition.key.removeprefix("renditions/")
        self.sha256 = AssetVersion.objects.get(asset=self.asset).sha256

    def _client(self, user: Any = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {make_token(user=user)[1]}"} if user is not None else {}
        return httpx.Client(base_url=self.origin, headers=headers, timeout=30)

    def set(self, **columns: timedelta | None) -> None:
        """Moments by the database's clock, from now."""
        moments = {name: None if value is None else Now() + value for name, value in columns.items()}
        Asset.objects.filter(pk=self.asset.pk).update(audience=Audience.PUBLIC, revision=F("revision") + 1, **moments)

    def traces(self, client: httpx.Client, etag: str) -> dict[str, bool]:
        """For each surface, whether this caller finds the work there."""
        api, one = "/api/v1/", f"/api/v1/assets/{self.asset.pk}"

        def listed(query: str) -> bool:
            rows = client.get(f"{api}assets{query}").json()["results"]
            return [UUID(row["id"]) for row in rows] == [self.asset.pk]

        return {
            "list": listed(""),
            "newest page": listed("?page_size=1"),
            "search": listed("?search=mat"),
            "filters": listed("?kind=photo&audience=public&state=published"),
            "detail": client.get(one).status_code == 200,
            "etag": client.get(one, headers={"If-None-Match": etag}).status_code in {200, 304},
            "head": client.head(one).status_code == 200,
            "rights": client.get(f"{one}/rights").status_code == 200,
            "renditions": client.get(f"{one}/renditions").status_code == 200,
            "download": client.get(f"{one}/download?profile=w320.webp").status_code == 200,
            "embed": client.get(f"/embed/{self.asset.pk}").status_code == 200,
            "media": client.get(self.media).status_code == 200,
            "media range": client.get(self.media, headers={"Range": "bytes=0-1"}).status_code == 206,
        }

    def told_of_duplicate(self, client: httpx.Client) -> bool:
        """Whether announcing the same bytes gives the work away."""
        agency = client.get("/api/v1/session").json()["memberships"][0]["agency"]["code"]
        said = {"agency": agency, "filename": "a.jpg", "size": 10, "sha256": self.sha256}
        return client.post("/api/v1/uploads", json=said).status_code == 409


@pytest.fixture
def world(site: str) -> Iterator[World]:
    made = World(site)
    yield made
    for client in (*made.outsiders.values(), made.insider):
        client.close()


MOMENTS: tuple[tuple[dict[str, timedelta], dict[str, timedelta]], ...] = (
    ({"embargo_until": HALF}, {"embargo_until": -HALF}),
    ({"embargo_until": MINUTES}, {"embargo_until": timedelta(0)}),
    ({"rights_end": timedelta(0)}, {"rights_end": HALF}),
    ({"consent_ends": -HALF}, {"consent_ends": MINUTES}),
)
"""When it is shut and when it is open, from the database's now."""


def test_a_wrong_clock_shows_nothing_early_and_hides_nothing_late(world: World) -> None:
    for shut, opened in MOMENTS:
        world.set(**opened)
        etag = world.outsiders["anonymous"].get(f"/api/v1/assets/{world.asset.pk}").headers["ETag"]
        for who, client in world.outsiders.items():
            assert [name for name, found in world.traces(client, etag).items() if not found] == [], (opened, who)
        assert world.told_of_duplicate(world.outsiders["stranger"])
        world.set(**shut)
        for who, client in world.outsiders.items():
            assert [name for name, found in world.traces(client, etag).items() if found] == [], (shut, who)
        assert not world.told_of_duplicate(world.outsiders["stranger"])
        assert world.insider.get(f"/api/v1/assets/{world.asset.pk}").status_code == 200
        world.set(**dict.fromkeys(shut))


def test_no_cache_is_told_to_keep_what_is_about_to_close(world: World) -> None:
    world.set(rights_end=timedelta(seconds=30))
    anonymous = world.outsiders["anonymous"]
    for path in (world.media, f"/embed/{world.asset.pk}"):
        answer = anonymous.get(path)
        if answer.status_code == 200:  # else it was closed by now, on a very slow machine
            assert 0 <= int(answer.headers["Cache-Control"].removeprefix("public, max-age=")) <= 30, path
