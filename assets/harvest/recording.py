"""Keeps the public's records: written when changes are sealed, so that their order is that of commits.

Sealers work one after the other, and each gives stamps above all that were given before. Whoever waits for the sealer
and then reads, sees every record up to the last stamp; one that is written afterwards has a later one.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from assets.models import Asset
from assets.models.public_record import PublicRecord
from permissions.actor import ANONYMOUS

TICK: Final = timedelta(microseconds=1)


def note_public(assets: Iterable[UUID | str], *, now: datetime) -> None:
    """Write what the public sees of these works at this moment. The caller holds the lock of the sealer.

    What the public never saw gets no record; what it does not see any more keeps one that says so.
    """
    ids = {UUID(str(each)) for each in assets}
    if not ids:
        return
    latest = PublicRecord.objects.order_by("-stamp").values_list("stamp", flat=True).first()
    stamp = now if latest is None else max(now, latest + TICK)
    visible = dict(Asset.objects.visible_to(ANONYMOUS).filter(pk__in=ids).values_list("pk", "agency_id"))
    PublicRecord.objects.bulk_create(
        [PublicRecord(asset_id=pk, agency_id=agency, stamp=stamp) for pk, agency in visible.items()],
        update_conflicts=True,
        unique_fields=["asset_id"],
        update_fields=["agency_id", "stamp", "deleted"],
    )
    gone = PublicRecord.objects.filter(asset_id__in=ids - visible.keys(), deleted=False)
    gone.update(deleted=True, stamp=stamp)
