"""How much each caller has left of what they may ask for, counted in the database for all web processes together.

A bucket: up to ``limit`` requests at once, and it fills again evenly within ``seconds``. Kept is the moment at which
it would be full (the generic cell rate algorithm, ITU-T I.371), so that a request is one statement on one row. The
table is not logged: after a crash of the server everybody begins anew, and nothing waits for the disk.
"""

import hmac
import ipaddress
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from permissions.models import RateCount

SITE_OF_ONE = 64
"""Bits of an IPv6 address that one customer has: the rest they choose themselves (RFC 6177)."""
KEPT_UNTIL = """
CASE WHEN kept.full_at > clock_timestamp() + make_interval(secs => %(seconds)s + 1) THEN clock_timestamp()
     ELSE GREATEST(kept.full_at, clock_timestamp()) END
"""
"""No bucket is further from full than its period, unless the clock stepped back: then it counts as full."""
TAKE = f"""
INSERT INTO permissions_ratecount AS kept (key, full_at)
VALUES (%(key)s, clock_timestamp() + make_interval(secs => %(each)s))
ON CONFLICT (key) DO UPDATE
SET full_at = {KEPT_UNTIL} + make_interval(secs => %(each)s)
WHERE {KEPT_UNTIL} + make_interval(secs => %(each)s) <= clock_timestamp() + make_interval(secs => %(seconds)s)
RETURNING EXTRACT(EPOCH FROM full_at - clock_timestamp())::float8
"""  # noqa: S608 - of constants
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

    Another limit or period is another bucket. Call it outside a transaction: the row stays locked until its end.
    Errors: Django's ``OperationalError``; ``InternalError`` (25006) from a server that is in recovery.

    >>> take(name="token:0190…", limit=1200, seconds=60).remaining
    1199
    """
    key = hmac.new(settings.SECRET_KEY.encode(), f"rate:{limit}/{seconds}:{name}".encode(), sha256).hexdigest()
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


def caller_at(address: str) -> str:
    """Whom the requests of ``address`` are counted for: an IPv4 address, or the network of 64 bits of an IPv6 one.

    >>> caller_at("2001:db8:1:2:3::4"), caller_at("::ffff:192.0.2.1")
    ('2001:db8:1:2::/64', '192.0.2.1')
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, SITE_OF_ONE), strict=False))


def forget_full_buckets() -> int:
    """Drop the rows that say no more than none would; how many there were."""
    number, _ = RateCount.objects.filter(full_at__lt=Now()).delete()
    return number
