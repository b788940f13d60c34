"""A private folder for each run, and the removal of those whose worker died.

A held file lock says that the run is alive: the kernel lets go of it however the process ends, so that no guess about
ids or ages is needed, and workers that share the folder leave each other alone.
"""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.conf import settings

from permissions.errors import InfrastructureError

logger = logging.getLogger(__name__)
_LOCK_SUFFIX = ".lock"


@contextmanager
def private_folder(attempt: UUID) -> Iterator[Path]:
    """An empty folder that only this run uses; gone afterwards, whatever happens inside."""
    root = Path(settings.SCRATCH_DIR)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder, lock_path = root / str(attempt), root / f"{attempt}{_LOCK_SUFFIX}"
    lock = _lock(lock_path)
    if lock is None:
        raise InfrastructureError("The work folder of this attempt is in use.", code="scratch_busy")
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock_path.unlink(missing_ok=True)
        os.close(lock)


def require_space(folder: Path, size: int) -> None:
    """Raise :class:`InfrastructureError` ``disk_full`` unless the disk has room for twice ``size`` bytes."""
    free = shutil.disk_usage(folder).free
    if free < 2 * size:
        raise InfrastructureError(
            "The worker's disk is too full for this file: free space or set SCRATCH_DIR to a larger disk.",
            code="disk_full",
            free=free,
            needed=2 * size,
        )


def remove_leftovers() -> int:
    """Remove the folders of runs whose process is gone; how many."""
    root = Path(settings.SCRATCH_DIR)
    names = {_name_of(path) for path in root.iterdir()} if root.is_dir() else set()
    return sum(_remove_if_dead(root, name) for name in sorted(names) if _is_attempt(name))


def _remove_if_dead(root: Path, name: str) -> bool:
    lock_path = root / f"{name}{_LOCK_SUFFIX}"
    lock = _lock(lock_path)
    if lock is None:
        return False
    try:
        shutil.rmtree(root / name, ignore_errors=True)
        lock_path.unlink(missing_ok=True)
    finally:
        os.close(lock)
    logger.info("removed the work folder of attempt %s, whose worker is gone", name)
    return True


def _lock(path: Path) -> int | None:
    """The descriptor that holds the lock, or None when somebody else has it. Not inherited by child processes."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _name_of(path: Path) -> str:
    return path.name.removesuffix(_LOCK_SUFFIX)


def _is_attempt(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
