"""Faults that only a folder on a disk has: full disks, dying writers, leftovers."""

import io
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from assets.storage.base import MIB, ObjectExists, ObjectMissing, PartRefused, PartSpec, StoreFull, StoreUnavailable
from assets.storage.folder import FolderStore

ROOT = Path(__file__).parents[2]
SECRET = b"0123456789abcdef0123456789abcdef"
LIMITED = """
import io, resource, sys
from pathlib import Path
from assets.storage.base import PartSpec, StoredPart, StoreFull
from assets.storage.folder import FolderStore
store = FolderStore(Path(sys.argv[1]), base_url="http://x", secret=b"s" * 32)
key, act = sys.argv[2], sys.argv[3]
resource.setrlimit(resource.RLIMIT_FSIZE, (6 << 20, 6 << 20))
try:
    if act == "put_file":
        store.put_file(key, Path(sys.argv[4]), media_type="video/mp4")
    elif act == "part":
        store.put_part(key, sys.argv[4], PartSpec(number=1, size=8 << 20), io.BytesIO(bytes(8 << 20)))
    else:
        parts = store.list_parts(key, sys.argv[4])
        store.complete_multipart(key, sys.argv[4], parts, size=sum(part.size for part in parts))
except StoreFull as error:
    print(error.reason)
"""
SLOW_PART = """
import io, sys, time
from pathlib import Path
from assets.storage.base import PartSpec
from assets.storage.folder import FolderStore
class Slow(io.RawIOBase):
    def read(self, size=-1):
        print("writing", flush=True)
        time.sleep(0.02)
        return b"x" * 65536
store = FolderStore(Path(sys.argv[1]), base_url="http://x", secret=b"s" * 32)
store.put_part(sys.argv[2], sys.argv[3], PartSpec(number=1, size=1 << 30), Slow())
"""
COMPLETES = """
import sys
from pathlib import Path
from assets.storage.folder import FolderStore
store = FolderStore(Path(sys.argv[1]), base_url="http://x", secret=b"s" * 32)
parts = store.list_parts(sys.argv[2], sys.argv[3])
print("completing", flush=True)
store.complete_multipart(sys.argv[2], sys.argv[3], parts, size=sum(part.size for part in parts))
"""


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store", base_url="http://media.test", secret=SECRET)


def original() -> str:
    return f"originals/{uuid4()}/{uuid4()}"


def leftovers(store: FolderStore) -> list[Path]:
    return list((store.root / "tmp").iterdir())


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def begin(store: FolderStore, *bodies: bytes) -> tuple[str, str]:
    key = original()
    upload_id = store.create_multipart(key, media_type="video/mp4", part_checksums=False)
    for number, body in enumerate(bodies, start=1):
        store.put_part(key, upload_id, PartSpec(number=number, size=len(body)), io.BytesIO(body))
    return key, upload_id


@pytest.mark.parametrize("act", ["put_file", "part", "complete"])
def test_a_full_disk_leaves_nothing_half(store: FolderStore, tmp_path: Path, act: str) -> None:
    """RLIMIT_FSIZE makes the kernel refuse the write in the middle, as a full disk or a quota does."""
    large = tmp_path / "large"
    large.write_bytes(bytes(8 * MIB))
    key, upload_id = begin(store, bytes(5 * MIB), bytes(3 * MIB))
    with python(LIMITED, store.root, key, act, large if act == "put_file" else upload_id) as child:
        assert child.communicate(timeout=30)[0].strip() == "store_full"
    assert leftovers(store) == []
    assert list(store.list_objects()) == []
    parts = store.list_parts(key, upload_id)
    assert [part.size for part in parts] == [5 * MIB, 3 * MIB]
    store.complete_multipart(key, upload_id, parts, size=8 * MIB)
    assert store.head(key).size == 8 * MIB


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root; RLIMIT_FSIZE covers it elsewhere")
def test_a_disk_that_really_is_full_says_so(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", disk], check=False).returncode:
        pytest.skip("this container may not mount")
    try:
        store = FolderStore(disk, base_url="http://media.test", secret=SECRET)
        large = tmp_path / "large"
        large.write_bytes(bytes(3 * MIB))
        with pytest.raises(StoreFull) as full:
            store.put_file(original(), large, media_type="video/mp4")
        assert full.value.reason == "store_full"
        assert leftovers(store) == []
        assert {finding.code for finding in store.check() if not finding.ok} == {"room"}
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_sender_that_goes_away_is_not_a_failing_disk(store: FolderStore) -> None:
    class Gone(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:  # noqa: ARG002  # the signature of every stream
            raise ConnectionResetError

    key, upload_id = begin(store)
    with pytest.raises(PartRefused, match="broke off"):
        store.put_part(key, upload_id, PartSpec(number=1, size=5), Gone())
    assert leftovers(store) == []


@pytest.mark.faults
def test_a_writer_killed_in_the_middle_leaves_nothing_visible(store: FolderStore) -> None:
    key, upload_id = begin(store)
    with python(SLOW_PART, store.root, key, upload_id) as child:
        assert child.stdout is not None
        for _ in range(5):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        child.wait(10)
    assert store.list_parts(key, upload_id) == []
    assert list(store.list_objects()) == []
    assert len(leftovers(store)) == 1
    assert store.remove_leftovers(older_than=timedelta(hours=1)) == 0
    assert store.remove_leftovers(older_than=timedelta(seconds=-1)) == 1
    assert leftovers(store) == []


@pytest.mark.faults
def test_a_completion_killed_at_any_moment_can_be_repeated(store: FolderStore) -> None:
    key, upload_id = begin(store, os.urandom(32 * MIB), os.urandom(16 * MIB))
    parts = store.list_parts(key, upload_id)
    for delay in (0.0, 0.005, 0.01, 0.02, 0.04):
        with python(COMPLETES, store.root, key, upload_id) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(delay)
            child.send_signal(signal.SIGKILL)
            child.wait(10)
        assert {found.size for found in store.list_objects()} <= {48 * MIB}
    done = store.complete_multipart(key, upload_id, parts, size=48 * MIB)
    assert done.size == 48 * MIB
    assert list(store.pending_uploads()) == []


def test_two_processes_completing_at_once_make_one_object(store: FolderStore) -> None:
    key, upload_id = begin(store, os.urandom(16 * MIB))
    with python(COMPLETES, store.root, key, upload_id) as one, python(COMPLETES, store.root, key, upload_id) as two:
        codes = {one.wait(30), two.wait(30)}
    # the slower one may find the upload gone already when it lists the parts
    assert 0 in codes
    assert store.head(key).size == 16 * MIB
    assert leftovers(store) == []


def test_a_part_that_rotted_to_another_checksum_is_not_joined(store: FolderStore) -> None:
    key, upload_id = begin(store, b"sound")
    parts = store.list_parts(key, upload_id)
    path = store.root / "uploads" / upload_id / "parts" / "00001"
    path.write_bytes(b"sound" + bytes(32))
    with pytest.raises(PartRefused) as refused:
        store.complete_multipart(key, upload_id, parts, size=5)
    assert refused.value.reason == "part_wrong_checksum"


def test_deleting_leaves_no_empty_folders(store: FolderStore, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x")
    prefix = f"renditions/{uuid4()}/{uuid4()}/{uuid4()}"
    for name in ("a/b/c.mp4", "d.webp"):
        store.put_file(f"{prefix}/{name}", path, media_type="video/mp4")
    assert store.delete_prefix(f"{prefix}/") == 2
    assert list(store.objects.iterdir()) == []


def test_parts_and_unfinished_files_are_outside_of_what_a_web_server_sees(store: FolderStore) -> None:
    begin(store, b"part")
    assert [path for path in store.objects.rglob("*") if path.is_file()] == []
    assert (store.root / "uploads").stat().st_mode & 0o077 == 0
    assert (store.root / "tmp").stat().st_mode & 0o077 == 0


def test_the_self_test_names_a_weak_secret_and_a_broken_folder(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store", base_url="http://media.test", secret=b"changeme")
    weak = next(finding for finding in store.check() if finding.code == "secret")
    assert weak.severe
    assert "SECRET_KEY" in weak.message
    (store.root / "tmp").rmdir()
    broken = next(finding for finding in store.check() if finding.code == "write_read_delete")
    assert broken.severe


def test_a_root_that_is_a_file_is_an_operators_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for root in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreUnavailable, match="not a folder"):
            FolderStore(root, base_url="http://media.test", secret=SECRET)


def test_the_key_of_a_folder_of_objects_is_no_object(store: FolderStore, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x")
    top = f"renditions/{uuid4()}/{uuid4()}/{uuid4()}"
    store.put_file(f"{top}/hls/v.mp4", path, media_type="video/mp4")
    with pytest.raises(ObjectMissing):
        store.head(f"{top}/hls")
    with pytest.raises(ObjectMissing), store.open(f"{top}/hls"):
        pass
    with pytest.raises(ObjectExists):
        store.put_file(f"{top}/hls", path, media_type="video/mp4")
    with pytest.raises(ObjectExists):
        store.put_file(f"{top}/hls/v.mp4/x", path, media_type="video/mp4")
    store.delete(f"{top}/hls")
    store.delete(f"{top}/hls/v.mp4/x")
    assert store.head(f"{top}/hls/v.mp4").size == 1
    assert leftovers(store) == []
