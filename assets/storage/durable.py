"""Files that are there whole, for good, or not at all.

A temporary file on the same filesystem is written and fsynced, then linked to its name; a link never replaces, so a
name that exists stays what it is. Folders are fsynced up to the root, since a file is only as durable as the entries
that lead to it.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

from assets.storage.base import ObjectExists, StoreFull, StoreUnavailable

CHUNK: Final = 1024 * 1024
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_ABSENT: Final = (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError)
# copy_file_range cannot do it between these two files, though both are fine.
_NO_RANGE_COPY: Final = {errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn the disk's failures into :class:`StoreFull` and :class:`StoreUnavailable`; absence passes through."""
    try:
        yield
    except _ABSENT:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFull("The media folder's disk is full.") from error
        raise StoreUnavailable(f"The media folder's disk failed: {error.strerror}.") from error


@contextmanager
def temporary_file(folder: Path) -> Iterator[BinaryIO]:
    """A new file in ``folder``, open for writing; its name is gone when the block ends, whatever happened."""
    path = folder / uuid4().hex
    try:
        with path.open("xb") as file:
            yield file
    finally:
        path.unlink(missing_ok=True)


def flush(file: BinaryIO) -> None:
    """Everything written to ``file`` is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def fsync_folder(folder: Path) -> None:
    """The names in ``folder`` are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish(source: Path, target: Path, *, root: Path) -> None:
    """Give the fsynced file ``source`` the second name ``target`` below ``root``, durably and never over another.

    The same bytes may be published again; other bytes raise :class:`ObjectExists`.
    """
    while True:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, target)
        except FileNotFoundError:
            if not source.exists():
                raise
            continue  # somebody removed the empty folder in between
        except (FileExistsError, NotADirectoryError):
            if not (target.is_file() and same_bytes(source, target)):
                raise ObjectExists("This key already holds other bytes; objects are never replaced.") from None
        break
    folder = target.parent
    while folder != root.parent:
        fsync_folder(folder)
        folder = folder.parent


def same_bytes(first: Path, second: Path) -> bool:
    """Whether two files hold the same bytes (read in bounded memory)."""
    with first.open("rb") as one, second.open("rb") as two:
        if os.fstat(one.fileno()).st_size != os.fstat(two.fileno()).st_size:
            return False
        while block := one.read(CHUNK):
            if block != two.read(len(block)):
                return False
    return True


def append(source: BinaryIO, target: BinaryIO, *, length: int) -> None:
    """Append the first ``length`` bytes of ``source`` to ``target``, inside the kernel where it can."""
    target.flush()
    done = 0
    while done < length:
        try:
            count = os.copy_file_range(source.fileno(), target.fileno(), min(length - done, 1 << 30), offset_src=done)
        except OSError as error:
            if error.errno not in _NO_RANGE_COPY:
                raise
            block = os.pread(source.fileno(), min(CHUNK, length - done), done)
            count = _write_all(target.fileno(), block)
        if count == 0:
            raise StoreUnavailable("A file in the media folder is shorter than it was.")
        done += count


def _write_all(descriptor: int, block: bytes) -> int:
    view = memoryview(block)
    while view:
        view = view[os.write(descriptor, view) :]
    return len(block)


def remove_empty_parents(path: Path, *, root: Path) -> None:
    """Remove the folders above ``path`` that are empty, up to but not including ``root``."""
    for folder in path.parents:
        if folder == root:
            return
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
                return
            if error.errno != errno.ENOENT:
                raise
