"""What is left behind is put right, and what is alive is left alone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from uuid_utils.compat import uuid7

from assets.models import AssetVersion, ProcessingAttempt
from assets.queue import defer_processing
from assets.states import UploadState, VersionState
from assets.storage import get_store
from assets.storage.base import ObjectMissing
from tests import factories
from tests.assets.lists.test_plans import explained, rows_read
from transcoding import sweeping

pytestmark = pytest.mark.django_db
State = ProcessingAttempt.State


def a_worker(*, silent_for: float) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (NOW() - %s * INTERVAL '1 second') RETURNING id",
            [silent_for],
        )
        return int(cursor.fetchone()[0])


def fetched_by(worker: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, %s)", [worker])
        return int(cursor.fetchone()[0])


def status_of(job: int) -> str:
    return ProcrastinateJob.objects.get(pk=job).status


def test_the_jobs_of_a_dead_worker_are_taken_up_with_their_lock() -> None:
    version = factories.make_version()
    defer_processing(version)
    job = fetched_by(a_worker(silent_for=31))

    assert sweeping.take_up_stalled_jobs() == 1

    assert status_of(job) == "todo"
    assert fetched_by(a_worker(silent_for=0)) == job


def test_the_jobs_of_a_living_worker_are_left_alone() -> None:
    defer_processing(factories.make_version())
    job = fetched_by(a_worker(silent_for=20))

    assert sweeping.take_up_stalled_jobs() == 0
    assert status_of(job) == "doing"


def test_a_stalled_job_whose_successor_already_waits_is_ended() -> None:
    app.configure_task("transcoding.sweep_stalled_jobs", queueing_lock="once").defer(timestamp=1)
    stalled = fetched_by(a_worker(silent_for=31))
    app.configure_task("transcoding.sweep_stalled_jobs", queueing_lock="once").defer(timestamp=2)

    sweeping.take_up_stalled_jobs()

    assert status_of(stalled) == "failed"
    assert ProcrastinateJob.objects.filter(status="todo").count() == 1


def test_an_unfinished_version_without_a_job_gets_one_and_others_do_not() -> None:
    forgotten, processing = factories.make_version(), factories.make_version(state=VersionState.PROCESSING)
    waiting, running = factories.make_version(), factories.make_version()
    factories.make_version(state=VersionState.READY)
    factories.make_version(state=VersionState.REJECTED)
    defer_processing(running)
    fetched_by(a_worker(silent_for=0))
    defer_processing(waiting)

    assert sweeping.requeue_forgotten_versions() == 2
    assert sweeping.requeue_forgotten_versions() == 0

    queued = {job.args["version_id"] for job in ProcrastinateJob.objects.filter(status="todo")}
    assert queued == {str(version.pk) for version in (forgotten, processing, waiting)}


def ended_attempt(version: AssetVersion, state: ProcessingAttempt.State, *, hours_ago: float) -> ProcessingAttempt:
    attempt = factories.make_attempt(version, state=state, finished_at=timezone.now() - timedelta(hours=hours_ago))
    factories.store_object(f"renditions/{version.asset_id}/{version.pk}/{attempt.pk}/w320.webp", b"x")
    return attempt


def test_renditions_of_runs_that_came_to_nothing_are_deleted_after_a_while() -> None:
    version = factories.make_version(state=VersionState.READY)
    current = factories.make_attempt(version, state=State.SUCCEEDED)
    AssetVersion.objects.filter(pk=version.pk).update(attempt=current.pk)
    version.refresh_from_db()
    kept = factories.make_rendition(version)
    abandoned = ended_attempt(version, State.ABANDONED, hours_ago=3)
    replaced = ended_attempt(version, State.SUCCEEDED, hours_ago=3)
    fresh = ended_attempt(version, State.FAILED, hours_ago=1)

    assert sweeping.delete_unpublished_renditions() == 2

    left = {found.key.split("/")[3] for found in get_store().list_objects(f"renditions/{version.asset_id}/")}
    assert left == {str(kept.attempt), str(fresh.pk)}
    assert {str(abandoned.pk), str(replaced.pk)}.isdisjoint(left)


MANY = """
INSERT INTO assets_processingattempt
  (id, version_id, state, stage, progress, code, message, worker, started_at, finished_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'failed', '', 0, '', '', '', %(then)s, %(then)s
FROM generate_series(1, 4000);
INSERT INTO assets_rendition (id, version_id, attempt, profile, key, media_type, size, facts)
SELECT gen_random_uuid(), version_id, id, profile, id || profile, '', 1, '{}'
FROM assets_processingattempt, unnest('{a,b,c,d,e}'::text[]) AS profile WHERE finished_at = %(then)s
"""


def test_the_renditions_of_recent_runs_are_found_without_reading_all_of_them() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in MANY.split(";"):
            cursor.execute(statement, {"then": timezone.now() - timedelta(days=60)})
        cursor.execute("SET LOCAL session_replication_role = origin")
    for _ in range(5):
        version = factories.make_version(state=VersionState.READY)
        ended_attempt(version, State.ABANDONED, hours_ago=3)
        factories.make_rendition(version)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE assets_processingattempt, assets_rendition, assets_assetversion")

    with CaptureQueriesContext(connection) as captured:
        assert sweeping.delete_unpublished_renditions() == 5

    read = [node for node in explained(captured) if node.get("Relation Name") == "assets_rendition"]
    assert read
    assert sum(map(rows_read, read)) <= 5 * 5


def test_the_object_of_an_expired_upload_is_deleted_unless_an_asset_has_it() -> None:
    long_ago = timezone.now() - timedelta(hours=3)
    unclaimed = factories.make_upload(state=UploadState.EXPIRED, finished_at=long_ago)
    version = factories.make_version()
    claimed = factories.make_upload(state=UploadState.EXPIRED, finished_at=long_ago)
    type(claimed).objects.filter(pk=claimed.pk).update(key=version.original_key)
    factories.store_object(unclaimed.key, b"x")

    sweeping.delete_unclaimed_originals()

    with pytest.raises(ObjectMissing):
        get_store().head(unclaimed.key)
    assert get_store().head(version.original_key)


def test_only_old_multipart_uploads_that_no_row_stands_for_are_aborted(monkeypatch: pytest.MonkeyPatch) -> None:
    live = factories.make_upload()
    unknown = f"originals/{uuid7()}/{uuid7()}"
    get_store().create_multipart(unknown, media_type="image/jpeg", part_checksums=False)

    assert sweeping.abort_unknown_uploads() == 0
    monkeypatch.setattr(sweeping, "UNKNOWN_AFTER", -timedelta(seconds=2))
    assert sweeping.abort_unknown_uploads() == 1

    assert [pending.upload_id for pending in get_store().pending_uploads()] == [live.store_upload_id]
