"""Adds counted uses to the rows of their days, in few statements whatever their number."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from django.db import connection, transaction

from assets.uses.keys import UseKey
from permissions.models import Agency

MOST_PAGES: Final = 100
"""Pages told apart for a work and day: beyond it a page of a registered site counts for its site, any other for none,
so that invented pages fill no table."""
_LOCK: Final = 0x75736573
"""Processes write one after another, or each could fill the bound by itself."""
_KNOWN = """
SELECT asset_id, day, site, page FROM assets_usecount
WHERE asset_id = ANY(%s) AND day = ANY(%s) AND kind IN ('embed', 'media') AND site <> ''
GROUP BY asset_id, day, site, page
"""
ADD: Final = """
INSERT INTO assets_usecount AS kept (id, asset_id, day, kind, site, page, agency_id, token_id, uses)
SELECT gen_random_uuid(), seen.asset_id, seen.day, seen.kind, seen.site, seen.page, seen.agency_id, seen.token_id,
       sum(seen.uses)
FROM seen GROUP BY 2, 3, 4, 5, 6, 7, 8 ORDER BY 2, 3, 4, 5, 6, 7, 8
ON CONFLICT ON CONSTRAINT use_count_once DO UPDATE SET uses = kept.uses + EXCLUDED.uses
"""
"""Adds the rows of a query ``seen`` to what is kept."""
_COUNTED = """
WITH living AS MATERIALIZED (SELECT id FROM assets_asset WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE),
seen AS (
    SELECT given.asset_id, given.day, given.kind, given.site, given.page,
           coalesce(agency.merged_into_id, agency.id) AS agency_id, given.token_id, given.uses
    FROM unnest(%s::uuid[], %s::date[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::bigint[])
         AS given (asset_id, day, kind, site, page, agency_id, token_id, uses)
    JOIN living ON living.id = given.asset_id
    LEFT JOIN permissions_agency AS agency ON agency.id = given.agency_id
)
"""
_MERGED = """
WITH gone AS (DELETE FROM assets_usecount WHERE agency_id = %s RETURNING *),
seen AS (SELECT asset_id, day, kind, site, page, %s::uuid AS agency_id, token_id, uses FROM gone)
"""

Place = tuple[UUID, date]
Address = tuple[str, str]


@transaction.atomic
def write_uses(counted: Mapping[UseKey, int]) -> None:
    """Add these counts. Of assets that are gone nothing is kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        rows = _bounded(counted, _known(cursor, counted))
        keys = list(rows)
        cursor.execute(
            _COUNTED + ADD,
            [
                list({key.asset_id for key in keys}),
                *([getattr(key, name) for key in keys] for name in UseKey.__slots__),
                list(rows.values()),
            ],
        )


def merge_uses(*, source: Agency, target: Agency) -> int:
    """What the one used was used by the other; how many rows went over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM assets_usecount WHERE agency_id = %s", [source.pk])
        moved: int = cursor.fetchone()[0]
        cursor.execute(_MERGED + ADD, [source.pk, target.pk])
    return moved


def _known(cursor: Any, counted: Iterable[UseKey]) -> dict[Place, set[Address]]:
    """The pages that these works were seen on, by day."""
    seen = [key for key in counted if key.site]
    found: dict[Place, set[Address]] = {}
    if seen:
        cursor.execute(_KNOWN, [list({key.asset_id for key in seen}), list({key.day for key in seen})])
        for asset_id, day, site, page in cursor.fetchall():
            found.setdefault((asset_id, day), set()).add((site, page))
    return found


def _bounded(counted: Mapping[UseKey, int], known: dict[Place, set[Address]]) -> Counter[UseKey]:
    """The counts with the agencies of their sites, and without the pages that are too many."""
    owners = registered_sites() if any(key.site for key in counted) else {}
    rows: Counter[UseKey] = Counter()
    for given, uses in counted.items():
        key = given
        if key.site:
            registered = registered_as(key.site, owners)
            key = replace(key, agency_id=owners[registered] if registered else None)
            pages = known.setdefault((key.asset_id, key.day), set())
            if (key.site, key.page) not in pages and len(pages) >= MOST_PAGES:
                key = replace(key, page="", site=registered or "")
            else:
                pages.add((key.site, key.page))
        rows[key] += uses
    return rows


def registered_sites() -> dict[str, UUID | None]:
    """Each host that an agency has registered: the domains are its own, the origins that may frame its works can be
    anybody's."""
    owners: dict[str, UUID | None] = {}
    registered: Sequence[tuple[UUID, list[str], list[str]]] = list(
        Agency.objects.filter(is_active=True)
        .exclude(domains=[], embed_origins=[])
        .order_by("-path")
        .values_list("pk", "domains", "embed_origins")
    )
    for _agency_id, _domains, origins in registered:
        hosts = (urlsplit(origin).hostname for origin in origins)
        owners |= dict.fromkeys(host for host in hosts if host and "*" not in host)
    for agency_id, domains, _origins in registered:
        owners |= dict.fromkeys((domain.lower() for domain in domains), agency_id)
    return owners


def registered_as(site: str, owners: Mapping[str, UUID | None]) -> str | None:
    """The host itself, or the nearest domain above it, as it is registered; None for a stranger's."""
    labels = site.split(".")
    names = (".".join(labels[start:]) for start in range(len(labels) - 1))
    return next((name for name in names if name in owners), None)
