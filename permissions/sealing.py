"""Seals events: puts each that was committed into the chain, once.

Writers never wait for the chain: the database lists every new event in ``AuditPending``, in the writer's transaction,
so a list entry is seen exactly when its event is, however late that was committed. One sealer at a time, by an advisory
lock, takes from the list.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models.functions import Now

from permissions.audit_digests import BEGINNING, SEALED_AT, Link, event_hash
from permissions.models import AuditEvent, AuditPending, AuditSeal

LOCK: Final = 0x4D43_0002
"""PostgreSQL's advisory lock "events are being sealed"."""
BATCH: Final = 2000

WAITING: Final = """
SELECT pending.event_id::text, event.digests, seal.event_id IS NOT NULL
  FROM permissions_auditpending AS pending
  JOIN permissions_auditevent AS event ON event.id = pending.event_id
  LEFT JOIN permissions_auditseal AS seal ON seal.event_id = pending.event_id
 ORDER BY pending.event_id
 LIMIT %s
"""
HEAD: Final = "SELECT sequence, hash FROM permissions_auditseal ORDER BY sequence DESC LIMIT 1"
NOW: Final = f"SELECT seal.sealed_at, {SEALED_AT} FROM (SELECT clock_timestamp() AS sealed_at) AS seal"  # noqa: S608


@dataclass(frozen=True, kw_only=True)
class Head:
    """The end of the chain: whoever keeps it elsewhere can prove later that nothing before it was changed."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


def head() -> Head:
    """The last seal; of an empty chain, what its first will follow."""
    last = AuditSeal.objects.order_by("-sequence").first()
    return Head(sequence=last.sequence if last else 0, hash=bytes(last.hash if last else BEGINNING).hex())


def oldest_unsealed() -> timedelta | None:
    """How long the oldest event that waits for its seal has been waiting; None when none does."""
    waiting = AuditEvent.objects.filter(pk__in=AuditPending.objects.values("event_id"))
    oldest = waiting.order_by("at").values_list("at", Now()).first()
    return None if oldest is None else oldest[1] - oldest[0]


def seal_events(*, wait: bool, limit: int = BATCH) -> int:
    """Seal up to ``limit`` events that wait; how many. With ``wait`` false, none while another sealer is at work."""
    with transaction.atomic(), connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        else:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if cursor.fetchone() != (True,):
                return 0
        cursor.execute(WAITING, [limit])
        waiting = cursor.fetchall()
        if not waiting:
            return 0
        seals = _links([(event_id, bytes(digests)) for event_id, digests, sealed in waiting if not sealed])
        AuditSeal.objects.bulk_create(seals)
        cursor.execute(
            "DELETE FROM permissions_auditpending WHERE event_id = ANY(%s::uuid[])", [[w[0] for w in waiting]]
        )
        return len(seals)


def seal_all(*, wait: bool) -> int:
    """Seal until nothing waits that was waiting at the beginning; how many."""
    total = 0
    while count := seal_events(wait=wait):
        total += count
        if count < BATCH:
            break
    return total


def _links(events: list[tuple[str, bytes]]) -> list[AuditSeal]:
    with connection.cursor() as cursor:
        cursor.execute(HEAD)
        sequence, previous = cursor.fetchone() or (0, BEGINNING)
        cursor.execute(NOW)
        now, text = cursor.fetchone()
    previous = bytes(previous)
    seals = []
    for number, (event_id, digests) in enumerate(events, start=sequence + 1):
        link = Link(
            sequence=number, event_id=event_id, event_hash=event_hash(digests), previous=previous, sealed_at=text
        )
        previous = link.hash
        seals.append(
            AuditSeal(
                sequence=number,
                event_id=event_id,
                event_hash=link.event_hash,
                previous=link.previous,
                sealed_at=now,
                hash=previous,
            )
        )
    return seals
