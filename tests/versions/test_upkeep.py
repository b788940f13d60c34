"""What looks after the archive knows that an asset has several files."""

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.fixity import Tally, verify
from assets.models import AssetVersion, Upload
from assets.states import UploadState
from assets.storage import get_store
from permissions.vocabulary import Role
from tests.factories import make_agency, make_ready_asset
from tests.versions.flow import act, corrected, person, public_photo, send, work_off_the_queue
from transcoding.sweeping import delete_unclaimed_originals, delete_unpublished_renditions, requeue_forgotten_versions

pytestmark = pytest.mark.django_db


def test_every_version_is_read_again_and_nothing_of_it_is_swept() -> None:
    agency = make_agency(review_steps=1)
    asset, (_, own), (_, other) = public_photo(agency), person(agency), person(agency)
    corrected(own, asset)
    assert act(other, asset, "versions/2/confirm").status_code == 200
    corrected(own, asset)
    assert act(other, asset, "versions/3/decline", reason="Sai").status_code == 200
    tally = Tally()
    assert list(verify(tally=tally)) == []
    assert (tally.originals, tally.unhashed) == (3, 0)
    assert delete_unpublished_renditions() == delete_unclaimed_originals() == 0
    lost = AssetVersion.objects.get(asset=asset, number=1)
    get_store().delete(lost.original_key)
    assert [found.key for found in verify()] == [lost.original_key]


def test_a_replacement_whose_job_got_lost_is_queued_again() -> None:
    agency = make_agency(review_steps=0)
    asset, (_, own) = make_ready_asset(agency=agency), person(agency, Role.CONTRIBUTOR)
    assert send(own, asset).status_code == 201
    assert Upload.objects.get().state == UploadState.COMPLETED
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert requeue_forgotten_versions() == 1
    assert ProcrastinateJob.objects.count() == 1
    assert work_off_the_queue() == ["ready"]
    asset.refresh_from_db()
    assert asset.current_version is not None
    assert asset.current_version.number == 2
