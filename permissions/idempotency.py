"""Requests that happen once, however often they are sent: what was answered to a key is kept for a day.

The answer is kept in the transaction of the effect. While that runs, an advisory lock that ends with it says so: a
process that is killed leaves neither the effect, nor the answer, nor a mark that would keep the key from being used.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from permissions.actor import Actor
from permissions.errors import Conflict, DomainError
from permissions.models import KeptAnswer

KEPT_FOR: Final = timedelta(hours=24)
MOST_KEYS: Final = 5000
"""Of one caller within :data:`KEPT_FOR`."""
MOST_BYTES: Final = 64 * 1024 * 1024
"""In the answers of one caller; the last one may go beyond it."""
LARGEST_ANSWER: Final = 1024 * 1024
"""Bytes."""


class IdempotencyKeyReused(DomainError):
    """The key came before with another request. HTTP: 422."""

    code = "idempotency_key_reused"


class InFlight(Conflict):
    """The same key is being answered at this moment: ask again in :attr:`retry_after` seconds."""

    code = "idempotency_in_flight"
    retry_after: Final = 1


class KeysExhausted(DomainError):
    """The caller has as many keys within a day as one may have. HTTP: 429."""

    code = "idempotency_keys_exhausted"
    retry_after: Final = 3600


class AnswerTooLarge(DomainError):
    """The answer is larger than what is kept; nothing was done. HTTP: 413."""

    code = "idempotent_answer_too_large"


@dataclass(frozen=True, kw_only=True)
class Once:
    """A request under a key: ``name`` is a keyed hash of caller and key, ``digest`` says which request it is."""

    actor_key: str
    name: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Answered:
    """``body``: JSON in UTF-8. ``headers``: those that tell of the thing that was made (``ETag``, ``Location``)."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def once(*, by: Actor, key: str, said: str) -> Once:
    """``said``: the request, in a form that is equal for equal requests."""
    name = hmac.new(settings.SECRET_KEY.encode(), f"idempotency:{by.key}:{key}".encode(), sha256).hexdigest()
    return Once(actor_key=by.key, name=name, digest=sha256(said.encode()).hexdigest())


def answered(request: Once) -> Answered | None:
    """What was answered within the last 24 hours; :class:`IdempotencyKeyReused` where that was another request."""
    found = KeptAnswer.objects.filter(pk=request.name, made_at__gt=Now() - KEPT_FOR).first()
    if found is None:
        return None
    if found.request_digest != request.digest:
        raise IdempotencyKeyReused("This Idempotency-Key was used for another request. Use a new one.")
    return Answered(status=found.status, body=bytes(found.body), headers=found.headers)


def claim(request: Once) -> Answered | None:
    """From now to the end of the transaction, the only request under its key; or what was answered meanwhile.

    Call it inside a transaction, before anything else. Raises :class:`InFlight`, :class:`KeysExhausted`, and
    :class:`IdempotencyKeyReused`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_lock_of(request)])
        if not cursor.fetchone()[0]:
            raise InFlight(_("A request with this Idempotency-Key is being answered. Ask again in a moment."))
    before = answered(request)
    if before is None:
        _require_room(request)
    return before


def keep(request: Once, answer: Answered) -> None:
    """Keep what was answered, in the transaction of :func:`claim`. Raises :class:`AnswerTooLarge`."""
    if len(answer.body) > LARGEST_ANSWER:
        raise AnswerTooLarge(
            f"An answer of more than {LARGEST_ANSWER} bytes cannot be kept. Send this without Idempotency-Key.",
            limit=LARGEST_ANSWER,
        )
    KeptAnswer.objects.filter(pk=request.name).delete()  # of more than a day ago
    KeptAnswer.objects.create(
        key=request.name,
        actor_key=request.actor_key,
        request_digest=request.digest,
        status=answer.status,
        body=answer.body,
        size=len(answer.body),
        headers=dict(answer.headers),
    )


def forget_old_answers() -> int:
    """Drop what is older than :data:`KEPT_FOR`; how many there were."""
    number, _ = KeptAnswer.objects.filter(made_at__lte=Now() - KEPT_FOR).delete()
    return number


def _lock_of(request: Once) -> int:
    return int.from_bytes(bytes.fromhex(request.name[:16]), signed=True)


def _require_room(request: Once) -> None:
    """Of the index alone; there are never many more rows than :data:`MOST_KEYS`."""
    mine = KeptAnswer.objects.filter(actor_key=request.actor_key, made_at__gt=Now() - KEPT_FOR)
    held: dict[str, Any] = mine.aggregate(keys=Count("*"), total=Sum("size", default=0))
    if held["keys"] >= MOST_KEYS or held["total"] >= MOST_BYTES:
        raise KeysExhausted(
            f"You used {held['keys']} keys within 24 hours; up to {MOST_KEYS}, and {MOST_BYTES} bytes of answers,"
            " are kept. Send this without Idempotency-Key, or later."
        )
