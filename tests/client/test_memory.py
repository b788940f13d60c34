import os
from pathlib import Path

import pytest

from mediacenter.client import memory as module
from mediacenter.client.files import LocalFile
from mediacenter.client.memory import Memory, default_path, key_of


@pytest.fixture
def file(tmp_path: Path) -> LocalFile:
    (tmp_path / "f.jpg").write_bytes(b"content")
    return LocalFile.at(tmp_path / "f.jpg")


def test_what_was_noted_is_known_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state" / "uploads.sqlite3"
    with Memory(path) as memory:
        first = memory.recall("key")
        memory.note(first, "upload-1")
    with Memory(path) as again:
        recalled = again.recall("key")
    assert recalled.upload_id == "upload-1"
    assert recalled.idempotency_key == first.idempotency_key


def test_a_killed_create_is_repeated_with_the_same_idempotency_key(tmp_path: Path) -> None:
    with Memory(tmp_path / "u") as one, Memory(tmp_path / "u") as other:
        assert one.recall("key") == other.recall("key")


def test_forgetting_gives_a_new_idempotency_key(tmp_path: Path) -> None:
    with Memory(tmp_path / "u") as memory:
        before = memory.recall("key")
        memory.forget("key")
        assert memory.recall("key").idempotency_key != before.idempotency_key


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "uploads.sqlite3"
    with Memory(path):
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0


def test_old_entries_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Memory(tmp_path / "u") as memory:
        memory.note(memory.recall("key"), "upload-1")
    monkeypatch.setattr(module, "KEPT_SECONDS", -1)
    with Memory(tmp_path / "u") as memory:
        assert memory.recall("key").upload_id is None


def test_another_server_agency_content_or_time_is_another_upload(file: LocalFile) -> None:
    request = {"agency": "VGP", "sha256": "ab"}
    keys = {
        key_of(server="http://one", file=file, request=request),
        key_of(server="http://two", file=file, request=request),
        key_of(server="http://one", file=file, request=request | {"agency": "MOH"}),
        key_of(server="http://one", file=file, request=request | {"sha256": "cd"}),
    }
    os.utime(file.path, ns=(1, 1))
    keys.add(key_of(server="http://one", file=LocalFile.at(file.path), request=request))
    assert len(keys) == 5
    assert key_of(server="http://one", file=file, request=dict(reversed(request.items()))) in keys


def test_it_lives_where_xdg_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_path() == tmp_path / "mediacenter" / "uploads.sqlite3"
    monkeypatch.setenv("XDG_STATE_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_path() == tmp_path / "home/.local/state/mediacenter/uploads.sqlite3"
