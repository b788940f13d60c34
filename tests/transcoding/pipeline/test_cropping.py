"""Crops are made anew around a focal point that was set, once, and nothing else of the version changes."""

from datetime import timedelta
from io import BytesIO
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import pgtrigger
import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob
from uuid_utils.compat import uuid7

from assets import fixity
from assets.delivery import AssetUrls
from assets.models import Asset, AssetVersion, ProcessingAttempt, Rendition, ReplacedObject
from assets.states import Kind
from assets.storage import get_store
from assets.usecases.focal_points_set import set_focal_point
from permissions.vocabulary import AssetState, Audience, Role
from tests import factories
from tests.transcoding.pipeline.conftest import Workers, nothing_is_left, wait_until
from transcoding import attempts, cropping, sweeping
from transcoding.attempts import Superseded
from transcoding.crediting import credits_of
from transcoding.cropping import make_crops
from transcoding.processing import process
from transcoding.results import EmbeddedMetadata
from transcoding.retry import Stopped

pytestmark = pytest.mark.django_db
State, Purpose = ProcessingAttempt.State, ProcessingAttempt.Purpose


def processed_photo(**fields: object) -> AssetVersion:
    version = factories.make_version(original=factories.jpeg(width=700, height=400), **fields)  # type: ignore[arg-type]
    assert process(version.pk, worker="test", retries=0) == "ready"
    version.refresh_from_db()
    return version


def crop(version: AssetVersion, **options: object) -> str:
    return make_crops(version.pk, worker="test", retries=0, **options)  # type: ignore[arg-type]


def point(version: AssetVersion, x: float | None, y: float = 0.5) -> None:
    editor = factories.actor_in(version.asset.agency, Role.EDITOR)
    set_focal_point(asset_id=version.asset_id, by=editor, point=None if x is None else (x, y))
    version.refresh_from_db()


def keys(version: AssetVersion, *, crops: bool) -> dict[str, str]:
    rows = version.renditions.values_list("profile", "key")
    return {profile: key for profile, key in rows if profile.startswith("crop-") == crops}


def objects_of(version: AssetVersion) -> set[str]:
    return {found.key for found in get_store().list_objects(f"renditions/{version.asset_id}/{version.pk}/")}


def test_a_processed_photo_has_crops_around_a_guess() -> None:
    version = processed_photo()
    assert set(keys(version, crops=True)) == {f"crop-{name}.webp" for name in ("16x9", "4x3", "1x1", "9x16")}
    assert 0 <= version.facts["guessed_focus_x"] <= 1
    assert [row.facts for row in version.renditions.filter(profile="crop-1x1.webp")] == [{"focus": None}]


def test_setting_the_point_replaces_the_crops_and_nothing_else() -> None:
    version = processed_photo()
    before, others = keys(version, crops=True), keys(version, crops=False)
    point(version, 0.9)

    assert crop(version) == "cropped"

    version.refresh_from_db()
    after = keys(version, crops=True)
    assert set(after) == set(before)
    assert set(after.values()).isdisjoint(before.values())
    assert keys(version, crops=False) == others
    assert all(row.facts == {"focus": [0.9, 0.5]} for row in version.renditions.filter(profile__startswith="crop-"))
    assert version.state == "ready"
    run = version.attempts.first()
    assert run is not None
    assert (run.purpose, run.state, run.pk) == (Purpose.CROPS, State.SUCCEEDED, version.attempt)
    for key in after.values():
        with get_store().open(key) as stored:
            assert stored.read(4) == b"RIFF"
    assert nothing_is_left()


def test_every_rendition_has_an_address_whichever_run_made_it() -> None:
    version = processed_photo()
    point(version, 0.9)
    crop(version)
    version.refresh_from_db()
    urls = AssetUrls(version.asset, version, now=timezone.now())
    for row in version.renditions.all():
        address = urls.rendition(row)
        assert address.count("renditions/") == 1
        assert address.endswith(f"/{row.key}")


def test_doing_it_twice_is_doing_it_once() -> None:
    version = processed_photo()
    point(version, 0.9)
    assert crop(version) == "cropped"
    after, stored = keys(version, crops=True), objects_of(version)
    assert crop(version) == "nothing to do"
    assert keys(version, crops=True) == after
    assert objects_of(version) == stored


def test_taking_the_point_away_brings_the_guess_back() -> None:
    version = processed_photo()
    guessed = {row.profile: row.size for row in version.renditions.filter(profile__startswith="crop-")}
    point(version, 0.0)
    crop(version)
    point(version, None)
    assert crop(version) == "cropped"
    assert {row.profile: row.size for row in version.renditions.filter(profile__startswith="crop-")} == guessed


def test_old_crops_stay_for_those_who_hold_their_url_and_then_go() -> None:
    version = processed_photo()
    old = set(keys(version, crops=True).values())
    point(version, 0.9)
    crop(version)
    assert old <= objects_of(version)
    assert set(ReplacedObject.objects.values_list("key", flat=True)) == old
    assert [each for each in fixity.verify() if each.finding.is_damage] == []

    assert sweeping.delete_replaced_objects() == 0
    ReplacedObject.objects.update(replaced_at=timezone.now() - timedelta(hours=3))
    assert sweeping.delete_replaced_objects() == len(old)

    assert objects_of(version) == set(version.renditions.values_list("key", flat=True))
    assert not ReplacedObject.objects.exists()
    assert sweeping.delete_unpublished_renditions() == 0


def test_the_objects_of_a_run_whose_crops_were_all_replaced_go_in_the_end() -> None:
    version = processed_photo()
    for x in (0.1, 0.9, 0.4):
        point(version, x)
        crop(version)
    ReplacedObject.objects.update(replaced_at=timezone.now() - timedelta(hours=3))
    ProcessingAttempt.objects.update(finished_at=timezone.now() - timedelta(hours=3))
    sweeping.delete_replaced_objects()
    sweeping.delete_unpublished_renditions()
    assert objects_of(version) == set(version.renditions.values_list("key", flat=True))


def test_crops_of_an_earlier_point_stay_until_they_were_replaced_for_a_while() -> None:
    version = processed_photo()
    point(version, 0.1)
    crop(version)
    shown = set(keys(version, crops=True).values())
    ProcessingAttempt.objects.update(finished_at=timezone.now() - timedelta(hours=3))
    point(version, 0.9)
    crop(version)
    assert sweeping.delete_unpublished_renditions() == 0
    assert shown <= objects_of(version)


@pytest.mark.parametrize("public", [True, False])
def test_every_rendition_has_its_url_while_crops_are_made_and_afterwards(public: bool) -> None:
    version = processed_photo()
    if public:
        published(version)

    def answers() -> set[tuple[int, bool]]:
        asset = Asset.objects.with_policy_facts().get(pk=version.asset_id)
        seen = asset.current_version
        assert seen is not None
        urls = AssetUrls(asset, seen, now=asset.database_now)
        assert urls.public == public
        found = set()
        for each in seen.renditions.all():
            answer = Client().get(urlsplit(urls.rendition(each)).path)
            found.add((answer.status_code, len(b"".join(answer)) == each.size))
        return found

    point(version, 0.9)
    assert cropping.begin(version.pk, worker="cut off") is not None
    assert answers() == {(200, True)}
    assert crop(version) == "cropped"
    assert answers() == {(200, True)}


def test_a_run_that_failed_for_good_is_asked_for_again_by_the_same_point() -> None:
    version = processed_photo()
    point(version, 0.9)
    crops = ProcrastinateJob.objects.filter(task_name="transcoding.make_crops")
    revision = Asset.objects.get(pk=version.asset_id).revision
    point(version, 0.9)
    assert crops.count() == 1, "one waits already"
    crops.update(status="failed")
    point(version, 0.9)
    assert crops.filter(status="todo").count() == 1
    assert Asset.objects.get(pk=version.asset_id).revision == revision


def test_a_name_that_was_taken_out_does_not_come_back_with_the_crops() -> None:
    version = factories.make_version(original=named_jpeg())
    assert process(version.pk, worker="test", retries=0) == "ready"
    assert b"Nguy" in written(version, "w640.webp")
    asset = Asset.objects.get(pk=version.asset_id)
    assert asset.author.startswith("Nguy")
    Asset.objects.filter(pk=asset.pk).update(author="")
    version.refresh_from_db()
    point(version, 0.9)
    crop(version)
    assert b"Nguy" not in written(version, "crop-1x1.webp")


def test_a_correction_of_what_is_published_says_only_what_people_have_checked() -> None:
    version = factories.make_version(original=named_jpeg())
    published(version)
    AssetVersion.objects.filter(pk=version.pk).update(proposed=True, hidden=True)
    assert credits_of(version.asset_id, reading=version.pk) is not None
    words = credits_of(version.asset_id, reading=version.pk)
    assert words is not None
    assert words.filled_from(EmbeddedMetadata(author="Nguyễn")).creator == ""


def named_jpeg() -> bytes:
    with Image.open(BytesIO(factories.jpeg(width=700, height=400))) as picture:
        exif, made = Image.Exif(), BytesIO()
        exif[0x013B] = "Nguyen Van A"
        picture.save(made, "JPEG", exif=exif)
        return made.getvalue()


def written(version: AssetVersion, profile: str) -> bytes:
    with get_store().open(version.renditions.get(profile=profile).key) as stored:
        return stored.read()


def published(version: AssetVersion) -> None:
    asset = version.asset
    asset.refresh_from_db()
    asset.state, asset.audience, asset.published_at = AssetState.PUBLISHED, Audience.PUBLIC, timezone.now()
    with pgtrigger.ignore("assets.Asset:asset_state"):
        asset.save()


def test_a_point_set_during_the_run_is_left_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    version = processed_photo()
    before = keys(version, crops=True)
    point(version, 0.9)
    store = cropping.store

    def set_again_and_store(*arguments: object) -> dict[str, int]:
        sizes = store(*arguments)  # type: ignore[arg-type]
        point(version, 0.1)
        return sizes

    monkeypatch.setattr(cropping, "store", set_again_and_store)
    assert crop(version) == "superseded"
    assert keys(version, crops=True) == before
    assert objects_of(version) == set(version.renditions.values_list("key", flat=True))

    monkeypatch.undo()
    assert crop(version) == "cropped"
    assert all(row.facts == {"focus": [0.1, 0.5]} for row in version.renditions.filter(profile__startswith="crop-"))


def test_a_zombie_changes_nothing() -> None:
    version = processed_photo()
    point(version, 0.9)
    zombie = cropping.begin(version.pk, worker="zombie")
    assert zombie is not None
    assert crop(version) == "cropped"
    after = keys(version, crops=True)
    with pytest.raises(Superseded):
        cropping.publish(zombie, result=None, sizes={})  # type: ignore[arg-type]
    assert not attempts.note_progress(zombie.attempt, stage="rendering", percent=50)
    assert keys(version, crops=True) == after


def test_a_run_that_is_stopped_leaves_the_old_crops_and_can_be_repeated() -> None:
    version = processed_photo()
    before = keys(version, crops=True)
    point(version, 0.9)
    with pytest.raises(Stopped):
        crop(version, stopping=lambda: True)
    version.refresh_from_db()
    assert version.state == "ready"
    assert keys(version, crops=True) == before
    assert crop(version) == "cropped"


def test_three_crashes_are_enough_until_the_point_is_set_again() -> None:
    version = processed_photo()
    point(version, 0.9)
    for _ in range(3):
        assert cropping.begin(version.pk, worker="crashes") is not None
    assert cropping.begin(version.pk, worker="crashes") is None
    version.refresh_from_db()
    assert version.state == "ready"
    assert not version.attempts.filter(state=State.RUNNING).exists()

    point(version, 0.1)
    assert crop(version) == "cropped"
    version.refresh_from_db()
    assert version.attempts_made == 0


@pytest.mark.parametrize("kind", [Kind.INFOGRAPHIC, Kind.VIDEO])
def test_only_photos_are_cropped(kind: Kind) -> None:
    version = factories.make_version(factories.make_asset(kind=kind))
    AssetVersion.objects.filter(pk=version.pk).update(verified_at=timezone.now(), sha256="0" * 64, media_type="x/y")
    AssetVersion.objects.filter(pk=version.pk).update(state="processing")
    AssetVersion.objects.filter(pk=version.pk).update(state="ready")
    assert crop(version) == "nothing to do"


def test_a_version_that_is_not_ready_gets_its_crops_with_everything_else() -> None:
    version = factories.make_version(original=factories.jpeg(width=700, height=400))
    point(version, 0.9)
    assert crop(version) == "nothing to do"
    assert process(version.pk, worker="test", retries=0) == "ready"
    assert all(row.facts == {"focus": [0.9, 0.5]} for row in version.renditions.filter(profile__startswith="crop-"))
    assert crop(version) == "nothing to do"
    assert crop(AssetVersion(pk=UUID(str(uuid7())))) == "nothing to do"


def test_a_photo_from_before_there_were_crops_gets_them() -> None:
    version = processed_photo()
    Rendition.objects.filter(version=version, profile__startswith="crop-").delete()
    AssetVersion.objects.filter(pk=version.pk).update(facts={"format": "JPEG"})
    point(version, 0.9)
    assert crop(version) == "cropped"
    version.refresh_from_db()
    assert len(keys(version, crops=True)) == 4
    assert set(version.facts) == {"format", "guessed_focus_x", "guessed_focus_y"}


@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_the_crops_that_were_asked_for(workers: Workers) -> None:
    version = processed_photo()
    before = keys(version, crops=True)
    point(version, 0.9)
    assert ProcrastinateJob.objects.get(task_name="transcoding.make_crops").lock == f"version:{version.pk}"
    worker = workers.start(wait=False)
    assert worker.wait(90) == 0
    assert set(keys(version, crops=True).values()).isdisjoint(before.values())
    wait_until(nothing_is_left, within=15, what="work folders gone")


def test_pages_that_show_a_public_crop_follow_to_the_new_one() -> None:
    version = processed_photo()
    asset = version.asset
    old = keys(version, crops=True)["crop-1x1.webp"].removeprefix("renditions/")
    point(version, 0.9)
    crop(version)
    published(version)
    asset.refresh_from_db()
    browser = Client()
    moved = browser.get(f"/media/public/{old}")
    answer = browser.get(urljoin(f"/media/public/{old}", moved["Location"]))
    assert b"".join(answer)[:4] == b"RIFF"
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert (moved.status_code, moved["Cache-Control"]) == (302, answer["Cache-Control"])
    other = f"/media/public/{version.asset_id}/{version.pk}/{uuid7()}"
    assert browser.get(f"{other}/w640.webp").status_code == 404, "other renditions are replaced with all of them"
    assert browser.get(f"/media/public/{uuid7()}/{old.partition('/')[2]}").status_code == 404
    assert browser.get(f"/media/public/{version.asset_id}/x/y/crop-1x1.webp").status_code == 404

    asset.audience = Audience.AGENCY
    asset.save()
    assert browser.get(f"/media/public/{old}").status_code in {404, 410}
