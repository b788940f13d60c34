"""A film in chunks grows before the eyes of those who wait for it, whoever finishes which chunk."""

from pathlib import Path

import pytest

from assets.models import GrowingStream
from tests.transcoding.chunks.conftest import SECONDS, drain, film_jobs, version_of
from tests.transcoding.growing.test_growing_run import as_files
from tests.transcoding.video.conftest import probe
from transcoding.growing import beginning
from transcoding.processing import process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_queue")]


def test_a_film_grows_from_its_beginning_by_chunks_without_a_seam(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beginning, "LEAST_BYTES", 1024)
    monkeypatch.setattr(beginning, "LEAST_SECONDS", 10.0)
    monkeypatch.setattr(beginning, "GROUPS", 2)
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


def test_without_a_beginning_nothing_is_shown_and_the_film_is_made(film: Path) -> None:
    version = version_of(film)
    assert process(version.pk, worker="test", retries=0) == "in chunks"
    assert drain()[-1] == "ready"
    assert not GrowingStream.objects.exists()
