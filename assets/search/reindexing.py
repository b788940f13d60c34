"""Write all entries anew, beside whoever works."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import Q

from assets.models import Asset
from assets.search.analysis import ANALYSIS
from assets.search.entries import refresh_entries

BATCH = 500


def reindex(
    *,
    batch: int = BATCH,
    after: UUID | None = None,
    only_missing: bool = True,
    most: int | None = None,
    on_progress: Callable[[int, UUID], None] | None = None,
) -> int:
    """Write entries in batches, each in its own short transaction, the newest assets first; how many were written.

    ``only_missing``: those that have none, or one of another analysis; so a run that was stopped goes on where it was.
    ``after``: only assets older than this one. ``most``: no more than so many. ``on_progress`` gets the number so far
    and the last id.
    """
    done = 0
    while most is None or done < most:
        rows = Asset.objects.order_by("-pk")
        if after is not None:
            rows = rows.filter(pk__lt=after)
        if only_missing:
            rows = rows.filter(missing())
        size = batch if most is None else min(batch, most - done)
        ids = list(rows.values_list("pk", flat=True)[:size])
        if not ids:
            break
        done += refresh_entries(ids)
        after = ids[-1]
        if on_progress is not None:
            on_progress(done, after)
    return done


def missing() -> Q:
    """Assets without an entry of this analysis."""
    return ~Q(entry__analysis=ANALYSIS)
