"""How much each caller has left of what they may ask for, counted in the database for all web processes together.

A bucket: up to ``limit`` requests at once, and it fills again evenly within ``seconds``. Kept is the moment at which
it would be full (the generic cell rate algorithm, ITU-T I.371), so that a request is one statement on one row. The
table is not logged: after a crash of the server everybody begins anew, and nothing waits for the disk.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from permissions.models import RateCount

FORGOTTEN = timedelta(days=1)
"""No bucket takes longer to fill: DRF's longest period."""
TAKE = """
INSERT INTO permissions_ratecount AS kept (key, full_at)
VALUES (%(key)s, clock_timestamp() + make_interval(secs => %(each)s))
ON CONFLICT (key) DO UPDATE
SET full_at = GREATEST(kept.full_at, clock_timestamp()) + make_interval(secs => %(each)s)
WHERE GREATEST(kept.full_at, clock_timestamp()) + make_interval(secs => %(each)s)
   <= clock_timestamp() + make_interval(secs => %(seconds)s)
RETURNING EXTRACT(EPOCH FROM full_at - clock_timestamp())::float8
"""
LOOK = "SELECT EXTRACT(EPOCH FROM full_at - clock_timestamp())::float8 FROM permissions_ratecount WHERE key = %s"
ROUNDING = 1e-3
"""The database's intervals are whole microseconds; so much of a request is not told from a whole one."""


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """``remaining`` of ``limit`` requests; all of them again in ``full_in`` seconds. ``wait`` seconds where refused."""

    limit: int
    seconds: int
    remaining: int
    full_in: float
    wait: float = 0.0

    @property
    def allowed(self) -> bool:
        return not self.wait


def take(*, name: str, limit: int, seconds: int) -> Allowance:
    """Count one request of ``name``, by the database's clock. Refused ones are not counted.

    Call it outside a transaction: the row stays locked until its end. Errors: Django's ``OperationalError``.

    >>> take(name="token:0190…", limit=1200, seconds=60).remaining
    1199
    """
    key = hmac.new(settings.SECRET_KEY.encode(), f"rate:{name}".encode(), sha256).hexdigest()
    each = seconds / limit
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"key": key, "each": each, "seconds": seconds})
        row = cursor.fetchone()
        if row is not None:
            full_in = max(0.0, row[0])
            remaining = max(0, int((seconds - full_in) / each + ROUNDING))
            return Allowance(limit=limit, seconds=seconds, remaining=remaining, full_in=full_in)
        cursor.execute(LOOK, [key])
        found = cursor.fetchone()
    full_in = max(0.0, found[0]) if found else 0.0
    wait = max(ROUNDING, full_in + each - seconds)
    return Allowance(limit=limit, seconds=seconds, remaining=0, full_in=full_in, wait=wait)


def forget_full_buckets() -> int:
    """Drop the rows of callers who have been away; how many there were."""
    number, _ = RateCount.objects.filter(full_at__lt=Now() - FORGOTTEN).delete()
    return number
