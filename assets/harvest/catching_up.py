"""Gives records to works that were published before there were records, or sealed by a worker of an earlier release."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from assets.changes.sealing import LOCK
from assets.harvest.recording import note_public
from assets.models import Asset
from assets.models.public_record import PublicRecord
from permissions.actor import ANONYMOUS

BATCH: Final = 1000


def record_missing(*, batch: int = BATCH, on_progress: Callable[[int, UUID], None] | None = None) -> int:
    """Give every work that the public sees and that has no record one; how many. Each batch is a short transaction
    that the sealer waits for. ``on_progress``: how many so far, and the last work that was looked at."""
    done, after = 0, UUID(int=0)
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute("SELECT clock_timestamp()")
            (now,) = cursor.fetchone()
            seen = Asset.objects.visible_to(ANONYMOUS).filter(pk__gt=after).order_by("pk")
            ids = list(seen.values_list("pk", flat=True)[:batch])
            if not ids:
                return done
            known = set(PublicRecord.objects.filter(asset_id__in=ids).values_list("asset_id", flat=True))
            missing = [pk for pk in ids if pk not in known]
            note_public(missing, now=now)
            done, after = done + len(missing), ids[-1]
        if on_progress is not None:
            on_progress(done, after)
