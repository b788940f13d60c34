"""What a run tells the world while it works, and how it learns that it should stop."""

import logging
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from transcoding.attempts import note_media, note_progress

logger = logging.getLogger(__name__)
T = TypeVar("T")

STAGES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "fetching": (0, 10),
        "cutting": (10, 14),
        "encoding": (14, 90),
        "joining": (90, 94),
        "rendering": (10, 94),
        "storing": (94, 99),
        "publishing": (99, 99),
    }
)
"""The share of the whole, in percent, that each stage takes. A long film is cut, encoded and joined, any other
rendered."""
STEP_PERCENT: Final = 5
STEP_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 5.0
"""How often a run without news asks whether its token is still the version's."""
PATIENCE_SECONDS: Final = 300.0


class RunWatch:
    """Progress, stored at most every second or five percent, and the two reasons to stop: the worker's end, or another
    run with the token. A database that is away never stops a run."""

    def __init__(
        self, attempt: UUID, *, stopping: Callable[[], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.superseded = False
        self._attempt = attempt
        self._stopping = stopping
        self._clock = clock
        self._beside: Callable[[], None] = _nothing
        self._stage, self._percent = "", 0
        self._stored, self._stored_at = -STEP_PERCENT, float("-inf")

    def also(self, act: Callable[[], None]) -> None:
        """Do this too, in the run's own thread, each time the run asks whether it should stop."""
        self._beside = act

    def stage(self, name: str) -> None:
        self._stage = name
        self.percent(0)
        self._store()

    def percent(self, done: int) -> None:
        """``done`` of the present stage, 0 to 100."""
        begin, end = STAGES[self._stage]
        self._percent = max(self._percent, begin + (end - begin) * min(done, 100) // 100)
        moved = self._percent - self._stored
        if moved >= STEP_PERCENT or (moved > 0 and self._clock() - self._stored_at >= STEP_SECONDS):
            self._store()

    def found(self, seconds: float, height: int) -> None:
        """What the film or sound is, once it was looked into; ``height`` of the largest rendition, 0 for sound."""
        try:
            note_media(self._attempt, seconds=seconds, height=height)
        except (OperationalError, InterfaceError) as error:
            logger.warning("length of attempt %s not stored, the database is away: %s", self._attempt, error)
            connection.close()

    def cancelled(self) -> bool:
        """Whether the run should stop; cheap enough to be asked twenty times a second."""
        self._beside()
        if self._clock() - self._stored_at >= LOOK_SECONDS:
            self._store()
        return self.superseded or self._stopping()

    def _store(self) -> None:
        self._stored, self._stored_at = self._percent, self._clock()
        try:
            self.superseded |= not note_progress(self._attempt, stage=self._stage, percent=self._percent)
        except (OperationalError, InterfaceError) as error:
            logger.warning("progress of attempt %s not stored, the database is away: %s", self._attempt, error)
            connection.close()


def _nothing() -> None:
    """What is done beside most runs."""


def persistently(act: Callable[[], T], *, patience: float = PATIENCE_SECONDS) -> T:
    """Run a short transaction that may be run twice, again each second while the database is away, for ``patience``
    seconds.

    A worker that another declared dead meanwhile is ended by its watchdog, not here.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError) as error:
            connection.close()
            if time.monotonic() >= deadline:
                raise
            logger.warning("waiting for the database: %s", error)
            time.sleep(1)
