"""Lists of assets: the filters that API and pages share, always below ``visible_to``."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from assets.listing import Narrow, Newest, Wanted
from assets.models import AssetQuerySet, Collection
from assets.search import matching
from permissions.actor import Actor
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience


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


def newest(actor: Actor, filters: AssetFilters, *, shown: Narrow) -> Newest:
    """The assets that the actor may see and that fit every filter, newest first; ``shown`` as :class:`Newest` says."""
    states = frozenset(AssetState) if not filters.state else frozenset({AssetState(filters.state)})
    audiences = frozenset(Audience) if not filters.audience else frozenset({Audience(filters.audience)})
    wanted = Wanted(
        condition=lambda rows: _fitting(rows, actor, filters),
        agency=filters.agency,
        states=states,
        audiences=audiences,
        selective=bool(filters.search or filters.album),
    )
    return Newest(actor=actor, wanted=wanted, shown=shown)


def _fitting(rows: AssetQuerySet, actor: Actor, filters: AssetFilters) -> AssetQuerySet:
    """Every filter but the agency, which says where to look."""
    plain = {
        "kind": filters.kind,
        "state": filters.state,
        "audience": filters.audience,
        "created_at__gte": filters.created_from,
        "created_at__lt": filters.created_to,
    }
    rows = rows.filter(**{name: value for name, value in plain.items() if value})
    if filters.language:
        rows = rows.filter(texts__language=filters.language)
    if filters.search:
        rows = rows.filter(matching(filters.search))
    if filters.album:
        albums = Collection.objects.visible_to(actor).filter(pk=filters.album)
        rows = rows.filter(collections__in=albums)
    return rows
