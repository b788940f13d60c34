"""Index and rights in one query: every search, count and suggestion begins here."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import connection, transaction
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


@contextmanager
def by_index() -> Iterator[None]:
    """Statements inside find entries by their lexemes and go through none in any order. Where what an entry has to hold
    is in a column, the planner does not know that it is rare, and expects to meet some soon: at a million works that
    took more than a minute."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        yield
        cursor.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on")  # for what else is in it


def visible(actor: Actor, conditions: Conditions) -> "QuerySet[Asset, Any]":
    return Asset.objects.visible_to(actor).filter(conditions.asset).order_by().values("pk")


def entries_visible_to(actor: Actor, ids: Sequence[UUID]) -> "QuerySet[SearchEntry, Any]":
    """Of these assets, the entries of those that the actor may see now."""
    rows = Asset.objects.visible_to(actor).filter(pk__in=ids).order_by().values("pk")
    return SearchEntry.objects.filter(asset__in=rows)
