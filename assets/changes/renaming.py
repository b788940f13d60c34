"""Another name of an agency is a change of each of its works: the works tell it, and whoever keeps a copy has to hear.

A rename writes one row (``RenamedAgency``, by a trigger). From there a job notes the works as changed, some at a time,
as if each had been written: the sealer gives them their places in the feed and their stamps in the public's records.
"""

from typing import Final

from django.db import connection, transaction

from assets.changes.sealing import BATCH, seal_changes
from assets.models import Asset, RenamedAgency

MOST: Final = 20 * BATCH
"""Works of a run."""
_NOTE: Final = """
INSERT INTO assets_changepending (xid, asset_id, at, before)
SELECT pg_current_xact_id()::text::bigint, asset.id, clock_timestamp(), assets_change_facts(asset)
  FROM assets_asset AS asset
 WHERE asset.id = ANY(%(ids)s)
ON CONFLICT (xid, asset_id) DO NOTHING
"""


def tell_new_names(*, most: int = MOST, batch: int = BATCH) -> int:
    """Note up to about ``most`` works of renamed agencies as changed, ``batch`` in a transaction; how many.

    What is left is for the next run, and so is what a run that was killed did not come to.
    """
    told = 0
    while told < most:
        count = _tell_some(batch)
        if count is None:
            break
        told += count
        seal_changes(wait=False)  # what waits stays little: readers do not have to seal it all
    return told


@transaction.atomic
def _tell_some(size: int) -> int | None:
    """How many works of one agency; None when no agency is left, or another run or a rename holds it."""
    renamed = RenamedAgency.objects.select_for_update(skip_locked=True).order_by("agency_id").first()
    if renamed is None:
        return None
    works = Asset.objects.filter(agency_id=renamed.agency_id, pk__gt=renamed.after, deleted_at=None).order_by("pk")
    ids = list(works.values_list("pk", flat=True)[:size])
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"ids": ids})
    if len(ids) < size:
        renamed.delete()
    else:
        renamed.after = ids[-1]
        renamed.save(update_fields=["after"])
    return len(ids)
