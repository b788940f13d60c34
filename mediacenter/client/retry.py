"""When to try again and how long to wait: the same rule for the API and for the store."""

import random
import threading
import time
from dataclasses import dataclass, field

LONGEST_WAIT = 20.0
RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 507})
UNDONE_STATUSES = frozenset({425, 429, 503})
"""After which nothing has been done: also what may not be done twice can be asked for again."""


class Stopped(Exception):
    """The run is being ended (Ctrl-C); nothing more is sent."""


def seconds_before(attempt: int, *, asked: float | None, jitter: float) -> float:
    """How long to wait before try ``attempt`` (from 1): what the server asked, else 0.5 s doubling to 20 s.

    ``jitter`` in 0…1 spreads clients that failed together over half of the interval.
    """
    if asked is not None:
        return min(max(asked, 0.0), 300.0)
    return float(min(0.5 * 2 ** (attempt - 1), LONGEST_WAIT) * (0.5 + 0.5 * jitter))


def parse_retry_after(value: str | None) -> float | None:
    """Seconds of a ``Retry-After`` header; None for no header or for its date form, which our server never sends."""
    return float(value) if value is not None and value.isdecimal() else None


@dataclass(kw_only=True)
class Patience:
    """Counts one request's failures. ``seconds``: how long it may go on failing before we give up."""

    seconds: float
    stop: threading.Event
    attempts: int = 0
    _until: float | None = field(default=None, repr=False)

    def wait(self, *, asked: float | None = None) -> bool:
        """Wait before the next try; False when patience is at its end. Raises :class:`Stopped`."""
        now = time.monotonic()
        if self._until is None:
            self._until = now + self.seconds
        self.attempts += 1
        pause = seconds_before(self.attempts, asked=asked, jitter=random.random())  # noqa: S311 - no secret
        if now + pause > self._until:
            return False
        if self.stop.wait(pause):
            raise Stopped
        return True
