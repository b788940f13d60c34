"""Lists of assets: the filters that API and pages share, always below ``visible_to``."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from assets.lists.newest import Newest, NewestRows
from assets.lists.sought import Narrow, Wanted
from assets.models import Asset, AssetQuerySet
from assets.models.search import SearchEntry
from assets.search.conditions import Conditions, conditions_for
from assets.search.query import SearchQuery
from assets.search.query_language import parse
from permissions.actor import Actor
from permissions.vocabulary import AssetState, Audience


def newest(actor: Actor, query: SearchQuery) -> Newest:
    """The works that the actor may see and that fit the query, newest first, as lists tell them.

    For lists without words, which it goes through backwards too; words are searched by ``assets.search``.
    """
    return Newest(actor=actor, wanted=_wanted(actor, query))


def newest_rows(actor: Actor, query: SearchQuery, *, shown: Narrow) -> NewestRows:
    """The same as rows; ``shown`` as :class:`NewestRows` says."""
    return NewestRows(actor=actor, wanted=_wanted(actor, query), shown=shown)


def _wanted(actor: Actor, query: SearchQuery) -> Wanted:
    states = frozenset(AssetState) if not query.state else frozenset({AssetState(query.state)})
    audiences = frozenset(Audience) if not query.audience else frozenset({Audience(query.audience)})
    conditions = conditions_for(actor, replace(query, agency=None), parse(query.words))
    return Wanted(
        asset=conditions.asset,
        further=(lambda rows: _saying(rows, conditions)) if conditions.has_words else None,
        agency=query.agency,
        states=states,
        audiences=audiences,
        selective=conditions.has_words or bool(query.album),
    )


def fitting_among(actor: Actor, query: SearchQuery, assets: Collection[UUID]) -> set[UUID]:
    """Which of these the actor sees and the query finds, now."""
    conditions = conditions_for(actor, query, parse(query.words))
    rows = Asset.objects.visible_to(actor).filter(conditions.asset, pk__in=assets)
    found = _saying(rows, conditions) if conditions.has_words else rows
    return set(found.order_by().values_list("pk", flat=True))


def _saying(rows: AssetQuerySet, conditions: Conditions) -> AssetQuerySet:
    entries = SearchEntry.objects.filter(conditions.entry)
    if conditions.lexemes:
        entries = entries.filter(found__holds=conditions.query)
    return rows.filter(pk__in=entries.order_by().values("pk"))
