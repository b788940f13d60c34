"""Uploads that are broken off: only what is missing is sent again, and what arrives is what was on the disk."""

import hashlib
import os
import threading
import time
from pathlib import Path
from typing import Self

import pytest

from assets.models import Asset, AssetVersion, Upload
from assets.storage import get_store
from assets.usecases.uploads_create import USUAL_PART_SIZE as PART
from tests.client.live import Client, Ran, WebServer, finish

MIB = 1024 * 1024
WORDS = 2 * MIB
"""Room for everything on the wire that is no part: questions, answers, headers."""

both_stores = pytest.mark.parametrize("store_name", ["folder", pytest.param("s3", marks=pytest.mark.s3)])


def film(folder: Path, size: int) -> Path:
    """A file of random bytes, so that nothing on the way can make it smaller."""
    path = folder / "phim tài liệu.mp4"
    with path.open("wb") as file:
        for start in range(0, size, 16 * MIB):
            file.write(os.urandom(min(16 * MIB, size - start)))
    return path


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def assert_arrived_whole(path: Path) -> None:
    version = AssetVersion.objects.get()
    assert version.size == path.stat().st_size
    with get_store().open(version.original_key) as stream:
        assert hashlib.file_digest(stream, "sha256").hexdigest() == sha256(path)


def kill_in_the_middle(client: Client, web: WebServer, path: Path, *, after: int) -> int:
    """Let ``after`` bytes through, then ``kill -9`` the client; how many bytes of whole parts had arrived."""
    web.store_wire.hold_at(after)
    process = client.begin("--json", "--agency", client.agency, "--parallel", "2", path)
    web.store_wire.wait_held()
    process.kill()
    process.communicate()
    web.store_wire.let_go()
    time.sleep(0.5)  # what was in the wire ends
    upload = Upload.objects.get(state="open")
    return sum(part.size for part in get_store().list_parts(upload.key, upload.store_upload_id))


@both_stores
def test_a_killed_client_sends_only_the_missing_parts(client: Client, web: WebServer, tmp_path: Path) -> None:
    path = film(tmp_path, 64 * MIB)
    there = kill_in_the_middle(client, web, path, after=40 * MIB)
    assert 0 < there < 64 * MIB
    before = web.store_wire.sent

    ran = client.upload(path)

    assert ran.code == 0, ran.err
    assert ran.results[0]["bytes_kept"] == there
    assert ran.results[0]["bytes_sent"] == 64 * MIB - there
    assert web.store_wire.sent - before < 64 * MIB - there + WORDS
    assert_arrived_whole(path)
    assert Asset.objects.count() == Upload.objects.count() == 1


@both_stores
def test_a_killed_server_is_waited_for_and_nothing_is_lost(client: Client, web: WebServer, tmp_path: Path) -> None:
    path = film(tmp_path, 64 * MIB)
    before = web.store_wire.sent
    web.store_wire.hold_at(24 * MIB)
    process = client.begin("--json", "--agency", client.agency, "--parallel", "2", "--patience", "120", path)
    web.store_wire.wait_held()
    web.kill()
    web.store_wire.let_go()
    time.sleep(1)
    web.start()

    ran = finish(process)

    assert ran.code == 0, ran.err
    assert web.store_wire.sent - before < 64 * MIB + 2 * PART + WORDS  # at most the parts on their way go twice
    assert_arrived_whole(path)
    assert Asset.objects.count() == 1


def test_patience_ends_with_how_to_go_on_and_the_next_run_does(client: Client, web: WebServer, tmp_path: Path) -> None:
    path = film(tmp_path, 48 * MIB)
    web.wire.hold_at(24 * MIB)
    process = client.begin("--json", "--agency", client.agency, "--parallel", "1", "--patience", "1", path)
    web.wire.wait_held()
    web.kill()
    web.wire.let_go()

    ran = finish(process)

    assert ran.code == 1
    assert ran.results[0]["code"] == "unreachable"
    assert "Run the same command again" in ran.results[0]["reason"]
    web.start()
    again = client.upload(path)
    assert again.code == 0
    assert again.results[0]["bytes_kept"] > 0
    assert_arrived_whole(path)


def test_a_file_that_changes_while_it_is_sent_is_refused_with_the_reason(
    client: Client, web: WebServer, tmp_path: Path
) -> None:
    path = film(tmp_path, 64 * MIB)
    web.wire.hold_at(20 * MIB)
    process = client.begin("--json", "--agency", client.agency, "--parallel", "1", path)
    web.wire.wait_held()
    with path.open("r+b") as file:
        file.seek(60 * MIB)
        file.write(b"written by somebody else")
    web.wire.let_go()

    ran = finish(process)

    assert ran.code == 1
    assert "was changed while it was being uploaded" in ran.results[0]["reason"]
    assert Asset.objects.count() == 0


@both_stores
def test_a_change_that_hides_its_time_is_refused_by_the_store(client: Client, web: WebServer, tmp_path: Path) -> None:
    path = film(tmp_path, 20 * MIB)
    facts = path.stat()
    web.store_wire.hold_at(4 * MIB)
    process = client.begin("--json", "--agency", client.agency, "--parallel", "1", path)
    web.store_wire.wait_held()
    with path.open("r+b") as file:
        file.seek(14 * MIB)
        file.write(os.urandom(2 * MIB))
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    web.store_wire.let_go()

    ran = finish(process)

    assert ran.code == 1
    assert "was changed while it was being uploaded" in ran.results[0]["reason"]
    assert Asset.objects.count() == 0


def test_a_part_that_arrived_with_other_bytes_is_sent_again(client: Client, web: WebServer, tmp_path: Path) -> None:
    path = film(tmp_path, 48 * MIB)
    kill_in_the_middle(client, web, path, after=40 * MIB)
    facts = path.stat()
    with path.open("r+b") as file:  # another content with the same size and time is another upload
        file.write(os.urandom(MIB))
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))

    ran = client.upload(path)

    assert ran.code == 0
    assert ran.results[0]["bytes_sent"] == 48 * MIB
    assert_arrived_whole(path)


def test_an_upload_that_the_server_gave_up_is_begun_again(client: Client, web: WebServer, tmp_path: Path) -> None:
    path = film(tmp_path, 40 * MIB)
    kill_in_the_middle(client, web, path, after=20 * MIB)
    upload = Upload.objects.get()
    get_store().abort_multipart(upload.key, upload.store_upload_id)
    Upload.objects.update(state="expired", finished_at=upload.expires_at)

    ran = client.upload(path)

    assert ran.code == 0
    assert ran.results[0]["bytes_kept"] == 0
    assert_arrived_whole(path)


def test_a_client_killed_before_the_answer_to_complete_makes_no_second_asset(
    client: Client, web: WebServer, tmp_path: Path
) -> None:
    path = film(tmp_path, 6 * MIB)
    first = client.upload(path)
    forgotten = client.state / "mediacenter" / "uploads.sqlite3"
    assert forgotten.exists()
    upload = Upload.objects.get()
    remember(client, path, upload)

    again = client.upload(path)

    assert again.results[0]["reference"] == first.results[0]["reference"]
    assert again.results[0]["bytes_sent"] == 0
    assert Asset.objects.count() == 1


def remember(client: Client, path: Path, upload: Upload) -> None:
    """Write what a client that was killed at that moment had written."""
    from mediacenter.client.answers import NewUpload
    from mediacenter.client.files import LocalFile
    from mediacenter.client.memory import Memory, key_of

    new = NewUpload(agency=client.agency, filename=path.name, size=upload.size, sha256=upload.sha256)
    with Memory(client.state / "mediacenter" / "uploads.sqlite3") as memory:
        file = LocalFile.at(path)
        memory.note(memory.recall(key_of(server=client.server, file=file, request=new.body())), str(upload.pk))


class MemoryWatch:
    """The most memory that the web process had over what it had when it had served one upload (``warm``)."""

    def __init__(self, web: WebServer, before: int) -> None:
        self._web = web
        self._before = before
        self.growth = 0
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            self.growth = max(self.growth, self._web.memory() - self._before)


@pytest.fixture
def warm(client: Client, web: WebServer, tmp_path: Path) -> int:
    """Bytes that the web process has after it served an upload: what it loads once is no growth."""
    small = tmp_path / "small.mp4"
    small.write_bytes(os.urandom(MIB))
    client.upload(small)
    Asset.objects.update(current_version=None)
    AssetVersion.objects.all().delete()
    Upload.objects.all().delete()
    return web.memory()


@both_stores
def test_the_web_process_does_not_grow_with_the_file(client: Client, web: WebServer, tmp_path: Path, warm: int) -> None:
    path = film(tmp_path, 64 * MIB)
    with MemoryWatch(web, warm) as watch:
        ran = client.upload(path)
    assert ran.code == 0
    assert watch.growth < 50 * MIB
    assert_arrived_whole(path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@both_stores
def test_two_gibibytes_survive_a_killed_client_and_a_killed_server(
    client: Client, web: WebServer, tmp_path: Path, warm: int
) -> None:
    size = 2048 * MIB
    path = film(tmp_path, size)
    there = kill_in_the_middle(client, web, path, after=700 * MIB)
    before = web.store_wire.sent

    with MemoryWatch(web, warm) as first_watch:
        web.store_wire.hold_at(600 * MIB)
        process = client.begin("--json", "--agency", client.agency, "--patience", "300", path)
        web.store_wire.wait_held(300)
    web.kill()
    web.store_wire.let_go()
    web.start()
    with MemoryWatch(web, warm) as second_watch:
        ran: Ran = finish(process, seconds=900)

    assert ran.code == 0, ran.err
    assert ran.results[0]["bytes_kept"] == there
    assert web.store_wire.sent - before < size - there + 4 * PART + 8 * WORDS
    assert max(first_watch.growth, second_watch.growth) < 50 * MIB
    assert_arrived_whole(path)
