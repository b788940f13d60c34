"""Index and rights in one query: every search, count and suggestion begins here."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from assets.models import Asset
from assets.models.search import SearchEntry
from assets.search.conditions import Conditions
from permissions.actor import Actor


def matches(actor: Actor, conditions: Conditions) -> "QuerySet[SearchEntry, Any]":
    """The entries that fulfil the conditions, of assets that the actor may see now."""
    return matching(actor, conditions)("")


def matching(actor: Actor, conditions: Conditions) -> Callable[[str], "QuerySet[SearchEntry, Any]"]:
    """The same for several askings: those of them that hold these lexemes too."""
    seen = visible(actor, conditions)

    def holding(lexemes: str) -> "QuerySet[SearchEntry, Any]":
        rows = SearchEntry.objects.filter(conditions.entry)
        whole = replace(conditions, lexemes=[*conditions.lexemes, lexemes]).query
        if whole:
            rows = rows.filter(found__holds=whole)
        return rows.filter(asset__in=seen)

    return holding


def visible(actor: Actor, conditions: Conditions) -> "QuerySet[Asset, Any]":
    return Asset.objects.visible_to(actor).filter(conditions.asset).order_by().values("pk")


def entries_visible_to(actor: Actor, ids: Sequence[UUID]) -> "QuerySet[SearchEntry, Any]":
    """Of these assets, the entries of those that the actor may see now."""
    rows = Asset.objects.visible_to(actor).filter(pk__in=ids).order_by().values("pk")
    return SearchEntry.objects.filter(asset__in=rows)
