"""``mediacenter mirror``: a folder that is exactly what the token sees, however often the process is killed."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from api.conditional import without_urls
from assets.models import Asset, Rendition
from assets.states import Kind
from assets.storage import get_store
from assets.usecases.articles_create import create_article
from assets.usecases.assets_delete import delete_asset
from assets.usecases.assets_edit import edit_asset
from assets.usecases.assets_publish import publish_asset
from assets.usecases.assets_restore import restore_asset
from assets.usecases.assets_undelete import undelete_asset
from assets.usecases.assets_withdraw import withdraw_asset
from permissions.actor import Actor, actor_for_token, actor_for_user
from permissions.errors import DomainError
from permissions.models import Agency, ApiToken
from permissions.usecases.agencies_move import move_agency
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role, Scope
from tests.api.conftest import bearer
from tests.client.live import ROOT, WebServer
from tests.client.ports import free_port
from tests.client.wire import Wire
from tests.factories import (
    actor_in,
    make_agency,
    make_asset,
    make_membership,
    make_rendition,
    make_token,
    make_user,
    make_version,
)

COMMAND = "from mediacenter.commands.mirror import command; command()"


@pytest.fixture
def site(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[WebServer]:
    with Wire(free_port()) as wire:
        server = WebServer(
            port=wire.target,
            wire=wire,
            store_wire=wire,
            storage_url=settings.STORAGE_URL,
            log=tmp_path / "web.log",
            extra={"RATE_ACTOR": "1000000/min", "RATE_ANONYMOUS": "1000000/min"},
        )
        try:
            server.start()
            yield server
        finally:
            server.stop()


def begin(site: WebServer, token: str, folder: Path, *options: str) -> "subprocess.Popen[str]":
    environment = {
        "PATH": os.environ["PATH"],
        "MEDIACENTER_SERVER": site.wire.origin,
        "MEDIACENTER_TOKEN": token,
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(folder), *options],
        env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def run(site: WebServer, token: str, folder: Path, *options: str) -> str:
    process = begin(site, token, folder, *options)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    return out


def kept(folder: Path) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text()) for path in (folder / "assets").glob("*.json")}


def told(token: str, ids: list[str]) -> dict[str, Any]:
    """As the API tells these now."""
    client, rows = bearer(token), {}
    for begin_at in range(0, len(ids), 100):
        answer = client.get("/api/v1/assets", {"ids": ",".join(ids[begin_at : begin_at + 100])})
        rows.update({row["id"]: row for row in answer.json()["results"]})
    return rows


class Happenings:
    """Use cases at random on a small tree, one change at a time."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.top = make_agency(code="TOP")
        self.agencies = [make_agency(parent=self.top), make_agency(parent=self.top), make_agency(), make_agency()]
        admin = make_user()
        for agency in (self.top, *self.agencies[2:]):
            make_membership(user=admin, agency=agency, role=Role.AGENCY_ADMIN)
        self.admin = admin
        self.operator = actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
        self.latest = timezone.now()

    @property
    def by(self) -> Actor:
        return actor_for_user(self.admin)

    def happen(self, count: int) -> int:
        """How many changes were made; what the present state does not admit counts for nothing."""
        done = 0
        while done < count:
            acts = [self._create] * 3 + [self._edit] * 6 + [self._reach] * 5 + [self._clock] * 2
            acts += [self._withdraw, self._trash, self._trash, self._restore]
            if self.dice.random() < 0.01:
                acts = [self._move]
            try:
                self.dice.choice(acts)()
            except DomainError:
                continue
            done += 1
        return done

    def _any(self, **condition: Any) -> Asset:
        ids = list(Asset.objects.filter(**condition).order_by("id").values_list("pk", flat=True))
        if not ids:
            raise DomainError("There is none.")
        return Asset.objects.get(pk=self.dice.choice(ids))

    def _create(self) -> None:
        texts = {"vi": {"title": f"Bài {self.dice.random()}", "body": "<p>Nội dung</p>", "caption": "Lời dẫn"}}
        audience = self.dice.choice([Audience.AGENCY, Audience.NETWORK, Audience.PUBLIC])
        asset = create_article(
            by=self.by,
            agency=Agency.objects.get(pk=self.dice.choice(self.agencies).pk),
            texts=texts,
            fields={"audience": audience},
        )
        if self.dice.random() < 0.8:
            publish_asset(asset_id=asset.pk, by=self.by)

    def _edit(self) -> None:
        asset = self._any(deleted_at=None, state__in=[AssetState.PUBLISHED, AssetState.DRAFT])
        reason = self.dice.choice(["", "Sai tên"])
        edit_asset(asset_id=asset.pk, by=self.by, fields={"credit_line": str(self.dice.random())}, reason=reason)

    def _reach(self) -> None:
        """Narrower or wider; shared with agencies that may be the mirror's own."""
        audience = self.dice.choice(list(Audience))
        shared = [Agency.objects.get(pk=self.dice.choice([self.top, *self.agencies]).pk)]
        edit_asset(
            asset_id=self._any(deleted_at=None, state=AssetState.PUBLISHED).pk,
            by=self.by,
            fields={"audience": audience},
            shared_with=shared if audience == Audience.SHARED else None,
        )

    def _clock(self) -> None:
        """The clock will open or close it in a moment, or has."""
        now = timezone.now()
        moment = now + timedelta(seconds=self.dice.choice([-5, 0.2, 0.5, 1.5]))
        self.latest = max(self.latest, moment)
        field, other = self.dice.sample(["embargo_until", "rights_end"], 2)
        edit_asset(
            asset_id=self._any(deleted_at=None, state=AssetState.PUBLISHED).pk,
            by=self.by,
            fields={field: moment, other: None},
        )

    def _withdraw(self) -> None:
        withdraw_asset(asset_id=self._any(state=AssetState.PUBLISHED).pk, by=self.by, reason="Sai")

    def _trash(self) -> None:
        if self.dice.random() < 0.5:
            undelete_asset(asset_id=self._any(deleted_at__isnull=False).pk, by=self.by)
        else:
            asset = self._any(deleted_at=None, state__in=[AssetState.WITHDRAWN, AssetState.DRAFT])
            delete_asset(asset_id=asset.pk, by=self.by, reason="Thừa")

    def _restore(self) -> None:
        asset = self._any(deleted_at=None, state__in=[AssetState.WITHDRAWN, AssetState.DRAFT])
        if asset.state == AssetState.WITHDRAWN:
            restore_asset(asset_id=asset.pk, by=self.by)
        else:
            publish_asset(asset_id=asset.pk, by=self.by)

    def _move(self) -> None:
        parent = self.dice.choice([None, self.top.pk])
        move_agency(agency_id=self.dice.choice(self.agencies[:3]).pk, parent_id=parent, by=self.operator)


def until_the_clock_is_past(moment: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(greatest(0, extract(epoch FROM %s - clock_timestamp())))", [moment])


@pytest.mark.parametrize(
    ("seed", "changes"),
    [(1, 300), pytest.param(2, 10_000, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])],
)
def test_a_mirror_killed_at_random_while_things_change_ends_with_exactly_the_visible_set(
    site: WebServer, tmp_path: Path, seed: int, changes: int
) -> None:
    world, folder, dice = Happenings(seed), tmp_path / "mirror", random.Random(seed + 100)
    row, token = make_token(agency=world.top, role=Role.VIEWER, scopes=(Scope.READ,))
    world.happen(20)
    made = killed = 0
    process = begin(site, token, folder, "--follow", "1")
    while made < changes:
        made += world.happen(min(dice.randrange(5, 60), changes - made))
        if dice.random() < 0.5:
            process.kill()
            process.communicate()
            killed += 1
            process = begin(site, token, folder, "--follow", "1")
    process.kill()
    process.communicate()
    until_the_clock_is_past(world.latest)
    run(site, token, folder)

    actor = actor_for_token(ApiToken.objects.get(pk=row.pk), now=timezone.now())
    visible = {str(pk) for pk in Asset.objects.visible_to(actor).values_list("pk", flat=True)}
    found = kept(folder)
    assert set(found) == visible
    assert 0 < len(visible) < Asset.objects.count()
    assert without_urls(found) == without_urls(told(token, sorted(visible)))
    print(f"{made} changes, killed {killed} times, {len(visible)} of {Asset.objects.count()} visible")  # noqa: T201


def test_renditions_are_kept_with_the_asset_and_go_with_it(site: WebServer, tmp_path: Path) -> None:
    agency = make_agency()
    asset = make_asset(agency=agency, kind=Kind.PHOTO, audience=Audience.PUBLIC)
    version = make_version(asset)
    make_rendition(version)
    Asset.objects.filter(pk=asset.pk).update(state=AssetState.PUBLISHED, published_at=timezone.now())
    folder = tmp_path / "mirror"
    run(site, "", folder, "--media")
    files = json.loads((folder / "media" / str(asset.pk) / str(version.pk) / "files.json").read_text())
    assert files
    for name, size in files.values():
        assert (folder / "media" / str(asset.pk) / str(version.pk) / name).stat().st_size == size
    withdraw_asset(asset_id=asset.pk, by=actor_in(agency, Role.EDITOR), reason="Sai")
    assert "1 forgotten" in run(site, "", folder, "--media")
    assert list((folder / "media").iterdir()) == []
    assert kept(folder) == {}


def test_a_file_that_does_not_come_keeps_nothing_else_from_going_and_is_asked_for_again(
    site: WebServer, tmp_path: Path
) -> None:
    agency = make_agency()
    broken, other = (make_asset(agency=agency, kind=Kind.PHOTO, audience=Audience.PUBLIC) for _ in range(2))
    renditions = [make_rendition(make_version(asset)) for asset in (broken, other)]
    Asset.objects.update(state=AssetState.PUBLISHED, published_at=timezone.now())
    with get_store().open(renditions[0].key) as stored:
        whole = stored.read()
    Rendition.objects.filter(pk=renditions[0].pk).update(size=renditions[0].size + 1)  # not what will come
    folder = tmp_path / "mirror"

    process = begin(site, "", folder, "--media")
    _, err = process.communicate(timeout=100)
    assert (process.returncode, "Files of 1 assets did not come" in err) == (1, True), err
    assert set(kept(folder)) == {str(broken.pk), str(other.pk)}

    withdraw_asset(asset_id=other.pk, by=actor_in(agency, Role.EDITOR), reason="Sai")
    begin(site, "", folder, "--media").communicate(timeout=100)
    assert set(kept(folder)) == {str(broken.pk)}

    Rendition.objects.filter(pk=renditions[0].pk).update(size=renditions[0].size)
    run(site, "", folder, "--media")
    (fetched,) = (folder / "media" / str(broken.pk)).rglob("*.webp")
    assert fetched.read_bytes() == whole


def test_files_of_a_work_that_was_never_noted_go_too(site: WebServer, tmp_path: Path) -> None:
    """Killed between the files and the note, or between the note's end and the files'."""
    folder = tmp_path / "mirror"
    stray = folder / "media" / "01900000-0000-7000-8000-000000000000" / "x.webp"
    stray.parent.mkdir(parents=True)
    stray.write_text("x")
    assert "1 forgotten, all anew" in run(site, "", folder, "--media")
    assert list((folder / "media").iterdir()) == []


def test_a_state_that_cannot_be_read_means_taking_everything_anew(site: WebServer, tmp_path: Path) -> None:
    agency = make_agency()
    shown = make_asset(agency=agency, kind=Kind.ARTICLE, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    folder = tmp_path / "mirror"
    assert "all anew" in run(site, "", folder)
    assert run(site, "", folder) == ""
    for state in ("", '{"cur', json.dumps({"server": site.wire.origin, "cursor": "x"})):
        (folder / "state.json").write_text(state)
        (folder / "assets" / "00000000-0000-7000-8000-000000000000.json").write_text("{}")
        assert "1 written, 1 forgotten, all anew" in run(site, "", folder)
        assert set(kept(folder)) == {str(shown.pk)}


def test_a_folder_of_another_server_is_left_alone(site: WebServer, tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    run(site, "", folder)
    (folder / "state.json").write_text(json.dumps({"server": "https://elsewhere.example", "cursor": "x"}))
    process = begin(site, "", folder)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "choose another folder" in err
