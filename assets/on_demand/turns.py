"""Who makes a picture now: each is made once at a time, and few are, over all web processes together.

Locks of the session, not of a transaction: the store and the child may take long. They end with the connection, so that
a process that dies leaves none behind.
"""

import hashlib
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar, Final

from django.conf import settings
from django.db import connection

from permissions.errors import InfrastructureError

PICTURE, PLACE = 0x6F6E6401, 0x6F6E6402
"""The two families of PostgreSQL's advisory locks: one for each picture, and numbered places."""
PATIENCE: Final = 3.0
"""Seconds that somebody waits for a picture that another makes, or for a place."""
_LOOK_AGAIN: Final = 0.05
IN_ONE_PROCESS: Final = 4
"""So many make or wait in one web process: the others of its threads are for those who ask for something else."""
_inside = threading.BoundedSemaphore(IN_ONE_PROCESS)


class PicturesBusy(InfrastructureError):
    """As many pictures are being made as may be. HTTP: 503 with Retry-After."""

    code = "pictures_busy"
    retry_after: ClassVar[int] = 2


@contextmanager
def turn_of(name: str, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the making of the picture ``name`` and a place for it. Raises :class:`PicturesBusy`."""
    if not _inside.acquire(blocking=False):
        raise _busy()
    try:
        until = time.monotonic() + patience
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], signed=True)
        with _held(PICTURE, [number], until), _held(PLACE, range(settings.ON_DEMAND_AT_ONCE), until):
            yield
    finally:
        _inside.release()


@contextmanager
def _held(family: int, numbers: Iterable[int], until: float) -> Iterator[None]:
    """Hold the first of the locks that is free; wait for one no longer than ``until``."""
    while True:
        held = next((number for number in numbers if _asked("pg_try_advisory_lock", family, number)), None)
        if held is not None:
            break
        if time.monotonic() >= until:
            raise _busy()
        time.sleep(_LOOK_AGAIN)
    try:
        yield
    finally:
        _asked("pg_advisory_unlock", family, held)


def _asked(function: str, family: int, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [family, number])
        return bool(cursor.fetchone()[0])


def _busy() -> PicturesBusy:
    return PicturesBusy("As many pictures are being made as may be at the same time. Ask again in a moment.")
