"""Workers that share only PostgreSQL and S3: each a process of its own, with a work folder of its own."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import QuerySet

from assets.models import AssetVersion, FilmChunk
from assets.queue import defer_processing
from assets.storage import get_store
from assets.storage.s3 import S3Store
from tests import s3_servers
from tests.transcoding.chunks.conftest import SMALL, fetch, film_jobs, listed, make, version_of
from tests.transcoding.pipeline.conftest import Workers, wait_until, whole_set

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]


@pytest.fixture
def s3(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An S3 server as the installation's store."""
    folder = tmp_path / "s3"
    folder.mkdir()
    with s3_servers.running(s3_servers.NAMES[-1], folder) as server:
        config = server.config()
        S3Store(config).client.create_bucket(Bucket=config.bucket)
        settings.STORAGE_URL = f"s3://{config.bucket}?endpoint={server.endpoint}"
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
        get_store.cache_clear()
        yield


def start_on_its_own(workers: Workers, folder: Path) -> subprocess.Popen[bytes]:
    """A worker whose work folder no other sees."""
    workers.environment["SCRATCH_DIR"] = str(folder)
    return workers.start()


@pytest.mark.s3
@pytest.mark.usefixtures("s3")
def test_a_killed_worker_costs_one_chunk(workers: Workers, tmp_path: Path) -> None:
    film = make(tmp_path / "film.mp4", *SMALL, "-g", "63", "-c:a", "aac", size="640x360")
    with transaction.atomic():
        version = version_of(film)
        defer_processing(version)
    processes = {process.pid: process for process in (start_on_its_own(workers, tmp_path / name) for name in "ab")}

    wait_until(lambda: under_way(version).exists(), within=120, what="a chunk under way")
    chunk = under_way(version)[0]
    victim = int(chunk.worker.rpartition(":")[2])
    os.kill(victim, signal.SIGKILL)
    processes[victim].wait(10)

    wait_until(lambda: state_of(version) == "ready", within=240, what="ready")
    done = FilmChunk.objects.filter(film__attempt__version=version)
    assert done.get(pk=chunk.pk).run != chunk.run
    assert sum(job.attempts for job in film_jobs("encode_chunk")) == done.count() + 1
    assert film_jobs("join_film").count() == 1
    assert version.attempts.count() == 1
    version.refresh_from_db()
    kept = {row.key for row in version.renditions.all()}
    prefix = f"renditions/{version.asset_id}/{version.pk}/"
    wait_until(
        lambda: kept == whole_set(o.key for o in get_store().list_objects(prefix)), within=15, what="chunks removed"
    )
    assert len(listed(fetch(version, "hls/360p/media.mp4", tmp_path))) == 525


def under_way(version: AssetVersion) -> QuerySet[FilmChunk]:
    chunks = FilmChunk.objects.filter(film__attempt__version=version)
    return chunks.filter(part="picture", done_at=None, run__isnull=False)


def state_of(version: AssetVersion) -> str:
    return str(AssetVersion.objects.values_list("state", flat=True).get(pk=version.pk))
