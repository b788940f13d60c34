"""What a killed client knows when it is started again: which upload belongs to which file.

A small SQLite file under ``$XDG_STATE_HOME/mediacenter``: each write is atomic, and several clients may run at once. It
holds no token and nothing of the files' content.
"""

import hashlib
import json
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mediacenter.client.files import LocalFile

KEPT_SECONDS = 30 * 24 * 3600
"""Longer than any server keeps an upload open."""


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """``idempotency_key`` is written before the upload is begun, ``upload_id`` once the server has answered."""

    key: str
    idempotency_key: str
    upload_id: str | None


def key_of(*, server: str, file: LocalFile, request: Mapping[str, Any]) -> str:
    """The same file (path, size, time), announced in the same words (agency, SHA-256, title, …) to the same server."""
    parts = [server, os.fspath(file.path), file.size, file.mtime_ns, dict(sorted(request.items()))]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def default_path() -> Path:
    """``uploads.sqlite3`` in the state folder of the XDG Base Directory Specification."""
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if Path(state).is_absolute() else Path.home() / ".local/state") / "mediacenter/uploads.sqlite3"


class Memory:
    """Safe to use from several threads and several processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS uploads (key TEXT PRIMARY KEY, idempotency_key TEXT NOT NULL, upload_id TEXT,"
            " noted_at REAL NOT NULL)"
        )
        self._database.execute("DELETE FROM uploads WHERE noted_at < ?", (time.time() - KEPT_SECONDS,))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def recall(self, key: str) -> Remembered:
        """What is known of this file, or a new entry, on disk before this returns."""
        with self._lock:
            self._database.execute(
                "INSERT INTO uploads VALUES (?, ?, NULL, ?) ON CONFLICT (key) DO NOTHING",
                (key, str(uuid.uuid4()), time.time()),
            )
            row = self._database.execute(
                "SELECT idempotency_key, upload_id FROM uploads WHERE key = ?", (key,)
            ).fetchone()
        return Remembered(key=key, idempotency_key=row[0], upload_id=row[1])

    def note(self, entry: Remembered, upload_id: str) -> None:
        with self._lock:
            self._database.execute("UPDATE uploads SET upload_id = ? WHERE key = ?", (upload_id, entry.key))

    def forget(self, key: str) -> None:
        with self._lock:
            self._database.execute("DELETE FROM uploads WHERE key = ?", (key,))
