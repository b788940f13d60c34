"""Two answers to one upload at once: one asset, or none, never half (faults, item 8)."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier, Event
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.models import Asset, AssetVersion, Upload
from assets.storage import get_store
from assets.storage.base import ObjectMissing, PartSpec
from assets.usecases import uploads_complete
from tests.api.conftest import bearer
from tests.factories import distinct_jpeg, make_agency, make_member, make_token
from transcoding.sweeping import delete_unclaimed_originals

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 4


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Start all calls at the same moment, each on its own database connection."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(10)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(60) for future in [pool.submit(run, call) for call in calls]]


def ready_to_complete(secret: str) -> str:
    """An upload whose only part has arrived; its URL."""
    body = distinct_jpeg()
    said = {"agency": "VGP", "filename": "a.jpg", "size": len(body)}
    upload_id = bearer(secret).post("/api/v1/uploads", said, format="json").json()["id"]
    row = Upload.objects.get(pk=upload_id)
    get_store().put_part(row.key, row.store_upload_id, PartSpec(number=1, size=len(body)), io.BytesIO(body))
    return f"/api/v1/uploads/{upload_id}"


def complete(secret: str, url: str) -> Any:
    return bearer(secret).post(f"{url}/complete", {}, format="json")


@pytest.fixture
def secret() -> str:
    return make_token(user=make_member(make_agency(code="VGP")))[1]


def test_two_completions_at_once_make_one_asset(secret: str) -> None:
    for round_number in range(1, ROUNDS + 1):
        url = ready_to_complete(secret)
        answers = at_once(*[partial(complete, secret, url)] * 3)
        assert [answer.status_code for answer in answers] == [200] * 3, [answer.content for answer in answers]
        assert len({answer.json()["asset"]["id"] for answer in answers}) == 1
        assert Asset.objects.count() == AssetVersion.objects.count() == round_number
        version = AssetVersion.objects.get(asset=answers[0].json()["asset"]["id"])
        assert ProcrastinateJob.objects.filter(lock=f"version:{version.pk}").count() == 1
    for version in AssetVersion.objects.all():
        assert get_store().head(version.original_key).size == version.size


def test_a_completion_that_lasts_is_waited_for_then_left_alone(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads_complete, "TURN", timedelta(seconds=0.3))
    url = ready_to_complete(secret)
    held, ended = Event(), Event()

    def hold() -> None:
        try:
            with uploads_complete.turn(UUID(url.rpartition("/")[2])):
                held.set()
                ended.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert held.wait(30)
        meanwhile = complete(secret, url)
        ended.set()
        holding.result(30)
    assert (meanwhile.status_code, meanwhile.json()["code"]) == (503, "upload_joining")
    assert int(meanwhile["Retry-After"]) > 0
    assert Asset.objects.count() == 0
    assert complete(secret, url).json()["state"] == "completed"


def test_an_abort_and_a_completion_at_once_leave_all_or_nothing(secret: str) -> None:
    for _ in range(ROUNDS):
        url = ready_to_complete(secret)
        completed, aborted = at_once(partial(complete, secret, url), partial(bearer(secret).delete, url))
        row = Upload.objects.get(pk=url.rpartition("/")[2])
        if completed.status_code == 200:
            assert (row.state, aborted.status_code) == ("completed", 409)
            assert get_store().head(row.key).size == row.size
            assert AssetVersion.objects.filter(original_key=row.key).exists()
        else:
            assert (row.state, aborted.status_code, completed.status_code) == ("aborted", 204, 409), completed.content
            assert completed.json()["code"] == "upload_closed"
            assert not Asset.objects.filter(pk=row.asset_id).exists()
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE assets_upload SET finished_at = now() - interval '1 day' WHERE id = %s", [row.pk]
                )
            delete_unclaimed_originals()  # web servers may not delete; the sweeper does
            with pytest.raises(ObjectMissing):
                get_store().head(row.key)
        assert not list(get_store().pending_uploads())


def test_the_same_announcement_twice_at_once_is_one_upload(secret: str) -> None:
    said = {"agency": "VGP", "filename": "a.jpg", "size": 10}

    def announce() -> Any:
        return bearer(secret).post("/api/v1/uploads", said, format="json", headers={"Idempotency-Key": "k"})

    answers = at_once(announce, announce, announce)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(list(get_store().pending_uploads())) == 1
