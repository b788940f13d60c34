"""Whether a failed run is tried again, and when: one pure table."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import psycopg
from django.db import InterfaceError, OperationalError

from assets.storage.base import ObjectMissing
from permissions.errors import InfrastructureError
from transcoding.results import MediaRejected


class Stopped(InfrastructureError):
    """The run ended early because its worker is stopping; nothing is wrong with the file."""

    code = "worker_stopping"


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Try again, not sooner than ``after``."""

    after: timedelta


@dataclass(frozen=True, kw_only=True)
class Park:
    """Another try would not help: the version is rejected with this code and sentence."""

    code: str
    message: str


UNAVAILABLE: Final = Park(
    code="processing_unavailable",
    message="A part of this installation has been failing for days. The file is safe; ask the operator to process it "
    "again.",
)
MISSING: Final = Park(
    code="original_missing", message="The stored file cannot be found. Tell the operator, and upload it again."
)
FAILED: Final = Park(
    code="processing_failed",
    message="Processing this file failed for a reason that is not yours. The file is safe; tell the operator.",
)
DATABASE_AWAY: Final = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=10)
INFRASTRUCTURE_TRIES: Final = 450
"""With the longest wait, three days: a store that is away over a weekend needs nobody's hand afterwards."""
UNEXPECTED_TRIES: Final = 3


def decide_retry(error: BaseException, attempts: int) -> Retry | Park:
    """What happens after ``error``; ``attempts`` counts the retries before this run (0 in the first).

    A refused file is final. A part of the installation that failed is awaited with growing pauses. What nobody foresaw
    is tried three times.
    """
    if isinstance(error, MediaRejected):
        return Park(code=error.reason, message=error.message)
    if isinstance(error, Stopped):
        return Retry(after=timedelta())
    if isinstance(error, (InfrastructureError, OSError, *DATABASE_AWAY)):
        return Retry(after=_growing(attempts)) if attempts < INFRASTRUCTURE_TRIES else UNAVAILABLE
    if attempts < UNEXPECTED_TRIES:
        return Retry(after=_growing(2 * attempts))
    return MISSING if isinstance(error, ObjectMissing) else FAILED


def _growing(attempts: int) -> timedelta:
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(attempts, 16)))
