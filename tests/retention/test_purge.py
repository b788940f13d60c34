"""The purge: everything goes, a tombstone stays, and wherever it is cut off the next run goes on.

Fault 12: each step is broken once, by a store that fails or by an error inside the last transaction.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import Client
from uuid_utils.compat import uuid7

from assets.fixity import verify
from assets.models import (
    ArticleReference,
    Asset,
    AssetVersion,
    Correction,
    ProcessingAttempt,
    Release,
    Rendition,
    Revision,
    Tombstone,
    Upload,
    WorkflowEvent,
)
from assets.quota import usage_of
from assets.references import next_reference
from assets.states import Kind, RevisionAct, UploadState
from assets.storage import get_store
from assets.storage.base import StoreUnavailable
from assets.usecases import assets_purge
from assets.usecases.agencies_merge import merge_agency
from assets.usecases.assets_archive import archive_asset
from assets.usecases.assets_delete import delete_asset
from assets.usecases.assets_edit import edit_asset
from assets.usecases.assets_hold import hold_asset, lift_hold
from assets.usecases.assets_purge import bury, decide_purge, purge_due, remove_objects
from assets.usecases.assets_undelete import undelete_asset
from assets.usecases.assets_withdraw import withdraw_asset
from permissions.actor import actor_for_user
from permissions.errors import NotFound
from permissions.models import AuditEvent, User
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role
from tests.api.conftest import ClientFor, bearer, client_for
from tests.factories import (
    actor_in,
    make_agency,
    make_asset,
    make_collection,
    make_ready_asset,
    make_rendition,
    make_token,
    make_upload,
    make_user,
    make_version,
    store_object,
)
from tests.versions.flow import corrected
from transcoding import attempts, sweeping

pytestmark = pytest.mark.django_db

__all__ = ["client_for"]
API = "/api/v1"


def throw_away(asset: Asset, *, days_ago: float = 31) -> None:
    delete_asset(asset_id=asset.pk, by=actor_in(asset.agency, Role.EDITOR), reason="Trùng")
    Asset.objects.filter(pk=asset.pk).update(deleted_at=F("deleted_at") - timedelta(days=days_ago))


def keys_of(asset: Asset) -> list[str]:
    return [o.key for prefix in assets_purge.prefixes_of(asset.pk) for o in get_store().list_objects(prefix)]


def full_asset(**fields: Any) -> Asset:
    """Two versions, renditions of two attempts, an object that no row knows, an upload under way, and all around."""
    asset = make_ready_asset(texts={"vi": {"title": "Cầu"}}, **fields)
    version = make_version(asset, number=2)
    asset.refresh_from_db()
    make_rendition(version, profile="w640.webp")
    store_object(f"renditions/{asset.pk}/{version.pk}/{uuid7()}/w1280.webp", b"of a run that came to nothing")
    make_upload(agency=asset.agency, asset_id=asset.pk)
    make_collection(asset)
    ArticleReference.objects.create(
        article=make_asset(kind=Kind.ARTICLE, agency=asset.agency), language="vi", asset=asset, position=1
    )
    Release.objects.create(asset=asset, kind="model", name="Nguyễn Thị A")
    return asset


@pytest.fixture
def neighbours() -> Iterator[None]:
    """Other works, which every purge leaves whole."""
    others = [make_ready_asset(), make_ready_asset(state=AssetState.PUBLISHED)]
    before = [keys_of(other) for other in others]
    yield
    assert [keys_of(other) for other in others] == before
    assert all(Asset.objects.filter(pk=other.pk).exists() for other in others)


@pytest.mark.usefixtures("neighbours")
def test_everything_goes_and_a_tombstone_stays() -> None:
    asset = full_asset()
    digests = [v.sha256 for v in asset.versions.order_by("number") if v.sha256]
    rows = [*AssetVersion.objects.filter(asset=asset), *Rendition.objects.filter(version__asset=asset)]
    throw_away(asset)
    assert purge_due() == 1
    assert keys_of(asset) == []
    assert not list(get_store().pending_uploads(f"originals/{asset.pk}/"))
    for model in (AssetVersion, Upload, Release):
        assert not model.objects.filter(asset_id=asset.pk).exists()
    assert not Asset.objects.filter(pk=asset.pk).exists()
    stone = Tombstone.objects.get(pk=asset.pk)
    assert (stone.reference, stone.agency_id, stone.kind, stone.state) == (
        asset.reference, asset.agency_id, "photo", "draft",
    )  # fmt: skip
    assert (stone.digests, stone.deletion_reason, stone.was_shown) == (digests, "Trùng", False)
    assert (stone.objects_removed, stone.bytes_removed) == (len(rows), sum(row.size for row in rows))
    assert stone.deleted_by is not None
    assert stone.purged_at > stone.deleted_at
    assert list(verify()) == []
    assert usage_of(asset.agency).bytes.used == 0
    event = AuditEvent.objects.get(target=asset.pk, act="asset.purged")
    assert (event.user_id, event.data["reference"], event.data["objects"]) == (None, asset.reference, len(rows))
    assert AuditEvent.objects.filter(target=asset.pk, act="asset.deleted").exists()
    assert purge_due() == 0


def test_nothing_goes_before_its_time_nor_what_is_held() -> None:
    early, held, gone = make_ready_asset(), make_ready_asset(), make_ready_asset()
    throw_away(early, days_ago=29.9)
    throw_away(held)
    admin = actor_in(held.agency, Role.AGENCY_ADMIN)
    hold_asset(asset_id=held.pk, by=admin, reason="Vụ kiện")
    throw_away(gone)
    assert purge_due() == 1
    assert set(Asset.objects.values_list("pk", flat=True)) == {early.pk, held.pk}
    with pytest.raises(IntegrityError, match="asset_held_is_not_purged"), transaction.atomic():
        Asset.objects.filter(pk=held.pk).update(purging_at=held.created_at)
    lift_hold(asset_id=held.pk, by=admin, reason="Xong")
    assert purge_due() == 1


class Breaking:
    """The store, with one method that fails from its n-th call on."""

    def __init__(self, method: str, *, after: int) -> None:
        self.store, self.method, self.left = get_store(), method, after

    def __getattr__(self, name: str) -> Any:
        if name != self.method:
            return getattr(self.store, name)
        return self._counted

    def _counted(self, *args: Any) -> Any:
        if not self.left:
            raise StoreUnavailable("The object store does not answer.")
        self.left -= 1
        return getattr(self.store, self.method)(*args)


@pytest.mark.usefixtures("neighbours")
def test_all_versions_the_history_and_the_corrections_go_with_it() -> None:
    asset = make_ready_asset(state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    other = make_ready_asset(agency=asset.agency)
    Revision.objects.create(asset=other, number=1, act=RevisionAct.CREATED, asset_revision=1, content={})
    editor = actor_in(asset.agency, Role.EDITOR)
    client = bearer(make_token(user=User.objects.get(pk=editor.user_id))[1])
    for author in ("Lan", "Hoa"):
        edit_asset(asset_id=asset.pk, by=editor, fields={"author": author}, reason="Sai tên")
    for _ in range(2):
        corrected(client, asset)
    answer = client.post(f"{API}/assets/{asset.pk}/versions/1/restore", {"reason": "Bản đầu đúng"}, format="json")
    assert answer.status_code == 200, answer.content
    assert AssetVersion.objects.filter(asset=asset).count() == 3
    assert Correction.objects.filter(asset=asset, restores=True).count() == 1
    assert Revision.objects.filter(asset=asset).count() >= 5
    assert len({key.split("/")[2] for key in keys_of(asset) if key.startswith("renditions/")}) == 3
    withdraw_asset(asset_id=asset.pk, by=editor, reason="Trùng")
    throw_away(asset)
    assert purge_due() == 1
    assert keys_of(asset) == []
    for model in (AssetVersion, Revision, Correction):
        assert not model._base_manager.filter(asset_id=asset.pk).exists(), model
    assert Revision.objects.filter(asset=other).count() == 1
    assert len(Tombstone.objects.get(pk=asset.pk).digests) == 3
    assert list(verify()) == []


@pytest.mark.faults
@pytest.mark.usefixtures("neighbours")
@pytest.mark.parametrize(("method", "after"), [("abort_multipart", 0), ("purge_prefix", 0), ("purge_prefix", 1)])
def test_a_store_that_fails_in_the_middle_leaves_a_decision_that_is_finished_later(
    method: str, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = full_asset()
    throw_away(asset)
    store = Breaking(method, after=after)
    with monkeypatch.context() as broken:
        broken.setattr(assets_purge, "get_store", lambda: store)
        with pytest.raises(StoreUnavailable):
            purge_due()
    assert Asset.objects.get(pk=asset.pk).is_purging
    assert not Tombstone.objects.exists()
    assert not [found for found in verify() if found.finding.is_damage]
    for reader in (actor_in(asset.agency, Role.AGENCY_ADMIN), actor_for_user(make_user(platform_role="auditor"))):
        with pytest.raises(NotFound):
            undelete_asset(asset_id=asset.pk, by=reader)
        with pytest.raises(NotFound):
            hold_asset(asset_id=asset.pk, by=reader, reason="x")
    assert purge_due() == 1
    assert keys_of(asset) == []
    assert list(verify()) == []


@pytest.mark.faults
@pytest.mark.usefixtures("neighbours")
def test_an_end_inside_the_last_transaction_leaves_rows_that_promise_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asset = full_asset()
    throw_away(asset)

    def break_off(*_: object, **__: object) -> None:
        raise IntegrityError("the connection is gone")

    with monkeypatch.context() as broken:
        broken.setattr(assets_purge, "record", break_off)
        assert purge_due() == 0
    assert keys_of(asset) == []
    assert AssetVersion.objects.filter(asset=asset).count() == 2
    assert not Tombstone.objects.exists()
    assert list(verify()) == []
    assert purge_due() == 1
    assert Tombstone.objects.get().objects_removed == 4


@pytest.mark.faults
def test_the_steps_may_run_any_number_of_times() -> None:
    asset = full_asset()
    throw_away(asset)
    assert decide_purge(asset.pk)
    assert not decide_purge(asset.pk)
    for _ in range(2):
        remove_objects(asset.pk)
    assert bury(asset.pk)
    assert not bury(asset.pk)
    assert Tombstone.objects.count() == 1


def test_one_that_was_taken_back_in_time_stays() -> None:
    asset = make_ready_asset()
    throw_away(asset)
    undelete_asset(asset_id=asset.pk, by=actor_in(asset.agency, Role.EDITOR))
    assert not decide_purge(asset.pk)
    assert purge_due() == 0


def test_a_run_that_still_processes_it_loses_its_token_and_none_begins() -> None:
    version = make_version(make_asset())
    begun = attempts.begin(version.pk, worker="w")
    assert begun is not None
    throw_away(version.asset)
    assert decide_purge(version.asset_id)
    ended = ProcessingAttempt.objects.get(pk=begun.attempt)
    assert (ended.state, ended.code) == ("abandoned", "purged")
    assert not attempts.note_progress(begun.attempt, stage="rendering", percent=5)
    assert attempts.begin(version.pk, worker="w") is None
    assert sweeping.requeue_forgotten_versions() == 0


def test_what_a_lost_run_stores_after_the_purge_is_removed_too() -> None:
    asset = make_ready_asset()
    throw_away(asset)
    purge_due()
    late = f"renditions/{asset.pk}/{uuid7()}/{uuid7()}/w320.webp"
    store_object(late, b"late")
    assert sweeping.delete_after_purges() == 1
    assert sweeping.delete_after_purges() == 0
    assert keys_of(asset) == []


def test_an_upload_that_would_add_to_it_is_closed() -> None:
    asset = make_ready_asset()
    upload = make_upload(agency=asset.agency, asset_id=asset.pk)
    throw_away(asset)
    decide_purge(asset.pk)
    upload.refresh_from_db()
    assert upload.state == UploadState.ABORTED


def test_references_are_never_given_twice() -> None:
    agency = make_agency()
    with transaction.atomic():
        reference = next_reference(agency=agency, kind=Kind.PHOTO)
    asset = make_ready_asset(agency=agency, reference=reference)
    throw_away(asset)
    purge_due()
    with transaction.atomic():
        assert next_reference(agency=agency, kind=Kind.PHOTO) != reference


def test_a_release_outlives_its_document_and_a_tombstone_goes_with_its_agency() -> None:
    source, target = make_agency(), make_agency()
    document = make_ready_asset(agency=source)
    release = Release.objects.create(asset=make_asset(agency=source), kind="model", name="A", document=document)
    delete_asset(asset_id=document.pk, by=actor_in(source, Role.AGENCY_ADMIN), reason="x", force=True)
    Asset.objects.filter(pk=document.pk).update(deleted_at=F("deleted_at") - timedelta(days=31))
    assert purge_due() == 1
    release.refresh_from_db()
    assert release.document is None
    merge_agency(
        agency_id=source.pk, into_id=target.pk, by=actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
    )
    assert Tombstone.objects.get().agency == target


@pytest.mark.parametrize("audience", Audience)
def test_who_could_have_known_is_told_that_it_is_gone(audience: Audience, client_for: ClientFor) -> None:
    friend, agency = make_agency(), make_agency()
    shown = make_ready_asset(agency=agency, state=AssetState.WITHDRAWN, audience=audience, shared_with=(friend,))
    draft = make_ready_asset(agency=agency, audience=audience, shared_with=(friend,))
    file = shown.versions.get().renditions.get().key.removeprefix("renditions/")
    for asset in (shown, draft):
        throw_away(asset)
    assert purge_due() == 2
    readers = {
        "contributor": client_for(agency),
        "viewer": client_for(agency, Role.VIEWER),
        "friend": client_for(friend, Role.VIEWER),
        "stranger": client_for(make_agency(), Role.AGENCY_ADMIN),
        "desk": bearer(make_token(user=make_user(platform_role=PlatformRole.CENTRAL_EDITOR))[1]),
        "auditor": bearer(make_token(user=make_user(platform_role=PlatformRole.AUDITOR))[1]),
        "anonymous": Client(),
    }
    reached = {
        Audience.AGENCY: set[str](),
        Audience.SHARED: {"friend"},
        Audience.NETWORK: {"friend", "stranger"},
        Audience.PUBLIC: {"friend", "stranger", "anonymous"},
    }[audience]
    told = {who: client.get(f"{API}/assets/{shown.pk}") for who, client in readers.items()}
    gone = {who for who, answer in told.items() if answer.status_code == 410}
    assert gone == {"contributor", "viewer", "desk", "auditor"} | reached
    assert {answer.status_code for who, answer in told.items() if who not in gone} <= {404}
    problem = told["contributor"].json()
    assert (problem["code"], problem["reference"]) == ("asset_purged", shown.reference)
    of_draft = {who for who, client in readers.items() if client.get(f"{API}/assets/{draft.pk}").status_code == 410}
    assert of_draft == {"contributor", "auditor"}
    assert Client().get(f"/embed/{shown.pk}").status_code == (410 if audience == Audience.PUBLIC else 404)
    assert Client().get(f"/embed/{draft.pk}").status_code == 404
    assert Client().get(f"/media/public/{file}").status_code == (410 if audience == Audience.PUBLIC else 404)
    assert Client().get("/media/public/nothing").status_code == 404


@pytest.mark.parametrize(("embargo", "was_shown"), [(32, False), (34, True)])
@pytest.mark.parametrize("way", [("withdraw",), ("archive",), ("withdraw", "archive")])
def test_what_was_put_away_under_embargo_was_never_shown_although_the_embargo_ended_before_it_was_deleted(
    way: tuple[str, ...], embargo: int, was_shown: bool
) -> None:
    """Published 35 days ago, put away 33 days ago, deleted 31 days ago; the embargo ended in between."""
    asset = make_ready_asset(state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    by = actor_in(asset.agency, Role.EDITOR)
    for act in way:
        if act == "withdraw":
            withdraw_asset(asset_id=asset.pk, by=by, reason="Sai")
        else:
            archive_asset(asset_id=asset.pk, by=by)
    throw_away(asset)
    day = timedelta(days=1)
    WorkflowEvent.objects.filter(asset=asset).update(at=F("at") - 33 * day)
    Asset.objects.filter(pk=asset.pk).update(
        published_at=F("published_at") - 35 * day,
        withdrawn_at=F("withdrawn_at") - 33 * day,
        embargo_until=F("published_at") - embargo * day,
    )
    assert purge_due() == 1
    assert Tombstone.objects.get().was_shown == was_shown


def test_people_of_an_agency_it_was_shared_with_are_told_after_its_merger_too(client_for: ClientFor) -> None:
    friend, target, next_target = make_agency(), make_agency(), make_agency()
    shown = make_ready_asset(state=AssetState.WITHDRAWN, audience=Audience.SHARED, shared_with=(friend,))
    throw_away(shown)
    assert purge_due() == 1
    reader, stranger = client_for(friend, Role.VIEWER), client_for(make_agency(), Role.VIEWER)
    by = actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
    for source, into in ((friend, target), (target, next_target)):
        merge_agency(agency_id=source.pk, into_id=into.pk, by=by)
        assert reader.get(f"{API}/assets/{shown.pk}").status_code == 410
        assert stranger.get(f"{API}/assets/{shown.pk}").status_code == 404


def test_what_got_another_audience_as_a_draft_again_was_never_shown_to_it() -> None:
    asset = make_ready_asset(state=AssetState.ARCHIVED, audience=Audience.PUBLIC)
    throw_away(asset)
    purge_due()
    assert not Tombstone.objects.get().was_shown
