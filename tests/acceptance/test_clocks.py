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
import pgtrigger
import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client

from assets.models import ArticleReference, Asset, AssetVersion, Collection, Nomination, Rendition
from assets.search import refresh_search_text
from assets.states import Kind
from assets.usecases.assets_schedule import schedule_asset
from permissions.actor import ANONYMOUS
from permissions.models import Agency, User
from permissions.vocabulary import AssetState, Audience, Role
from tests.acceptance.instance import wait_until
from tests.client.live import database_url
from tests.factories import (
    actor_in,
    make_agency,
    make_asset,
    make_collection,
    make_member,
    make_ready_asset,
    make_text,
    make_token,
)
from tests.s3_servers import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

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
        article = make_asset(
            agency=agency, kind=Kind.ARTICLE, state=AssetState.PUBLISHED, audience=Audience.PUBLIC, place="bai"
        )
        self.asset = make_ready_asset(agency=agency, state=AssetState.PUBLISHED, texts={"vi": {"title": "Bản tin mật"}})
        refresh_search_text(self.asset)
        make_text(article, title="Bài báo", body=f'<figure data-asset="{self.asset.pk}"></figure>')
        ArticleReference.objects.create(article=article, language="vi", asset=self.asset, position=1)
        self.article = f"/api/v1/assets/{article.pk}/article"
        self.album = make_collection(self.asset, agency=agency)
        Collection.objects.filter(pk=self.album.pk).update(audience=Audience.PUBLIC)
        Nomination.objects.create(asset=self.asset, agency=agency)
        viewer, stranger = make_member(agency, Role.VIEWER), make_member(make_agency())
        self.outsiders = {
            "anonymous": self._client(),
            "viewer": self._client(viewer),
            "stranger": self._client(stranger),
        }
        self.readers = {"viewer": self._browser(viewer), "stranger": self._browser(stranger)}
        self.insider = self._client(make_member(agency, Role.EDITOR))
        rendition = Rendition.objects.get(version__asset=self.asset)
        self.media = "/media/public/" + rendition.key.removeprefix("renditions/")
        self.sha256 = AssetVersion.objects.get(asset=self.asset).sha256

    def _client(self, user: Any = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {make_token(user=user)[1]}"} if user is not None else {}
        return httpx.Client(base_url=self.origin, headers=headers, timeout=30)

    def _browser(self, user: User) -> httpx.Client:
        """Of somebody who is signed in, and sees the pages."""
        signed_in = Client()
        signed_in.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        cookies = {name: morsel.value for name, morsel in signed_in.cookies.items()}
        return httpx.Client(base_url=self.origin, cookies=cookies, timeout=30)

    def set(self, **columns: timedelta | None) -> None:
        """Moments by the database's clock, from now."""
        moments = {name: None if value is None else Now() + value for name, value in columns.items()}
        Asset.objects.filter(pk=self.asset.pk).update(audience=Audience.PUBLIC, revision=F("revision") + 1, **moments)

    def traces(self, client: httpx.Client, etag: str) -> dict[str, bool]:
        """For each surface, whether this caller finds the work there."""
        api, one = "/api/v1/", f"/api/v1/assets/{self.asset.pk}"

        def listed(query: str) -> bool:
            rows = client.get(f"{api}assets{query}").json()["results"]
            return self.asset.pk in {UUID(row["id"]) for row in rows}

        def mentioned(path: str) -> bool:
            answer = client.get(path)
            assert answer.status_code == 200, answer.text
            return self.is_named(answer)

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
            "used in": client.get(f"{one}/used-in").status_code == 200,
            "collection": mentioned(f"{api}collections/{self.album.pk}/items"),
            "collections filter": listed(f"?album={self.album.pk}"),
            "article": mentioned(f"{self.article}?format=html"),
            "article as text": "Bản tin mật" in client.get(f"{self.article}?format=text").text,
            "ninjs": mentioned(f"{self.article}?format=ninjs"),
            "embedded article": mentioned(f"/embed/{self.article.split('/')[4]}"),
            "embed": client.get(f"/embed/{self.asset.pk}").status_code == 200,
            "media": client.get(self.media).status_code == 200,
            "media range": client.get(self.media, headers={"Range": "bytes=0-1"}).status_code == 206,
        }

    def is_named(self, answer: httpx.Response) -> bool:
        """Whether an answer has the work's id, its title or the way to its bytes."""
        return any(word in answer.text for word in (str(self.asset.pk), "Bản tin mật", self.media))

    def pages(self, reader: httpx.Client) -> dict[str, bool]:
        """For each page, whether a signed-in reader finds the work there."""
        paths = ("/", "/?search=mat", f"/collections/{self.album.pk}")
        found = {path: self.is_named(reader.get(path).raise_for_status()) for path in paths}
        return found | {"page": reader.get(f"/assets/{self.asset.pk}").status_code == 200}

    def never(self, client: httpx.Client, *, shut: bool = True) -> list[str]:
        """The lists of work in progress that name it, which outsiders find nowhere at any time. Its processing is
        shown to its agency's people while they may see it."""
        lists = ["nominations", "reviews", "translations?language=en", "audit", f"audit?target={self.asset.pk}"]
        lists += ["jobs", f"jobs?asset={self.asset.pk}"] if shut else []
        return [path for path in lists if self.is_named(client.get(f"/api/v1/{path}"))]

    def told_of_duplicate(self, client: httpx.Client) -> bool:
        """Whether announcing the same bytes gives the work away."""
        agency = client.get("/api/v1/session").json()["memberships"][0]["agency"]["code"]
        said = {"agency": agency, "filename": "a.jpg", "size": 10, "sha256": self.sha256}
        return client.post("/api/v1/uploads", json=said).status_code == 409


@pytest.fixture
def world(site: str) -> Iterator[World]:
    made = World(site)
    yield made
    for client in (*made.outsiders.values(), *made.readers.values(), made.insider):
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
            assert world.never(client, shut=False) == [], who
        for who, reader in world.readers.items():
            assert [name for name, found in world.pages(reader).items() if not found] == [], (opened, who)
        assert world.told_of_duplicate(world.outsiders["stranger"])
        world.set(**shut)
        for who, client in world.outsiders.items():
            assert [name for name, found in world.traces(client, etag).items() if found] == [], (shut, who)
            assert world.never(client) == [], who
        for who, reader in world.readers.items():
            assert [name for name, found in world.pages(reader).items() if found] == [], (shut, who)
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


@pytest.fixture(params=[HOUR, -HOUR], ids=["an hour ahead", "an hour behind"])
def wrong_worker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """A worker whose clock is wrong, on this test's database and store."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "mediacenter.settings",
        "DATABASE_URL": database_url(),
        "STORAGE_URL": settings.STORAGE_URL,
        "SCRATCH_DIR": str(tmp_path / "worker"),
        "SECRET_KEY": settings.SECRET_KEY,
    }
    arguments = [sys.executable, "-m", "tests.shifted_server", "worker", str(request.param.total_seconds())]
    with subprocess.Popen(arguments, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        wrong = datetime.fromisoformat(process.stdout.readline().strip()) - datetime.now().astimezone()
        assert abs(wrong - request.param) < timedelta(minutes=5), "the clock is wrong as it should be"
        yield
        process.send_signal(signal.SIGKILL)
        process.wait()


DUE = [timedelta(seconds=seconds) for seconds in (1, 2, 3, 4, 5)]
WITHIN = timedelta(seconds=5)


@pytest.mark.usefixtures("wrong_worker")
@pytest.mark.parametrize("by", ["the queue", "the look at the schedule"])
def test_a_wrong_clock_publishes_nothing_early_and_what_is_due_within_five_seconds(by: str) -> None:
    """By the database's clock alone. Of five publications the middle one must be in time: a worker that looks every two
    seconds is, however busy the machine; one that looks seldom is not, whenever it happens to look."""
    agency = make_agency()
    editor = actor_in(agency, Role.EDITOR)
    due = [make_ready_asset(agency=agency, audience=Audience.PUBLIC) for _ in DUE]
    waiting = make_ready_asset(agency=agency, audience=Audience.PUBLIC)
    now = Asset.objects.with_policy_facts().get(pk=waiting.pk).database_now
    for asset, wait in zip((*due, waiting), (*DUE, HALF), strict=True):
        schedule_asset(asset_id=asset.pk, by=editor, at=now + MINUTES + wait)
    with connection.cursor() as cursor:
        if by == "the queue":
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - %s", [MINUTES])
        else:
            cursor.execute("DELETE FROM procrastinate_jobs")
    Asset.objects.filter(pk__in=[asset.pk for asset in due]).update(scheduled_for=F("scheduled_for") - MINUTES)
    times = {asset.pk: now + wait for asset, wait in zip(due, DUE, strict=True)}
    published = Asset.objects.filter(pk__in=times, state=AssetState.PUBLISHED)
    wait_until(lambda: published.count() == len(DUE), within=120, what="what is due is published")
    delays = sorted(asset.published_at - times[asset.pk] for asset in published if asset.published_at)
    assert delays[0] >= timedelta(0), "nothing before its time"
    assert delays[len(delays) // 2] <= WITHIN, delays
    assert Asset.objects.get(pk=waiting.pk).state == AssetState.SCHEDULED
    assert all(Asset.objects.visible_to(ANONYMOUS).filter(pk=asset.pk).exists() for asset in due)
    assert not Asset.objects.visible_to(ANONYMOUS).filter(pk=waiting.pk).exists()


def test_a_scheduled_work_leaves_no_trace_before_it_is_published(world: World) -> None:
    with pgtrigger.ignore("assets.Asset:asset_state"):
        Asset.objects.filter(pk=world.asset.pk).update(
            audience=Audience.PUBLIC, state=AssetState.SCHEDULED, scheduled_for=Now() + MINUTES, published_at=None
        )
    for who, client in world.outsiders.items():
        assert [name for name, found in world.traces(client, '"1-0"').items() if found] == [], who
        assert world.never(client) == [], who
    for who, reader in world.readers.items():
        assert [name for name, found in world.pages(reader).items() if found] == [], who
    assert not world.told_of_duplicate(world.outsiders["stranger"])
