"""Forgets what is older than the feed reaches back."""

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from assets.changes.sealing import LOCK
from assets.models.change import ChangeEntry, ChangesState

MOST = 50_000
"""Entries that one run deletes."""


@transaction.atomic
def prune_changes() -> int:
    """Delete entries sealed longer ago than ``CHANGES_RETENTION``; how many. Cursors before them are expired then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    old = ChangeEntry.objects.filter(sealed_at__lt=Now() - settings.CHANGES_RETENTION).order_by("sequence")
    numbers = list(old.values_list("sequence", flat=True)[:MOST])
    if not numbers:
        return 0
    ChangesState.objects.update(floor=numbers[-1])
    ChangeEntry.objects.filter(sequence__lte=numbers[-1]).delete()
    return len(numbers)
