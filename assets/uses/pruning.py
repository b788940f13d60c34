"""Forgets counts that nobody can ask for any more."""

from typing import Final

from django.db import connection

KEPT_DAYS: Final = 400
"""As far back as ``GET assets/{id}/uses`` tells: a year, and the month a year ago whole."""
MOST: Final = 50_000
"""Rows that one run deletes."""
_FORGET: Final = """
DELETE FROM assets_usecount WHERE id IN (
  SELECT id FROM assets_usecount WHERE day < current_date - %s ORDER BY day LIMIT %s)
"""


def prune_uses() -> int:
    """Delete rows of days longer ago than ``KEPT_DAYS``, at most ``MOST`` of them; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [KEPT_DAYS, MOST])
        return int(cursor.rowcount)
