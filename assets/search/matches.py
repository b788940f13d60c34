"""Index and rights in one query: every search, count and suggestion begins here."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from assets.models import Asset
from assets.models.search import SearchEntry
from assets.search.conditions import Conditions
from permissions.actor import Actor
from permissions.prepared import planned_anew
from permissions.rows import has_values


@dataclass(frozen=True, kw_only=True)
class Matching:
    """What fulfils the conditions, to be asked for several times: of this lexeme too, or of that one."""

    actor: Actor
    conditions: Conditions

    @cached_property
    def seen(self) -> "QuerySet[Asset, Any]":
        """The ids of what the actor may see now and the conditions allow."""
        return visible(self.actor, self.conditions)

    @cached_property
    def seen_as_sql(self) -> tuple[str, tuple[Any, ...]]:
        """The same as a statement. Raises ``EmptyResultSet`` where it can hold nothing."""
        if has_values(self.conditions.asset):
            return _written(self.actor, self.conditions.asset)
        return self.seen.query.sql_with_params()

    @property
    def has_lexemes(self) -> bool:
        """Whether the index of lexemes finds it."""
        return bool(self.conditions.query)

    def entries(self, lexemes: str = "") -> "QuerySet[SearchEntry, Any]":
        """The entries of these words that hold the lexemes too, also of what the actor may not see."""
        rows = SearchEntry.objects.filter(self.conditions.entry)
        whole = self.query_with(lexemes)
        return rows.filter(found__holds=whole) if whole else rows

    def query_with(self, lexemes: str) -> str:
        """The index's query for the words, and for the lexemes too."""
        return replace(self.conditions, lexemes=[*self.conditions.lexemes, lexemes]).query

    def visible(self) -> "QuerySet[SearchEntry, Any]":
        """The entries of what the actor may see."""
        return self.entries().filter(asset__in=self.seen)

    def number(self, *, most: int) -> int:
        """How many the actor may see, counted up to ``most``."""
        if self.conditions.entry or not self.has_lexemes:
            return len(self.visible().order_by().values("pk")[:most])
        try:
            seen, asked = self.seen_as_sql
        except EmptyResultSet:
            return 0
        entries = f"SELECT FROM assets_searchentry WHERE found @@ %s::tsquery AND asset_id IN ({seen}) LIMIT %s"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({entries}) AS few", [self.conditions.query, *asked, most])  # noqa: S608
            counted: int = cursor.fetchone()[0]
        return counted


def matching(actor: Actor, conditions: Conditions) -> Matching:
    return Matching(actor=actor, conditions=conditions)


def matches(actor: Actor, conditions: Conditions) -> "QuerySet[SearchEntry, Any]":
    """The entries that fulfil the conditions, of assets that the actor may see now."""
    return matching(actor, conditions).visible()


@lru_cache(maxsize=512)
def _written(actor: Actor, asset: Q) -> tuple[str, tuple[Any, ...]]:
    """What somebody sees is written from their rights alone, which are in the key; what is so now, the statement itself
    asks. Writing it takes longer than most searches."""
    return _seen(actor, asset).query.sql_with_params()


@contextmanager
def by_index() -> Iterator[None]:
    """Statements inside find entries by their lexemes and go through none in any order. Where what an entry has to hold
    is in a column, the planner does not know that it is rare, and expects to meet some soon: at a million works that
    took more than a minute."""
    is_inside = connection.in_atomic_block
    with planned_anew(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        yield
        if is_inside:  # a transaction that goes on
            cursor.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on")


def visible(actor: Actor, conditions: Conditions) -> "QuerySet[Asset, Any]":
    return _seen(actor, conditions.asset)


def _seen(actor: Actor, asset: Q) -> "QuerySet[Asset, Any]":
    return Asset.objects.visible_to(actor).filter(asset).order_by().values("pk")


def entries_visible_to(actor: Actor, ids: Sequence[UUID]) -> "QuerySet[SearchEntry, Any]":
    """Of these assets, the entries of those that the actor may see now."""
    rows = Asset.objects.visible_to(actor).filter(pk__in=ids).order_by().values("pk")
    return SearchEntry.objects.filter(asset__in=rows)
