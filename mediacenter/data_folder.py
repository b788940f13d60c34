"""The data folder: who holds it, what is kept in it, and how other commands find the running instance."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mediacenter.processes import Identity

PROJECT = Path(__file__).resolve().parent.parent


class DataFolderInUse(Exception):
    """Another instance holds it. The text says which."""


class DataFolderUnusable(Exception):
    """It cannot be made or written. The text says what to do."""


def data_folder(environment: Mapping[str, str]) -> Path:
    """``MEDIACENTER_DATA``, or ``.data`` in the project."""
    text = environment.get("MEDIACENTER_DATA", "").strip()
    return Path(text).expanduser().resolve() if text else PROJECT / ".data"


class DataFolder:
    """What lies where in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run = path / "run"
        self.lock_file = self.run / "lock"
        self.environment_file = self.run / "environment.json"
        self.processes_file = self.run / "processes.json"
        self.secret_key_file = path / "secret-key"

    def make(self) -> None:
        """Closed to everybody else: it holds originals, the key and the database."""
        try:
            if not self.path.exists():
                self.path.mkdir(mode=0o700, parents=True)
            for folder in (self.run, self.path / "logs"):
                folder.mkdir(mode=0o700, exist_ok=True)
            if not os.access(self.run, os.W_OK):
                raise PermissionError(13, "Permission denied")
        except OSError as error:
            raise DataFolderUnusable(
                f"The data folder {self.path} cannot be used ({error.strerror}): "
                "give it to the user who runs this, or set MEDIACENTER_DATA to another folder."
            ) from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it alone; the kernel lets go however this process ends. Raises :class:`DataFolderInUse`."""
        with self.lock_file.open("a+") as lock:
            if not _lock_alone(lock):
                lock.seek(0)
                holder = lock.read().strip() or "another process"
                raise DataFolderInUse(
                    f"Already running on {self.path} ({holder}): "
                    "stop it first, or set MEDIACENTER_DATA to another folder."
                )
            lock.truncate(0)
            lock.write(f"process {os.getpid()}")
            lock.flush()
            try:
                yield
            finally:
                self.environment_file.unlink(missing_ok=True)
                lock.truncate(0)

    def secret_key(self) -> str:
        """Made once. Losing it signs everybody out and voids signed links; nothing else is encrypted with it."""
        try:
            return self.secret_key_file.read_text().strip()
        except FileNotFoundError:
            key = secrets.token_urlsafe(64)
            write_private(self.secret_key_file, key + "\n")
            return key

    def publish_environment(self, environment: Mapping[str, str]) -> None:
        write_private(self.environment_file, json.dumps(dict(environment), indent=1) + "\n")

    def running_environment(self) -> dict[str, str]:
        """What the running instance was started with; empty when none runs here."""
        try:
            with self.lock_file.open("r") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    content = json.loads(self.environment_file.read_text())
                    return {str(name): str(value) for name, value in content.items()}
        except FileNotFoundError:
            return {}
        return {}

    def remember_processes(self, identities: Sequence[Identity]) -> None:
        write_private(self.processes_file, json.dumps([[each.pid, each.created] for each in identities]))

    def remembered_processes(self) -> list[Identity]:
        try:
            rows = json.loads(self.processes_file.read_text())
        except (FileNotFoundError, ValueError):
            return []
        return [Identity(pid=int(pid), created=float(created)) for pid, created in rows]


def _lock_alone(lock: TextIO) -> bool:
    """Tried for a moment: a command that looks whether an instance runs holds it for an instant."""
    for _ in range(10):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


def write_private(path: Path, text: str) -> None:
    """Write whole or not at all, readable by the owner only."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
