"""Two people at the same moment: one of them is told, and the asset has one current file."""

from collections.abc import Callable
from io import BytesIO

import pytest

from assets.corrections import settle
from assets.models import Asset, AssetVersion, Correction, Upload
from assets.states import CorrectionState, UploadState, VersionState
from assets.storage import get_store
from assets.storage.base import PartSpec
from assets.usecases.assets_withdraw import withdraw_asset
from assets.usecases.corrections_decide import confirm_correction, decline_correction
from assets.usecases.uploads_complete import complete_upload
from assets.usecases.uploads_create import NewUpload, create_upload
from permissions.actor import Actor
from permissions.errors import DomainError
from permissions.models import Agency
from permissions.vocabulary import AssetState, Role
from tests.factories import actor_in, distinct_jpeg, make_agency
from tests.versions.flow import public_photo, work_off_the_queue
from tests.workflow.test_at_once import together

pytestmark = pytest.mark.django_db(transaction=True)


def sent(asset: Asset, by: Actor) -> Upload:
    """A replacement whose parts have arrived."""
    body = distinct_jpeg()
    new = NewUpload(filename="a.jpg", size=len(body), replaces=str(asset.pk), reason="Sai")
    upload, _ = create_upload(by=by, agency=None, new=new)
    spec = PartSpec(number=1, size=len(body), sha256=None)
    get_store().put_part(upload.key, upload.store_upload_id, spec, BytesIO(body))
    return upload


def test_of_two_replacements_at_once_one_is_taken_and_the_other_may_come_later() -> None:
    agency = make_agency(review_steps=0)
    asset, editors = public_photo(agency), [actor_in(agency, Role.EDITOR) for _ in range(2)]
    uploads = [sent(asset, editor) for editor in editors]

    def completing(by: Actor, upload: Upload) -> Callable[[], object]:
        return lambda: complete_upload(by=by, upload_id=upload.pk)

    answers = together(*(completing(*pair) for pair in zip(editors, uploads, strict=True)))

    refused = [answer for answer in answers if isinstance(answer, DomainError)]
    assert [error.reason for error in refused] == ["correction_open"]
    assert AssetVersion.objects.filter(asset=asset).count() == 2
    assert work_off_the_queue() == ["ready"]
    late = uploads[answers.index(refused[0])]
    late.refresh_from_db()
    assert late.state == UploadState.OPEN
    assert complete_upload(by=editors[answers.index(refused[0])], upload_id=late.pk).state == UploadState.COMPLETED
    assert work_off_the_queue() == ["ready"]
    asset.refresh_from_db()
    assert asset.current_version is not None
    assert asset.current_version.number == 3


def test_confirming_and_declining_at_once_is_one_decision() -> None:
    agency = make_agency(review_steps=1)
    asset, editors = waiting(agency)
    confirm = lambda: confirm_correction(asset_id=asset.pk, number=2, by=editors[0])  # noqa: E731
    decline = lambda: decline_correction(asset_id=asset.pk, number=2, by=editors[1], reason="Sai")  # noqa: E731
    answers = together(confirm, decline)
    assert [answer.reason for answer in answers if isinstance(answer, DomainError)] == ["not_found"]
    asset.refresh_from_db()
    correction = Correction.objects.get()
    assert asset.current_version is not None
    assert (asset.current_version.number == 2) == (correction.state == CorrectionState.ADOPTED)


def waiting(agency: Agency) -> tuple[Asset, list[Actor]]:
    """A published photo whose correction waits, and two who may decide."""
    asset, maker = public_photo(agency), actor_in(agency, Role.EDITOR)
    complete_upload(by=maker, upload_id=sent(asset, maker).pk)
    work_off_the_queue()
    return asset, [actor_in(agency, Role.EDITOR) for _ in range(2)]


def test_a_withdrawal_at_the_moment_of_the_switch_wins_or_comes_after_it() -> None:
    agency = make_agency(review_steps=0)
    asset, editor = public_photo(agency), actor_in(agency, Role.EDITOR)
    complete_upload(by=editor, upload_id=sent(asset, editor).pk)
    answers = together(work_off_the_queue, lambda: withdraw_asset(asset_id=asset.pk, by=editor, reason="Sai"))
    assert answers[0] == ["ready"]
    asset.refresh_from_db()
    correction, version = Correction.objects.get(), AssetVersion.objects.get(asset=asset, number=2)
    assert (asset.state, version.state) == (AssetState.WITHDRAWN, VersionState.READY)
    assert asset.current_version is not None
    adopted = asset.current_version.number == 2
    assert correction.state == (CorrectionState.ADOPTED if adopted else CorrectionState.WAITING)
    assert version.proposed is not adopted
    found = Asset.objects.with_policy_facts().get(pk=asset.pk)
    assert settle(found, correction, maker=editor) is False, "what was settled stays so"
