"""Processing is cancelled and repeated by people: rights, record, and a run that can publish nothing any more."""

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework.test import APIClient

from assets.models import AssetVersion, Correction, QueuedWork
from assets.queue import defer_processing
from assets.states import VersionState
from permissions.models import Agency, AuditEvent
from permissions.vocabulary import Role
from tests.api.conftest import ClientFor
from tests.factories import make_agency, make_asset, make_member, make_version
from tests.versions.flow import person, public_photo, send
from transcoding import attempts
from transcoding.attempts import Superseded
from transcoding.processing import process
from transcoding.results import EmbeddedMetadata, ProcessingResult

pytestmark = pytest.mark.django_db
ASSETS = "/api/v1/assets"


@pytest.fixture
def agency() -> Agency:
    return make_agency()


@pytest.fixture
def contributor(client_for: ClientFor, agency: Agency) -> APIClient:
    return client_for(agency, Role.CONTRIBUTOR)


def queued(agency: Agency) -> AssetVersion:
    version = make_version(make_asset(agency=agency))
    defer_processing(version)
    return version


def test_what_waits_leaves_the_queue_and_may_be_processed_again(contributor: APIClient, agency: Agency) -> None:
    version = queued(agency)
    url = f"{ASSETS}/{version.asset_id}"

    answer = contributor.post(f"{url}/cancel-processing", {}, format="json")

    assert answer.status_code == 200, answer.content
    said = answer.json()["processing"]
    assert (said["state"], said["code"], said["standing"], said["ahead"]) == ("rejected", "cancelled", "", 0)
    assert list(ProcrastinateJob.objects.values_list("status", flat=True)) == ["cancelled"]
    assert not QueuedWork.objects.exists()
    assert AuditEvent.objects.filter(act="asset.processing_cancelled", target=version.asset_id).count() == 1
    again = contributor.post(f"{url}/cancel-processing", {}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "not_processing")

    assert contributor.post(f"{url}/reprocess", {}, format="json").status_code == 202
    assert process(version.pk, worker="test", retries=0) == "ready"


def test_a_run_under_way_can_publish_nothing_any_more(contributor: APIClient, agency: Agency) -> None:
    version = queued(agency)
    begun = attempts.begin(version.pk, worker="test")
    assert begun is not None

    assert contributor.post(f"{ASSETS}/{version.asset_id}/cancel-processing").status_code == 200

    assert attempts.note_progress(begun.attempt, stage="rendering", percent=50) is False, "so the run stops"
    with pytest.raises(Superseded):
        attempts.publish(begun, result=ProcessingResult(renditions=(), facts={}, metadata=EmbeddedMetadata()), sizes={})
    run = version.attempts.get()
    assert (run.state, run.code) == ("abandoned", "cancelled")
    assert process(version.pk, worker="test", retries=0) == "nothing to do"


def test_a_run_that_is_cancelled_ends_and_leaves_nothing(contributor: APIClient, agency: Agency) -> None:
    version = queued(agency)
    asked = 0

    def cancel_in_the_middle() -> bool:
        nonlocal asked
        asked += 1
        if asked == 1:
            assert contributor.post(f"{ASSETS}/{version.asset_id}/cancel-processing").status_code == 200
        return asked > 1

    assert process(version.pk, worker="test", retries=0, stopping=cancel_in_the_middle) == "superseded"
    version.refresh_from_db()
    assert (version.state, version.rejection_code) == (VersionState.REJECTED, "cancelled")
    assert not version.renditions.exists()


def test_a_correction_is_cancelled_and_what_is_published_stays(agency: Agency) -> None:
    _, editor = person(agency)
    asset = public_photo(agency)
    before = asset.current_version_id
    assert send(editor, asset).status_code == 201

    answer = editor.post(f"{ASSETS}/{asset.pk}/cancel-processing", {}, format="json")

    assert answer.status_code == 200, answer.content
    asset.refresh_from_db()
    assert asset.current_version_id == before
    assert answer.json()["processing"]["state"] == "ready"
    correction = Correction.objects.get(asset=asset)
    assert (correction.state, correction.version.rejection_code) == ("rejected", "cancelled")
    assert send(editor, asset).status_code == 201, "another may be sent"


def test_who_may_not_edit_may_not_cancel(client_for: ClientFor, agency: Agency) -> None:
    version = queued(agency)
    url = f"{ASSETS}/{version.asset_id}/cancel-processing"

    assert APIClient().post(url).status_code in {401, 404}
    assert client_for(make_agency(), Role.AGENCY_ADMIN).post(url).status_code == 404
    version.refresh_from_db()
    assert version.state == VersionState.RECEIVED


def test_the_page_cancels_repeats_and_shows_the_runs(agency: Agency) -> None:
    version = queued(agency)
    assert attempts.begin(version.pk, worker="test") is not None
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(make_member(agency), backend="django.contrib.auth.backends.ModelBackend")
    page = f"/assets/{version.asset_id}"
    assert "Cancel the processing" in browser.get(page).content.decode()

    assert browser.post(f"{page}/processing/cancel").status_code == 302
    shown = browser.get(page).content.decode()
    assert "The processing was cancelled" in shown
    assert "Given up" in shown
    assert "have it processed again" in shown

    assert browser.post(f"{page}/processing/retry").status_code == 302
    shown = browser.get(page).content.decode()
    assert "At the moment no worker takes files of this kind" in shown
    assert browser.post(f"{page}/processing/other").status_code == 404


def test_the_estimate_is_of_one_asset_and_not_of_lists(contributor: APIClient, agency: Agency) -> None:
    version = queued(agency)

    one = contributor.get(f"{ASSETS}/{version.asset_id}").json()["processing"]
    (listed,) = contributor.get(ASSETS).json()["results"]

    assert (one["standing"], one["estimated_ready_at"], one["ahead"]) == ("unserved", None, 0)
    assert "estimated_ready_at" not in listed["processing"]
