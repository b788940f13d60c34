"""A film in chunks grows before the eyes of those who wait for it, whoever finishes which chunk."""

from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client

from assets.delivery import AssetUrls
from assets.growing import Span, header_path, segment_path
from assets.models import Asset, ChunkedFilm, FilmChunk, GrowingStream, QueueClock, QueuedWork
from assets.queue import change_urgency, defer_processing
from assets.storage import get_store
from tests.transcoding.chunks.conftest import SECONDS, drain, film_jobs, version_of
from tests.transcoding.growing.test_growing_run import as_files
from tests.transcoding.video.conftest import probe
from transcoding.attempts import begun_of
from transcoding.chunks import rows
from transcoding.chunks.film import Film, source_key
from transcoding.chunks.plan import Chunk
from transcoding.chunks.stored import from_json
from transcoding.growing import beginning
from transcoding.processing import process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_queue")]


@pytest.mark.parametrize("from_head", [True, False], ids=["before the fetch", "after it"])
def test_a_film_grows_from_its_beginning_by_chunks_without_a_seam(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_head: bool
) -> None:
    monkeypatch.setattr(beginning, "LEAST_BYTES", 1024 if from_head else 1_000_000_000)
    monkeypatch.setattr(beginning, "LEAST_SECONDS", 10.0)
    version = version_of(film)
    assert process(version.pk, worker="test", retries=0) == "in chunks"
    stream = GrowingStream.objects.get(attempt__version=version)
    assert stream.playable == pytest.approx(4, abs=0.1)

    drain(until=lambda: film_jobs("join_film", status="todo").exists())

    stream.refresh_from_db()
    assert (stream.playable, stream.ended) == (pytest.approx(SECONDS, abs=0.1), False)
    version.refresh_from_db()
    GrowingStream.objects.update(ended=True)  # or a reader would wait for more
    shown = as_files(version, tmp_path)
    counted = probe(shown, "-allowed_extensions", "ALL", "-count_frames", "-select_streams", "v:0")
    assert int(counted["streams"][0]["nb_read_frames"]) == SECONDS * 25
    assert drain() == ["ready"]
    for segment in stream.segments.all():
        span = Span(begin=segment.begin, duration=segment.duration, header=segment.header, digest=segment.digest)
        for path in (segment_path(segment.rendition, span), header_path(segment.rendition, segment.header)):
            assert get_store().head(f"renditions/{version.asset_id}/{version.pk}/{stream.pk}/{path}").size > 0


def test_what_workers_hand_each_other_is_for_nobody_else(film: Path) -> None:
    version = version_of(film)
    assert process(version.pk, worker="test", retries=0) == "in chunks"
    version.refresh_from_db()
    asset = Asset.objects.with_policy_facts().get(pk=version.asset_id)
    base = AssetUrls(asset, version, now=asset.database_now).base
    packets = source_key(f"{version.attempt}/", 0)
    assert get_store().head(f"renditions/{asset.pk}/{version.pk}/{packets}").size > 0
    assert Client().get(urlsplit(base + packets).path).status_code == 404


def test_a_film_is_begun_and_a_chunk_added_once_however_often_the_database_is_asked(film: Path) -> None:
    version = version_of(film)
    assert process(version.pk, worker="test", retries=0) == "in chunks"
    version.refresh_from_db()
    begun = begun_of(version, version.attempt)
    chunk = FilmChunk.objects.get(film=version.attempt, part="picture", number=1)
    jobs = film_jobs("encode_chunk").count()
    again = Chunk(number=1, first=chunk.first, end=chunk.end, begin=0, until=1, seek=Fraction(0))
    rows.add_chunk(begun, again, seek=chunk.seek, until=chunk.until, sha256=chunk.sha256)
    row = ChunkedFilm.objects.get(pk=version.attempt)
    rows.begin_film(begun, from_json(Film, row.plan), pictures=row.pictures)
    assert film_jobs("encode_chunk").count() == jobs


def test_other_agencies_films_start_where_the_clock_is_while_chunks_wait(film: Path) -> None:
    version = version_of(film)
    assert process(version.pk, worker="test", retries=0) == "in chunks"
    start = ChunkedFilm.objects.get().start
    for reading in (start - 3600, start + 3600):
        QueueClock.objects.update_or_create(pk="video", defaults={"reading": reading})
        other = version_of(film)
        defer_processing(other)
        assert QueuedWork.objects.get(pk=other.pk).start == pytest.approx(reading)
        assert QueueClock.objects.get(pk="video").reading == pytest.approx(reading)
        QueuedWork.objects.all().delete()


def test_a_film_that_becomes_urgent_when_only_its_joining_waits_is_joined_sooner(film: Path) -> None:
    version = version_of(film)
    assert process(version.pk, worker="test", retries=0) == "in chunks"
    drain(until=lambda: film_jobs("join_film", status="todo").exists())
    asset, before = version.asset, film_jobs("join_film").get().priority
    asset.urgency = 1
    with transaction.atomic():
        change_urgency(asset)
    assert film_jobs("join_film").get().priority > before
