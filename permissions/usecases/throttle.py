"""Slows down guessing at one secret from any number of addresses: after some attempts in a row each waits for longer.

Counted in the database, so for all web processes together, and before the secret is looked at, so that attempts sent
at once do not slip through. What does not exist is counted like what does.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from permissions.models import Throttle


@dataclass(frozen=True, kw_only=True)
class Patience:
    """``free`` attempts in a row cost nothing; then the wait begins with ``first`` and doubles up to ``longest``.

    After ``forgotten`` without an attempt the count begins anew.
    """

    free: int
    first: timedelta
    longest: timedelta
    forgotten: timedelta

    def wait(self, attempts: int) -> timedelta:
        """How long after the ``attempts``-th attempt in a row the next one may come."""
        if attempts < self.free:
            return timedelta()
        doublings = min(attempts - self.free, 30)
        return min(self.first * (1 << doublings), self.longest)


PASSWORD = Patience(free=10, first=timedelta(seconds=2), longest=timedelta(minutes=15), forgotten=timedelta(hours=24))
"""django-axes stops one address at one account after five; this is for many addresses at one account."""
CODE = Patience(free=5, first=timedelta(seconds=10), longest=timedelta(hours=1), forgotten=timedelta(hours=24))
"""Codes of six digits, three of them good at a time: in a day at an hour's wait, one guess in 10,000 succeeds."""
MAIL = Patience(free=3, first=timedelta(minutes=5), longest=timedelta(hours=6), forgotten=timedelta(hours=24))
LONGEST_MEMORY = max(each.forgotten for each in (PASSWORD, CODE, MAIL))


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """``wait`` is zero when the attempt was let through; else how long to wait. ``number`` in a row, from 1."""

    number: int
    wait: timedelta

    @property
    def allowed(self) -> bool:
        return not self.wait


def _key(purpose: str, name: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"throttle:{purpose}:{name}".encode(), sha256).hexdigest()


@transaction.atomic
def attempt(*, purpose: str, name: str, patience: Patience) -> Attempt:
    """Count an attempt at ``name``, by the database's clock; refused ones are not counted.

    >>> attempt(purpose="password", name="lan@example.vn", patience=PASSWORD).allowed
    """
    key = _key(purpose, name)
    Throttle.objects.bulk_create([Throttle(key=key)], ignore_conflicts=True)
    row = Throttle.objects.select_for_update().get(key=key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    if now - row.last_at > patience.forgotten:
        row.attempts = 0
    left = row.last_at + patience.wait(row.attempts) - now
    if row.attempts and left > timedelta():
        return Attempt(number=row.attempts, wait=left)
    row.attempts += 1
    row.last_at = now
    row.save(update_fields=["attempts", "last_at"])
    return Attempt(number=row.attempts, wait=timedelta())


def forget_old_counts() -> int:
    """Drop counts that no patience remembers; how many there were."""
    number, _ = Throttle.objects.filter(last_at__lt=Now() - LONGEST_MEMORY).delete()
    return number


def succeeded(*, purpose: str, name: str) -> None:
    """The secret was known: the count begins anew."""
    Throttle.objects.filter(key=_key(purpose, name)).delete()
