"""What is lost on the way is done again alone; what counts no more changes nothing."""

from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.models import AssetVersion, ChunkedFilm, FilmChunk, ProcessingAttempt
from assets.storage import get_store
from tests.transcoding.chunks.conftest import drain, film_jobs, version_of
from tests.transcoding.pipeline.conftest import nothing_is_left, whole_set
from transcoding import attempts, sweeping
from transcoding.attempts import MAX_CRASHES
from transcoding.chunks import rows
from transcoding.chunks.jobs import encode_chunk, join_film
from transcoding.processing import process
from transcoding.retry import Stopped

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_queue")]
State = ProcessingAttempt.State


@pytest.fixture
def version(film: Path) -> AssetVersion:
    """Cut, its chunks queued."""
    version = version_of(film)
    assert process(version.pk, worker="test", retries=0) == "in chunks"
    version.refresh_from_db()
    return version


def chunks_of(version: AssetVersion) -> list[FilmChunk]:
    return list(FilmChunk.objects.filter(film=version.attempt, part="picture").order_by("number"))


def objects_of(version: AssetVersion, below: str = "") -> set[str]:
    prefix = f"renditions/{version.asset_id}/{version.pk}/{version.attempt}/{below}"
    return whole_set(found.key for found in get_store().list_objects(prefix))


def encode(chunk: FilmChunk, **options: object) -> str:
    return encode_chunk(chunk.pk, worker="test", retries=0, **options)


def everything_but_the_joining(version: AssetVersion) -> None:
    drain(until=lambda: film_jobs("join_film").exists())


def assert_ready(version: AssetVersion) -> None:
    version.refresh_from_db()
    assert version.state == "ready"
    assert {row.key for row in version.renditions.all()} == objects_of(version)
    assert nothing_is_left()


def test_progress_is_the_share_of_chunks_that_are_done(version: AssetVersion) -> None:
    seen = []
    for left in range(3, -1, -1):
        drain(until=lambda left=left: film_jobs("encode_chunk", status="todo").count() == left)
        seen.append(version.attempts.get().progress)

    assert seen == [33, 52, 71, 90]
    assert version.attempts.get().stage == "encoding"


def test_the_first_chunk_is_short_and_the_sound_comes_first(version: AssetVersion) -> None:
    first = film_jobs("encode_chunk").order_by("id").first()
    assert first is not None
    assert FilmChunk.objects.get(pk=UUID(first.args["chunk_id"])).part == "sound"
    assert [(chunk.first, chunk.end) for chunk in chunks_of(version)] == [(0, 200), (200, 400), (400, None)]


def test_a_chunk_whose_source_was_lost_is_cut_again(version: AssetVersion) -> None:
    middle = f"renditions/{version.asset_id}/{version.pk}/{version.attempt}/chunks/00001/source.nut"
    get_store().delete(middle)

    assert drain()[-1] == "ready"
    assert_ready(version)


def test_a_result_that_was_lost_is_made_again_alone(version: AssetVersion) -> None:
    everything_but_the_joining(version)
    lost = chunks_of(version)[1]
    get_store().delete_prefix(
        f"renditions/{version.asset_id}/{version.pk}/{version.attempt}/chunks/picture/00001/{lost.run}/"
    )

    assert drain() == ["chunks are done again", "encoded", "ready"]
    assert chunks_of(version)[1].run != lost.run
    assert_ready(version)


def test_a_worker_that_is_told_to_stop_gives_its_chunk_back(version: AssetVersion) -> None:
    chunk = chunks_of(version)[0]

    with pytest.raises(Stopped):
        encode(chunk, stopping=lambda: True)

    chunk.refresh_from_db()
    assert (chunk.starts, chunk.done_at) == (0, None)
    assert nothing_is_left()
    assert drain()[-1] == "ready"


def test_of_two_workers_on_a_chunk_only_the_later_one_counts(version: AssetVersion) -> None:
    chunk = chunks_of(version)[0]
    zombie = rows.take(chunk.pk, worker="zombie")
    assert zombie is not None

    assert encode(chunk) == "encoded"

    assert not rows.is_held(zombie)
    with pytest.raises(attempts.Superseded):
        rows.finish(zombie, facts={"files": {}}, cpu_seconds=1, wall_seconds=1)
    chunk.refresh_from_db()
    assert chunk.facts["files"]
    assert drain()[-1] == "ready"


def test_a_chunk_that_crashes_its_worker_ends_the_version(version: AssetVersion) -> None:
    chunk = chunks_of(version)[0]
    for _ in range(MAX_CRASHES):
        assert rows.take(chunk.pk, worker="crashes") is not None

    assert encode(chunk) == "nothing to do"

    version.refresh_from_db()
    assert (version.state, version.rejection_code) == ("rejected", "processing_crashed")
    assert set(drain()) == {"nothing to do"}


def test_a_joining_that_crashes_its_worker_ends_the_version(version: AssetVersion) -> None:
    everything_but_the_joining(version)
    for _ in range(MAX_CRASHES):
        assert rows.begin_joining(version.pk, version.attempt) is not None

    assert join_film(version.pk, version.attempt, retries=0) == "nothing to do"

    version.refresh_from_db()
    assert (version.state, version.rejection_code) == ("rejected", "processing_crashed")


def test_what_a_joining_stored_before_it_was_cut_off_is_replaced(version: AssetVersion, tmp_path: Path) -> None:
    everything_but_the_joining(version)
    other = tmp_path / "poster.jpg"
    other.write_bytes(b"of another machine's libraries")
    key = f"renditions/{version.asset_id}/{version.pk}/{version.attempt}/poster.jpg"
    get_store().put_file(key, other, media_type="image/jpeg")

    assert drain() == ["ready"]

    assert_ready(version)
    assert get_store().head(key).size == version.renditions.get(profile="poster.jpg").size


def test_chunks_of_an_attempt_that_was_superseded_do_nothing(version: AssetVersion) -> None:
    chunk, old = chunks_of(version)[0], version.attempt
    taken = rows.take(chunk.pk, worker="slow")
    assert taken is not None

    assert process(version.pk, worker="test", retries=0) == "in chunks"

    assert not rows.is_held(taken)
    assert encode(chunk) == "nothing to do"
    assert join_film(version.pk, old, retries=0) == "nothing to do"
    with pytest.raises(attempts.Superseded):
        rows.finish(taken, facts={"files": {}}, cpu_seconds=1, wall_seconds=1)
    assert drain()[-1] == "ready"
    assert_ready(version)


def test_chunks_that_do_not_make_the_film_lead_to_one_run(version: AssetVersion) -> None:
    """As if the source showed fewer pictures in a part than when it is read as a whole."""
    chunk = chunks_of(version)[1]
    FilmChunk.objects.filter(pk=chunk.pk).update(end=chunk.end + 3000)

    outcomes = drain()

    assert "to be encoded whole" in outcomes
    assert outcomes[-1] == "ready"
    assert_ready(version)
    assert version.facts["video"]["not_chunked"] == "given_up"
    ended = version.attempts.get(pk=chunk.film_id)
    assert (ended.state, ended.code) == (State.FAILED, "encoded_whole")


def test_a_plan_of_another_release_is_made_anew(version: AssetVersion) -> None:
    ChunkedFilm.objects.filter(pk=version.attempt).update(plan={"format": "mov", "unheard_of": 1})

    outcomes = drain()

    assert outcomes[:2] == ["nothing to do", "nothing to do"]
    assert outcomes[-1] == "ready"
    assert_ready(version)


def test_forgotten_chunks_are_queued_again_and_nothing_else(version: AssetVersion) -> None:
    encode(chunks_of(version)[0])
    ProcrastinateJob.objects.all().delete()

    assert sweeping.requeue_forgotten_versions() == 1
    assert sweeping.requeue_forgotten_versions() == 0

    assert film_jobs("encode_chunk").count() == 3
    assert drain()[-1] == "ready"
    assert version.attempts.count() == 1


def test_a_forgotten_joining_is_queued_again(version: AssetVersion) -> None:
    everything_but_the_joining(version)
    ProcrastinateJob.objects.all().delete()

    assert sweeping.requeue_forgotten_versions() == 1

    assert drain() == ["ready"]


def test_a_version_whose_cutting_was_cut_off_is_processed_anew(film: Path) -> None:
    version = version_of(film)
    calls = iter(range(10_000))

    with pytest.raises(Stopped):
        process(version.pk, worker="test", retries=0, stopping=lambda: _is_cut(version) and next(calls) > 0)
    ProcrastinateJob.objects.all().delete()

    assert sweeping.requeue_forgotten_versions() == 1
    assert drain()[-1] == "ready"
    assert_ready(version)


def _is_cut(version: AssetVersion) -> bool:
    return ChunkedFilm.objects.filter(attempt__version=version).exists()


def test_leftovers_of_chunks_are_swept_when_the_film_is_long_ready(version: AssetVersion) -> None:
    late = f"renditions/{version.asset_id}/{version.pk}/{version.attempt}/chunks/picture/00000/late/360p.mp4"
    drain()
    path = Path(__file__)
    get_store().put_file(late, path, media_type="video/mp4")
    assert sweeping.forget_chunks() == 0
    ProcessingAttempt.objects.filter(version=version).update(finished_at=timezone.now() - 2 * sweeping.KEEP_REPLACED)

    assert sweeping.forget_chunks() == 1

    assert not ChunkedFilm.objects.exists()
    assert_ready(version)
