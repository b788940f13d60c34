"""Which films are asked for in AV1: by the policy of their agency, and by whether they are watched."""

from datetime import UTC, datetime

import pgtrigger
import pytest
from django.db import OperationalError
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from assets import watching
from assets.av1 import ask_for_av1, ask_where_wanted
from assets.models import Asset, AssetVersion, ProcessingAttempt, Watching
from assets.queue import MAKE_AV1
from assets.states import Kind
from assets.watching import MOST_HELD, WRITE_SECONDS, Watchers
from permissions.inherited import av1_policy_of, paths_with_av1
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, Av1Policy, Role
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORDS = "django.contrib.auth.backends.ModelBackend"


def film(agency: Agency, **fields: object) -> AssetVersion:
    """A ready film with both manifests and one rung."""
    asset = factories.make_ready_asset(agency=agency, kind=Kind.VIDEO, **fields)
    version = asset.current_version
    assert version is not None
    for profile in ("hls/master.m3u8", "hls/manifest.mpd", "hls/240p-lean/media.mp4"):
        factories.make_rendition(version, profile=profile, media_type="application/vnd.apple.mpegurl")
    return version


def jobs() -> list[str]:
    return [job.args["version_id"] for job in ProcrastinateJob.objects.filter(task_name=MAKE_AV1).order_by("pk")]


def watched(version: AssetVersion, views: int) -> AssetVersion:
    Watching.objects.create(version=version, views=views)
    return version


def test_the_nearest_agency_that_says_something_decides() -> None:
    top = factories.make_agency()
    middle = factories.make_agency(parent=top, av1="never")
    leaf, own = factories.make_agency(parent=middle), factories.make_agency(parent=middle, av1="always")
    said = [av1_policy_of(each.path) for each in (top, middle, leaf, own)]
    assert said == [Av1Policy.WATCHED, Av1Policy.NEVER, Av1Policy.NEVER, Av1Policy.ALWAYS]
    assert set(paths_with_av1(Av1Policy.NEVER)) == {middle.path, leaf.path}
    assert paths_with_av1(Av1Policy.ALWAYS) == [own.path]


@pytest.mark.parametrize(
    ("policy", "views", "asked"),
    [("never", 1000, False), ("watched", 19, False), ("watched", 20, True), ("always", 0, True), (None, 20, True)],
)
def test_the_policy_and_the_views_decide(policy: str | None, views: int, asked: bool) -> None:
    version = watched(film(factories.make_agency(av1=policy)), views)
    assert ask_for_av1(version.pk) is asked
    assert jobs() == ([str(version.pk)] if asked else [])


def test_a_film_is_asked_for_once_while_a_job_waits() -> None:
    version = film(factories.make_agency(av1="always"))
    assert [ask_for_av1(version.pk), ask_for_av1(version.pk), ask_where_wanted()] == [True, False, 0]
    assert jobs() == [str(version.pk)]


def test_off_is_off(settings) -> None:
    settings.AV1_FFMPEG = "off"
    version = film(factories.make_agency(av1="always"))
    assert (ask_for_av1(version.pk), ask_where_wanted(), jobs()) == (False, 0, [])


@pytest.mark.parametrize(
    "why", ["photo", "withdrawn", "trash", "older", "has it", "refused", "without DASH", "not ready"]
)
def test_what_cannot_have_it_is_not_asked_for(why: str) -> None:
    version = film(factories.make_agency(av1="always"))
    assets = Asset.objects.filter(pk=version.asset_id)
    with pgtrigger.ignore("assets.Asset:asset_state", "assets.AssetVersion:version_state"):
        if why == "photo":
            assets.update(kind=Kind.PHOTO)
        elif why == "withdrawn":
            assets.update(state=AssetState.WITHDRAWN)
        elif why == "trash":
            assets.update(deleted_at=datetime.now(UTC))
        elif why == "older":
            factories.make_version(version.asset)
        elif why == "has it":
            factories.make_rendition(version, profile="hls/240p-lean-av1/media.mp4", media_type="video/mp4")
        elif why == "refused":
            state, purpose = ProcessingAttempt.State.REJECTED, ProcessingAttempt.Purpose.AV1
            factories.make_attempt(version, state=state, purpose=purpose)
        elif why == "without DASH":
            version.renditions.filter(profile="hls/manifest.mpd").delete()
        else:
            AssetVersion.objects.filter(pk=version.pk).update(state="received")
    assert (ask_for_av1(version.pk), ask_where_wanted(), jobs()) == (False, 0, [])


def test_the_hourly_look_finds_whom_a_policy_was_changed_for() -> None:
    always, seen = film(factories.make_agency(av1="always")), watched(film(factories.make_agency()), 20)
    film(factories.make_agency())
    watched(film(factories.make_agency(av1="never")), 20)
    assert ask_where_wanted() == 2
    assert set(jobs()) == {str(always.pk), str(seen.pk)}


def test_views_are_added_up_and_written_by_one_statement(django_assert_num_queries) -> None:
    now = 0.0
    counter = Watchers(clock=lambda: now)
    one, two = film(factories.make_agency(av1="never")), film(factories.make_agency(av1="never"))
    counter.saw(one, Kind.VIDEO)
    with django_assert_num_queries(0):
        for _ in range(5):
            counter.saw(one, Kind.VIDEO)
        counter.saw(two, Kind.VIDEO)
    now = WRITE_SECONDS
    with django_assert_num_queries(1):
        counter.saw(two, Kind.VIDEO)
    assert dict(Watching.objects.values_list("pk", "views")) == {one.pk: 6, two.pk: 2}


def test_a_film_that_is_watched_is_asked_for(settings) -> None:
    settings.AV1_AFTER_VIEWS = 3
    counter = Watchers(clock=lambda: 0.0)
    counter._written_at = float("-inf")
    version = film(factories.make_agency())
    for _ in range(3):
        counter._written_at = float("-inf")
        counter.saw(version, Kind.VIDEO)
    assert jobs() == [str(version.pk)]


def test_what_is_held_between_two_writes_is_bounded() -> None:
    counter = Watchers(clock=lambda: 0.0)
    counter._written_at = 0.0
    for _ in range(MOST_HELD + 5):
        counter.saw(AssetVersion(), Kind.VIDEO)
    assert len(counter._seen) == MOST_HELD


def test_a_version_that_is_gone_and_a_database_that_is_away_cost_the_counts_only(monkeypatch, caplog) -> None:
    counter = Watchers(clock=lambda: 0.0)
    counter.saw(AssetVersion(), Kind.VIDEO)
    assert not Watching.objects.exists()

    def away(_: object) -> list[object]:
        raise OperationalError("away")

    monkeypatch.setattr(watching, "_write", away)
    Watchers(clock=lambda: 0.0).saw(AssetVersion(), Kind.VIDEO)
    assert "not counted" in caplog.text


def test_a_public_film_is_counted_by_its_stream_and_another_by_its_page(monkeypatch) -> None:
    agency = factories.make_agency(av1="never")
    version = film(agency, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    browser = Client()
    monkeypatch.setattr(watching.watchers, "_written_at", float("-inf"))
    assert browser.get(f"/embed/{version.asset_id}").status_code == 200
    assert not Watching.objects.exists()
    master = version.renditions.get(profile="hls/master.m3u8").key.removeprefix("renditions/")
    assert browser.get(f"/media/public/{master}").status_code == 200
    assert Watching.objects.get().views == 1

    draft = film(agency)
    monkeypatch.setattr(watching.watchers, "_written_at", float("-inf"))
    signed_in = Client()
    signed_in.force_login(factories.make_member(agency, Role.EDITOR), backend=PASSWORDS)
    assert signed_in.get(f"/assets/{draft.asset_id}").status_code == 200
    assert Watching.objects.get(pk=draft.pk).views == 1
