"""When something will be ready: pure arithmetic, and the rows that it is made of."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.estimates import Standing, estimate_of, remaining_seconds, waiting_seconds
from assets.models import AssetVersion, ChunkedFilm, ProcessingSpeed, Worker
from assets.queue import ENCODE_CHUNK, PROCESS_VERSION, defer_chunk, defer_processing
from assets.states import Kind, VersionState
from assets.workers import workforce
from tests.factories import make_agency, make_asset, make_attempt, make_version

SECONDS_PER_MEGABYTE = 2.0


@pytest.mark.parametrize(
    ("elapsed", "percent", "expected", "left"),
    [
        (0, 0, 100, 100),
        (30, 5, 100, 70),
        (100, 10, 60, None),
        (50, 50, 100, 50),
        (100, 50, 100, 100),
        (90, 90, 200, 20),
        (100, 20, 80, 400),
    ],
)
def test_what_was_expected_gives_way_to_the_run_s_own_pace(
    elapsed: float, percent: int, expected: float, left: float | None
) -> None:
    found = remaining_seconds(elapsed=elapsed, percent=percent, expected=expected)
    assert found is None if left is None else found == pytest.approx(left)


@pytest.mark.parametrize(
    ("ahead", "running", "slots", "seconds"),
    [(0, [], 1, 10), (0, [60], 2, 10), (0, [60], 1, 70), (90, [30], 1, 130), (90, [30, 30], 2, 85)],
)
def test_work_waits_for_what_runs_and_what_goes_first_over_all_slots(
    ahead: float, running: list[float], slots: int, seconds: float
) -> None:
    assert waiting_seconds(ahead=ahead, running=running, slots=slots, own=10) == pytest.approx(seconds)


@pytest.fixture
def speed(db: None) -> None:
    ProcessingSpeed.objects.create(kind=Kind.VIDEO, by=ProcessingSpeed.By.SIZE, seconds=SECONDS_PER_MEGABYTE)


def worker(*, queues: list[str] | None = None, concurrency: int = 1, silent_for: int = 0) -> Worker:
    """A worker's lease and what it announced."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - make_interval(secs => %s)) RETURNING id",
            [silent_for],
        )
        lease = cursor.fetchone()[0]
    return Worker.objects.create(lease=lease, name=f"host:{lease}", queues=queues, concurrency=concurrency)


def film(megabytes: int) -> AssetVersion:
    """A film that waits, of an agency of its own."""
    version = make_version(make_asset(agency=make_agency(), kind=Kind.VIDEO))
    version.size = megabytes * 1_000_000
    version.save(update_fields=["size"])
    defer_processing(version)
    return version


def seconds_until(moment: datetime | None) -> float:
    assert moment is not None
    return (moment - datetime.now(UTC)).total_seconds()


@pytest.mark.usefixtures("speed")
def test_what_waits_is_expected_after_what_goes_before_it() -> None:
    worker()
    first, second = film(10), film(30)

    sooner, later = estimate_of(first), estimate_of(second)

    assert sooner is not None
    assert later is not None
    assert (sooner.standing, sooner.ahead, later.ahead) == (Standing.WAITING, 0, 1)
    assert seconds_until(sooner.ready_at) == pytest.approx(20, abs=3)
    assert seconds_until(later.ready_at) == pytest.approx(20 + 60, abs=3)


@pytest.mark.usefixtures("speed")
def test_more_slots_bring_it_forward_and_runs_under_way_put_it_off() -> None:
    busy = worker(concurrency=2)
    running, waiting = film(100), film(10)
    make_attempt(running, worker=busy.name, progress=3)
    other = film(100)
    make_attempt(other, worker=busy.name, progress=3)

    found = estimate_of(waiting)

    assert found is not None
    assert seconds_until(found.ready_at) == pytest.approx((200 + 200) / 2 + 20, abs=5)


@pytest.mark.usefixtures("speed")
def test_chunks_of_another_film_go_first_and_take_slots_by_themselves() -> None:
    busy = worker()
    long = film(100)
    attempt = make_attempt(long, worker=busy.name)
    queued = ProcrastinateJob.objects.get(task_name=PROCESS_VERSION)
    in_chunks = ChunkedFilm.objects.create(attempt=attempt, plan={}, pictures=4, start=0.0, cost=200.0)
    for number in range(3):
        defer_chunk(in_chunks.chunks.create(number=number, finish=50.0 * (number + 1)), of=long.asset)
    ProcrastinateJob.objects.filter(pk=queued.pk).update(status="succeeded")
    first = ProcrastinateJob.objects.filter(task_name=ENCODE_CHUNK).order_by("-priority").first()
    assert first is not None
    ProcrastinateJob.objects.filter(pk=first.pk).update(status="doing", worker_id=busy.lease)

    found = estimate_of(film(10))

    assert found is not None
    assert found.ahead == 1, "one film, however many of its chunks wait"
    assert seconds_until(found.ready_at) == pytest.approx(50 + 2 * 50 + 20, abs=3)
    shown = {queue.name: queue for queue in workforce().queues}["video"]
    assert (shown.waiting, shown.seconds) == (3, pytest.approx(2 * 50 + 20))
    assert shown.oldest is not None


@pytest.mark.usefixtures("speed")
@pytest.mark.parametrize("other", [{"queues": ["images"]}, {"silent_for": 3600}])
def test_without_a_living_worker_of_its_queue_nothing_is_promised(other: dict[str, object]) -> None:
    worker(**other)  # type: ignore[arg-type]

    found = estimate_of(film(10))

    assert found is not None
    assert (found.standing, found.ready_at) == (Standing.UNSERVED, None)


@pytest.mark.usefixtures("speed")
def test_a_run_is_judged_by_its_film_once_it_was_looked_into() -> None:
    ProcessingSpeed.objects.create(
        kind=Kind.VIDEO, by=ProcessingSpeed.By.DURATION, height=720, preset="veryfast", seconds=0.5
    )
    version = film(10)
    attempt = make_attempt(version, progress=2, media_seconds=600, media_height=720)

    found = estimate_of(version)
    assert found is not None
    assert found.standing is Standing.RUNNING
    assert seconds_until(found.ready_at) == pytest.approx(300, abs=5)

    attempt.started_at = datetime.now(UTC) - timedelta(seconds=1000)
    attempt.save(update_fields=["started_at"])
    overdue = estimate_of(version)
    assert overdue is not None
    assert overdue.ready_at is None, "it has outlived what was expected and says too little of itself"


@pytest.mark.django_db
def test_what_is_finished_has_no_estimate() -> None:
    assert estimate_of(make_version(state=VersionState.READY)) is None
    assert estimate_of(make_version(state=VersionState.REJECTED)) is None
