"""Lists of assets: the filters that API and pages share, always below ``visible_to``."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from assets.models import Asset, AssetQuerySet, Collection
from assets.search import matching
from permissions.actor import Actor
from permissions.models import Agency


@dataclass(frozen=True, kw_only=True)
class AssetFilters:
    """Everything optional; ``agency`` means its whole subtree, ``album`` is a collection that the actor may see."""

    agency: Agency | None = None
    kind: str | None = None
    state: str | None = None
    audience: str | None = None
    language: str | None = None
    search: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    album: UUID | None = None


def filtered(actor: Actor, filters: AssetFilters) -> AssetQuerySet:
    """The assets that the actor may see and that fit every filter. Order and pages are the caller's."""
    rows = Asset.objects.visible_to(actor)
    plain = {
        "kind": filters.kind,
        "state": filters.state,
        "audience": filters.audience,
        "created_at__gte": filters.created_from,
        "created_at__lt": filters.created_to,
    }
    rows = rows.filter(**{name: value for name, value in plain.items() if value})
    if filters.agency is not None:
        rows = rows.filter(agency__path__startswith=filters.agency.path)
    if filters.language:
        rows = rows.filter(texts__language=filters.language)
    if filters.search:
        rows = rows.filter(matching(filters.search))
    if filters.album:
        albums = Collection.objects.visible_to(actor).filter(pk=filters.album)
        rows = rows.filter(collections__in=albums)
    return rows
