"""What the tests of faults queue, what they see of it from outside, and the one end that is right."""

import hashlib
from contextlib import suppress
from pathlib import Path

import psutil
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.models import AssetVersion, ProcessingAttempt
from assets.queue import defer_processing
from assets.states import Kind
from assets.storage import get_store
from tests import factories
from tests.transcoding.pipeline.conftest import media_children, nothing_is_left, wait_until, whole_set

State = ProcessingAttempt.State


def queued_film(film: Path) -> AssetVersion:
    with transaction.atomic():
        version = factories.make_version(factories.make_asset(kind=Kind.VIDEO), original=film, filename="phim.mp4")
        defer_processing(version)
    return version


def queued_photo() -> AssetVersion:
    with transaction.atomic():
        version = factories.make_version()
        defer_processing(version)
    return version


def state_of(version: AssetVersion) -> str:
    return str(AssetVersion.objects.values_list("state", flat=True).get(pk=version.pk))


def stage_of(version: AssetVersion) -> str | None:
    running = ProcessingAttempt.objects.filter(version=version, state=State.RUNNING)
    return running.values_list("stage", flat=True).first()


def job_states() -> set[str]:
    jobs = ProcrastinateJob.objects.filter(task_name="transcoding.process_version")
    return set(jobs.values_list("status", flat=True))


def assert_done_once(version: AssetVersion, *, original: bytes) -> None:
    """Ready, by one attempt; all its objects and no others; the original untouched; nothing left on this machine."""
    version.refresh_from_db()
    assert (version.state, version.rejection_code) == ("ready", "")
    assert version.sha256 == hashlib.sha256(original).hexdigest()
    with get_store().open(version.original_key) as stored:
        assert stored.read() == original
    assert not version.attempts.filter(state=State.RUNNING).exists()
    assert version.attempts.filter(state=State.SUCCEEDED).count() == 1
    assert {row.attempt for row in version.renditions.all()} == {version.attempt}
    prefix = f"renditions/{version.asset_id}/{version.pk}/{version.attempt}/"
    assert {row.key for row in version.renditions.all()} == whole_set(o.key for o in get_store().list_objects(prefix))
    wait_until(nothing_is_left, within=15, what="children and work folders gone")


def running_ffmpegs() -> list[psutil.Process]:
    found = []
    for child in media_children():
        with suppress(psutil.NoSuchProcess):  # a short one (ffprobe) may end while it is looked at
            if child.name() == "ffmpeg":
                found.append(child)
    return found
