"""The order in which worker processes take what is queued, what they announce, and what they learn of their speed."""

import signal
from pathlib import Path

import pytest
from django.db import transaction

from assets.models import AssetVersion, ProcessingAttempt, ProcessingSpeed, QueuedWork, Worker
from assets.queue import defer_processing
from assets.states import Kind
from permissions.models import Agency
from tests import factories
from tests.transcoding.pipeline.conftest import Workers, wait_until
from transcoding.ffmpeg.hardware import HARDWARE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_queue")]


def photo_of(agency: Agency, *, urgency: int = 5) -> AssetVersion:
    version = factories.make_version(factories.make_asset(agency=agency, urgency=urgency))
    defer_processing(version)
    return version


@pytest.mark.timeout(180)
def test_agencies_take_turns_and_the_urgent_goes_first(workers: Workers) -> None:
    many, few, late = (factories.make_agency() for _ in range(3))
    with transaction.atomic():
        backlog = [photo_of(many) for _ in range(6)]
        few_photos = [photo_of(few) for _ in range(2)]
        urgent = photo_of(late, urgency=1)

    worker = workers.start(wait=False)
    assert worker.wait(150) == 0

    order = list(ProcessingAttempt.objects.order_by("started_at").values_list("version_id", flat=True))
    assert order[0] == urgent.pk
    assert set(order[1:5]) == {backlog[0].pk, backlog[1].pk, few_photos[0].pk, few_photos[1].pk}
    assert order[5:] == [version.pk for version in backlog[2:]]
    assert not QueuedWork.objects.exists()


@pytest.mark.timeout(180)
def test_a_worker_announces_itself_and_learns_its_speed(workers: Workers, short_film: Path) -> None:
    with transaction.atomic():
        film = factories.make_version(factories.make_asset(kind=Kind.VIDEO), original=short_film, filename="phim.mp4")
        defer_processing(film)

    worker = workers.start(concurrency=2, queues=["video"])
    wait_until(Worker.objects.exists, within=60, what="the announcement")
    announced = Worker.objects.get()
    assert (announced.queues, announced.concurrency) == (["video"], 2)
    assert "libx264" in announced.abilities["encoders"]
    wait_until(
        lambda: bool(set(Worker.objects.get().abilities["hardware"]) & set(HARDWARE)), within=60, what="hardware tried"
    )

    wait_until(lambda: ProcessingSpeed.objects.count() == 2, within=90, what="the speed")
    film.refresh_from_db()
    by_duration = ProcessingSpeed.objects.get(by="duration")
    assert (by_duration.kind, by_duration.height, by_duration.preset) == ("video", film.height, "veryfast")
    run = film.attempts.get()
    assert run.media_seconds == pytest.approx(2, abs=0.1)
    assert (run.media_height, run.worker) == (film.height, announced.name)

    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert not Worker.objects.exists()
