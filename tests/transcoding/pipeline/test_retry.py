"""The table of retries."""

from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, InterfaceError, OperationalError

from assets.storage.base import ObjectMissing, StoreUnavailable
from permissions.errors import InfrastructureError
from transcoding.results import MediaRejected
from transcoding.retry import Park, Retry, Stopped, decide_retry


@pytest.mark.parametrize(
    ("error", "attempts", "expected"),
    [
        (MediaRejected("Bad file.", code="decoder_crashed"), 0, Park(code="decoder_crashed", message="Bad file.")),
        (Stopped("stop"), 0, Retry(after=timedelta())),
        (Stopped("stop"), 10_000, Retry(after=timedelta())),
        (StoreUnavailable("down"), 0, Retry(after=timedelta(seconds=5))),
        (StoreUnavailable("down"), 3, Retry(after=timedelta(seconds=40))),
        (StoreUnavailable("down"), 100, Retry(after=timedelta(minutes=10))),
        (InfrastructureError("disk"), 1, Retry(after=timedelta(seconds=10))),
        (OperationalError("gone"), 0, Retry(after=timedelta(seconds=5))),
        (InterfaceError("closed"), 0, Retry(after=timedelta(seconds=5))),
        (psycopg.OperationalError("gone"), 0, Retry(after=timedelta(seconds=5))),
        (OSError(28, "No space left on device"), 2, Retry(after=timedelta(seconds=20))),
        (ValueError("a bug"), 0, Retry(after=timedelta(seconds=5))),
        (ValueError("a bug"), 2, Retry(after=timedelta(seconds=80))),
        (IntegrityError("a bug"), 1, Retry(after=timedelta(seconds=20))),
        (ObjectMissing("gone"), 2, Retry(after=timedelta(seconds=80))),
    ],
)
def test_what_follows_from_an_error(error: Exception, attempts: int, expected: Retry | Park) -> None:
    assert decide_retry(error, attempts) == expected


@pytest.mark.parametrize(
    ("error", "attempts", "code"),
    [
        (StoreUnavailable("down"), 450, "processing_unavailable"),
        (ValueError("a bug"), 3, "processing_failed"),
        (ObjectMissing("gone"), 3, "original_missing"),
    ],
)
def test_every_kind_of_error_ends_one_day_with_a_sentence(error: Exception, attempts: int, code: str) -> None:
    decision = decide_retry(error, attempts)

    assert isinstance(decision, Park)
    assert decision.code == code
    assert decision.message.endswith(".")


def test_a_weekend_without_the_store_needs_nobody_s_hand() -> None:
    waits = [decide_retry(StoreUnavailable("down"), attempts) for attempts in range(450)]

    assert sum((wait.after for wait in waits if isinstance(wait, Retry)), timedelta()) > timedelta(days=3)
