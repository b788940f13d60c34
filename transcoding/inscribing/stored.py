"""Words for an object of the store: the plan of its copy, and that copy's bytes.

Renditions are our own and are read where they lie. A user's file is looked at by the bounded child: a picture whole, of
a film what says where its parts are.
"""

import json
import logging
import sys
import threading
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from uuid_utils.compat import uuid7

from assets.storage import get_store
from assets.storage.keys import is_original
from permissions.errors import InfrastructureError
from transcoding.inscribing.__main__ import EDITS_NAME, UNWRITABLE
from transcoding.inscribing.formats import FORMATS, edits_for
from transcoding.inscribing.mp4 import MAX_INDEX, mp4_edits, top_boxes
from transcoding.inscribing.splice import Edit, Plan, plan_of, unwritable
from transcoding.pictures.credits import Credits
from transcoding.pictures.process import python_environment
from transcoding.pictures.wanted import Wanted, write_wanted
from transcoding.results import MediaRejected
from transcoding.sandbox import MIB, Limits, run_bounded
from transcoding.scratch import private_folder, require_space

logger = logging.getLogger(__name__)
MAX_PICTURE: Final = 512 * MIB
"""Pictures larger than this are not copied for a download with words."""
CHILD_LIMITS: Final = Limits(
    address_space=1024 * MIB, cpu_seconds=20, wall_seconds=40, file_size=160 * MIB, open_files=32
)
ORIGINALS_AT_ONCE: Final = 2
"""So many are looked into by one process at a time: each may take a child with a gigabyte."""
_WAIT_SECONDS: Final = 20.0
_looking = threading.BoundedSemaphore(ORIGINALS_AT_ONCE)
_BLOCK: Final = 64 * 1024
_PASSED_ON: Final = 256 * 1024


class StoredSource:
    """An object of the store, read in blocks of which the last one is kept."""

    def __init__(self, key: str, size: int) -> None:
        self._key, self._size = key, size
        self._at, self._block = 0, b""

    @property
    def size(self) -> int:
        return self._size

    def read(self, at: int, length: int) -> bytes:
        """As :class:`~transcoding.inscribing.splice.Source`; raises what the store raises."""
        if at < 0 or length < 0 or at + length > self._size:
            raise unwritable()
        if at < self._at or at + length > self._at + len(self._block):
            self._at, self._block = at, self._fetch(at, max(length, _BLOCK))
        found = self._block[at - self._at : at - self._at + length]
        if len(found) != length:
            raise unwritable()
        return found

    def _fetch(self, at: int, length: int) -> bytes:
        with get_store().open(self._key, start=at, length=min(length, self._size - at)) as source:
            return b"".join(iter(lambda: source.read(_PASSED_ON), b""))


def can_carry_words(media_type: str) -> bool:
    """Whether words can be written into files of this type."""
    return media_type in FORMATS


def plan_for(key: str, media_type: str, words: Credits) -> Plan:
    """The pieces of the object with ``words`` in it. Raises ``Unwritable``, ``ObjectMissing``, ``StoreUnavailable``
    and, where too many originals are looked into at once, ``InfrastructureError``."""
    if not can_carry_words(media_type):
        raise unwritable()
    source = StoredSource(key, get_store().head(key).size)
    if is_original(key):
        if not _looking.acquire(timeout=_WAIT_SECONDS):
            raise InfrastructureError("Too many files are being looked into; try again.")
        try:
            return plan_of(_found_by_child(source, key, media_type, words), size=source.size)
        finally:
            _looking.release()
    return plan_of(edits_for(media_type, source, words), size=source.size)


def bytes_of(plan: Plan, key: str, *, start: int, length: int) -> Iterator[bytes]:
    """``length`` bytes of the copy from ``start``, in bounded pieces."""
    for piece in plan.window(start, length):
        if isinstance(piece, bytes):
            yield piece
            continue
        left = piece.length
        with get_store().open(key, start=piece.start, length=left) as source:
            while left and (block := source.read(min(_PASSED_ON, left))):
                left -= len(block)
                yield block
        if left:
            raise InfrastructureError("The store broke off.", code="store_unavailable")


def _found_by_child(source: StoredSource, key: str, media_type: str, words: Credits) -> list[Edit]:
    with private_folder(uuid7()) as folder:
        path = folder / "source"
        if FORMATS[media_type] is mp4_edits:
            _write_index(source, path)
        elif source.size > MAX_PICTURE:
            raise unwritable()
        else:
            require_space(folder, source.size)
            get_store().download(key, path)
        write_wanted(folder, Wanted(credits=words))
        command = [sys.executable, "-P", "-s", "-m", "transcoding.inscribing", str(path), media_type]
        try:
            finished = run_bounded(command, limits=CHILD_LIMITS, cwd=folder, env=python_environment())
        except MediaRejected as rejection:
            raise unwritable() from rejection
        if finished.returncode == UNWRITABLE:
            raise unwritable()
        if finished.returncode:  # a file that asks for more than the child may use, or that it does not understand
            logger.warning("No words could be written into %s: %s", key, finished.stderr_tail[-500:])
            raise unwritable()
        return _edits_in(folder / EDITS_NAME)


def _write_index(source: StoredSource, path: Path) -> None:
    """A file as long as the film that has its boxes' heads and its index, and holes where the media are."""
    with path.open("wb") as file:
        for box in top_boxes(source):
            whole = box.name == b"moov" and box.size <= MAX_INDEX
            file.seek(box.at)
            file.write(source.read(box.at, box.size if whole else min(box.size, 64)))
        file.truncate(source.size)


def _edits_in(path: Path) -> list[Edit]:
    """What the child left; it may say anything, so every value is looked at."""
    try:
        found = json.loads(path.read_bytes())
        return [Edit(at=int(at), removed=int(removed), inserted=b64decode(text)) for at, removed, text in found]
    except (OSError, ValueError, TypeError, OverflowError) as error:
        raise unwritable() from error
