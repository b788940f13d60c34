from typing import Final

from django.db import connection

from assets.models import Publication
from permissions.models import Agency

_TWICE: Final = """
DELETE FROM assets_publication AS old USING assets_publication AS kept
WHERE old.agency_id = %s AND kept.agency_id = %s AND old.asset_id = kept.asset_id AND old.url = kept.url
  AND (old.url <> '' OR (old.medium, old.published_on, old.title) = (kept.medium, kept.published_on, kept.title))
"""


def merge_publications(*, source: Agency, target: Agency) -> int:
    """What the one published the other did; of what both reported the target's report stays. How many rows."""
    with connection.cursor() as cursor:
        cursor.execute(_TWICE, [source.pk, target.pk])
        dropped: int = cursor.rowcount
    moved: int = Publication.objects.filter(agency=source).update(agency=target)
    return dropped + moved
