"""Every worker seals the record and the changes, between and beside its jobs; the database lets one at a time."""

import logging
import threading
from typing import Final

from django.db import DatabaseError, InterfaceError, connection

from assets.changes.sealing import seal_all_changes
from permissions.sealing import seal_all

logger = logging.getLogger(__name__)

PAUSE: Final = 2.0
"""Seconds: how long an event waits for its seal while a worker is alive and little is to be sealed."""


class Sealer:
    """A thread with a connection of its own, so that no long job keeps an event from its seal."""

    def __init__(self, *, pause: float = PAUSE) -> None:
        self._pause = pause
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self, *, within: float = 5.0) -> None:
        """Begin no other round; wait up to ``within`` seconds for the one that runs."""
        self._closed.set()
        self._thread.join(within)

    def _run(self) -> None:
        try:
            while not self._closed.wait(self._pause):
                try:
                    seal_all(wait=False)
                    seal_all_changes(wait=False)
                except (DatabaseError, InterfaceError) as error:
                    logger.warning("the record or the changes were not sealed: %s", error)
                    connection.close()
        finally:
            connection.close()
