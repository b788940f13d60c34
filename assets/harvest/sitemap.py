"""What search engines are told: the pages of works that everybody may see and embed, wherever they are.

The public's records are cut into pages by id, now and then, so that a page is a range of the primary key: no page costs
more than another, and one that was named an hour ago has still the works of its range.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from assets.access import judge
from assets.changes.sealing import seal_all_changes
from assets.models import Asset, AssetQuerySet, PublicRecord, SitemapPage
from permissions.actor import ANONYMOUS
from permissions.rows import KEPT
from permissions.vocabulary import AssetState, Use

PAGE: Final = 250
"""Works of a page when it is cut."""
MOST: Final = 1000
"""Works that a page may grow to before it is cut anew: in three languages 3000 addresses. The protocol
takes 50,000 in 50 MB."""
START: Final = UUID(int=0)
"""Where the first page begins, also while there is nothing to cut."""
_CUT: Final = """
INSERT INTO assets_sitemappage (first, changed_at)
SELECT CASE page WHEN 0 THEN %(start)s ELSE min(left(asset_id::text, 19) COLLATE "C" || '0000-000000000000')::uuid END,
  max(stamp)
FROM (
  SELECT asset_id, stamp,
    greatest(count(*) FILTER (WHERE NOT deleted) OVER (ORDER BY asset_id) - 1, 0) / %(size)s AS page
  FROM assets_publicrecord
) numbered GROUP BY page ON CONFLICT DO NOTHING
"""
"""A page begins at the millisecond of its first work: no address says the id of a work that is not shown. Works that
the public does not see any more are not counted; that they went changes their page."""


def cut_into_pages(*, size: int = PAGE) -> int:
    """Cut the records into pages of ``size`` works anew, if they changed; how many there are. Who reads meanwhile finds
    those of before."""
    seal_all_changes(wait=True)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('assets_sitemappage', 0))")
        cut = SitemapPage.objects.order_by("-changed_at").values_list("changed_at", flat=True).first()
        latest = PublicRecord.objects.order_by("-stamp").values_list("stamp", flat=True).first()
        if cut != latest:
            SitemapPage.objects.all().delete()
            cursor.execute(_CUT, {"size": size, "start": START})
        return SitemapPage.objects.count()


def pages() -> list[tuple[UUID, datetime | None]]:
    """Where each page begins, and when something in it last changed; None where there is nothing yet. There is always
    one, and the first begins before everything.

    While nothing has been cut, whoever asks first cuts: one page cannot name all works of an installation that was
    updated or filled today.
    """
    return _kept_pages() or (_kept_pages() if cut_into_pages() else [(START, None)])


def _kept_pages() -> list[tuple[UUID, datetime | None]]:
    return list(SitemapPage.objects.order_by("first").values_list("first", "changed_at"))


def works_of(first: UUID, *, rows: AssetQuerySet) -> list[tuple[Asset, datetime]]:
    """The works from ``first`` up to the next page, each with its last change for the public; at most :data:`MOST`.

    ``rows`` are all works, with what is to be told of them. Asked of the rights at this moment: who may see it and may
    embed it is everybody, in every country.
    """
    records = PublicRecord.objects.filter(asset_id__gte=first, deleted=False).order_by("asset_id")
    end = SitemapPage.objects.filter(first__gt=first).order_by("first").values_list("first", flat=True).first()
    if end is not None:
        records = records.filter(asset_id__lt=end)
    stamps = dict(records.values_list("asset_id", "stamp")[:MOST])
    shown = rows.visible_to(ANONYMOUS).filter(KEPT, territories=[]).exclude(state=AssetState.WITHDRAWN)
    works = shown.in_bulk(list(stamps))
    found = ((works[pk], stamp) for pk, stamp in stamps.items() if pk in works)
    return [(work, stamp) for work, stamp in found if judge(ANONYMOUS, Use.EMBED, work)]
