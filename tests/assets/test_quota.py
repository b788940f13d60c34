"""Quotas: counted exactly, kept whoever uploads at the same moment."""

import io
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from assets.models import Asset, AssetVersion, Upload
from assets.quota import QuotaExceeded, usage_of, warnings_of
from assets.states import Language, UploadState
from assets.storage import get_store
from assets.storage.base import PartSpec
from assets.usecases.articles_create import create_article
from assets.usecases.uploads_abort import abort_upload
from assets.usecases.uploads_complete import complete_upload
from assets.usecases.uploads_create import NewUpload, create_upload
from assets.usecases.uploads_single import upload_whole
from permissions.actor import Actor
from permissions.models import Agency
from permissions.vocabulary import Role
from tests.factories import actor_in, distinct_jpeg, make_agency, make_asset, make_upload, make_version

pytestmark = pytest.mark.django_db
TEXTS = {Language.VI: {"title": "Tin"}}


def announce(agency: Agency, by: Actor, size: int = 1000) -> Upload:
    return create_upload(by=by, agency=agency, new=NewUpload(filename="a.jpg", size=size))[0]


def send(upload: Upload) -> None:
    part = PartSpec(number=1, size=upload.size)
    get_store().put_part(upload.key, upload.store_upload_id, part, io.BytesIO(bytes(upload.size)))


def test_use_is_counted_of_the_agency_alone() -> None:
    agency = make_agency()
    for owner in (agency, agency, make_agency(parent=agency), make_agency()):
        make_version(make_asset(agency=owner), original=b"x" * 100)
    make_version(Asset.objects.filter(agency=agency).first(), original=b"x" * 11)  # a correction keeps the former bytes
    make_asset(agency=agency)
    make_upload(agency=agency, size=5)
    make_upload(agency=agency, size=7, state=UploadState.ABORTED)
    usage = usage_of(agency)
    assert (usage.bytes.used, usage.bytes.reserved) == (211, 5)
    assert (usage.items.used, usage.items.reserved) == (3, 1)


@pytest.mark.parametrize(("field", "of"), [("quota_bytes", "bytes"), ("quota_items", "items")])
def test_an_upload_that_does_not_fit_is_refused_before_it_begins(field: str, of: str) -> None:
    limit = {"quota_bytes": 2500, "quota_items": 2}[field]
    agency = make_agency(**{field: limit})
    by = actor_in(agency)
    first, _ = announce(agency, by), announce(agency, by)
    with pytest.raises(QuotaExceeded) as refusal:
        announce(agency, by)
    assert refusal.value.reason == "quota_exceeded"
    assert (refusal.value.data["of"], refusal.value.data["limit"]) == (of, limit)
    assert Upload.objects.count() == 2
    abort_upload(by=by, upload_id=first.pk)
    announce(agency, by)


def test_exactly_the_quota_fits() -> None:
    agency = make_agency(quota_bytes=1000, quota_items=1)
    by = actor_in(agency)
    upload = announce(agency, by)
    send(upload)
    assert complete_upload(by=by, upload_id=upload.pk).state == UploadState.COMPLETED
    assert usage_of(agency).bytes.used == 1000
    with pytest.raises(QuotaExceeded):
        announce(agency, by, size=1)


def test_a_quota_that_shrank_meanwhile_stops_the_completion_and_keeps_the_parts() -> None:
    agency = make_agency()
    by = actor_in(agency)
    upload = announce(agency, by)
    send(upload)
    Agency.objects.filter(pk=agency.pk).update(quota_bytes=999)
    with pytest.raises(QuotaExceeded):
        complete_upload(by=by, upload_id=upload.pk)
    assert not Asset.objects.exists()
    Agency.objects.filter(pk=agency.pk).update(quota_bytes=1000)
    assert complete_upload(by=by, upload_id=upload.pk).state == UploadState.COMPLETED


def test_articles_are_items_too() -> None:
    agency = make_agency(quota_items=1)
    by = actor_in(agency)
    create_article(by=by, agency=agency, texts=TEXTS, fields={})
    with pytest.raises(QuotaExceeded):
        create_article(by=by, agency=agency, texts=TEXTS, fields={})


def test_a_small_file_in_one_request_is_no_way_around() -> None:
    agency = make_agency(quota_bytes=10)
    with pytest.raises(QuotaExceeded):
        upload_whole(
            by=actor_in(agency),
            agency=agency,
            new=NewUpload(filename="a.jpg", size=11),
            body=io.BytesIO(bytes(11)),
            limit=1000,
        )
    assert not Upload.objects.exists()


def test_the_soft_limit_warns() -> None:
    agency = make_agency(quota_bytes=1000, quota_items=1000, quota_warn_percent=50)
    make_version(make_asset(agency=agency), original=b"x" * 499)
    assert warnings_of(agency) == []
    make_upload(agency=agency, size=1)
    assert warnings_of(agency) == ["bytes"]
    assert warnings_of(make_agency()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begun_before", [True, False])
def test_uploads_at_once_never_exceed_it(begun_before: bool) -> None:
    """Six people, room for four; also when the quota came after they had begun."""
    bodies = [distinct_jpeg() for _ in range(6)]
    size = max(len(body) for body in bodies)
    agency = make_agency(quota_bytes=None if begun_before else 4 * size, quota_items=None if begun_before else 4)
    people = [actor_in(agency, Role.CONTRIBUTOR) for _ in bodies]
    begun = [announce(agency, by, size) for by in people] if begun_before else []
    Agency.objects.filter(pk=agency.pk).update(quota_bytes=4 * size, quota_items=4)
    for upload in begun:
        send(upload)
    barrier = Barrier(len(bodies))

    def bring(number: int) -> bool:
        try:
            barrier.wait(30)
            upload = begun[number] if begun else announce(agency, people[number], size)
            if not begun:
                send(upload)
            complete_upload(by=people[number], upload_id=upload.pk)
        except QuotaExceeded:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = [future.result(120) for future in [pool.submit(bring, n) for n in range(len(bodies))]]
    usage = usage_of(Agency.objects.get(pk=agency.pk))
    assert usage.items.used == sum(answers) == Asset.objects.count() == 4
    assert usage.bytes.used == sum(AssetVersion.objects.values_list("size", flat=True)) == 4 * size
