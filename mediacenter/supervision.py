"""What happens when a part ends by itself: it is started again, later each time it ends soon after its start."""

from dataclasses import dataclass, field

from mediacenter.processes import Service, start

SOON = 30.0
"""Seconds: a part that ran longer than this had started well."""
LONGEST_DELAY = 30.0


@dataclass(kw_only=True)
class RestartPolicy:
    """Delays of 0, 1, 2, 4 … 30 seconds while a part keeps ending soon."""

    failures: int = 0

    def delay_after(self, ran_for: float) -> float:
        """How many seconds to wait before the next start of a part that ran for so many seconds."""
        self.failures = self.failures + 1 if ran_for < SOON else 1
        return 0.0 if self.failures == 1 else min(LONGEST_DELAY, 2.0 ** (self.failures - 2))


@dataclass(kw_only=True)
class Supervised:
    """A part and when it is to be started again."""

    service: Service
    policy: RestartPolicy
    due: float | None = field(default=None)

    @property
    def name(self) -> str:
        return self.service.spec.name

    def look(self, now: float) -> str | None:
        """Start it again when it is time; the line to show when something changed. ``now``: the monotonic clock."""
        if self.due is not None:
            if now < self.due:
                return None
            self.service = start(self.service.spec)
            self.due = None
            return f"The {self.name} was started again."
        code = self.service.exit_code()
        if code is None:
            return None
        self.service.wait_stopped()
        delay = self.policy.delay_after(now - self.service.started)
        self.due = now + delay
        how = f"was killed by signal {-code}" if code < 0 else f"ended with {code}"
        return f"The {self.name} {how}; it is started again in {delay:.0f} s."
