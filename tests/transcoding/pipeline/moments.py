"""When a fault strikes: at random moments that together cover a run, from its first instant to just after its end.

``MOMENTS_SEED=7 pytest …`` tries others. A test that fails prints its moments.
"""

import os
import random
import sys
import time
from dataclasses import dataclass

import pytest

from assets.models import AssetVersion, ProcessingAttempt
from tests.transcoding.pipeline.conftest import wait_until
from tests.transcoding.pipeline.outcomes import stage_of

SEED = os.environ.get("MOMENTS_SEED", "4")
COUNT = 20
SHORT = (7, 14)
"""Which of the moments ``make test`` tries."""
BEYOND = 1.05
"""How far behind the usual end of a run the last moments may lie, as a share of its length."""

every_moment = pytest.mark.parametrize(
    "number", [pytest.param(number, marks=[] if number in SHORT else [pytest.mark.slow]) for number in range(COUNT)]
)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A share of a run's length, somewhere in the ``number``-th of twenty equal parts."""

    fault: str
    number: int
    part: int = 0

    @property
    def share(self) -> float:
        chance = random.Random(f"{SEED} {self.fault} {self.number} {self.part}")
        return BEYOND * (self.number + chance.random()) / COUNT

    def await_in(self, version: AssetVersion, *, attempts: int = 1, usual: float, latest: tuple[str, ...] = ()) -> None:
        """Sleep from the beginning of the run on; not into one of the stages ``latest``."""
        wait_until(lambda: version.attempts.count() >= attempts, within=60, what="the run begun")
        begun = time.monotonic()
        while time.monotonic() - begun < self.share * usual and stage_of(version) not in latest:
            time.sleep(0.01)
        after, stage = time.monotonic() - begun, stage_of(version) or "at no stage"
        sys.stdout.write(
            f"{self.fault}, moment {self.number} of seed {SEED}: after {after:.2f} of usually {usual:.2f} s, {stage}\n"
        )


def length_of(version: AssetVersion) -> float:
    """Seconds that the successful run took."""
    attempt = version.attempts.get(state=ProcessingAttempt.State.SUCCEEDED)
    assert attempt.finished_at is not None
    return (attempt.finished_at - attempt.started_at).total_seconds()
