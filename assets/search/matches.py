"""Index and rights in one query: every search, count and suggestion begins here."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from assets.models import Asset
from assets.models.search import SearchEntry
from assets.search.conditions import Conditions
from permissions.actor import Actor


@dataclass(frozen=True, kw_only=True)
class Matching:
    """What fulfils the conditions, to be asked for several times: of this lexeme too, or of that one."""

    conditions: Conditions
    seen: "QuerySet[Asset, Any]"
    """The ids of what the actor may see now and the conditions allow."""

    @cached_property
    def seen_as_sql(self) -> tuple[str, tuple[Any, ...]]:
        """``seen`` as a statement, written once for all slices. Raises ``EmptyResultSet`` where it can hold nothing."""
        return self.seen.query.sql_with_params()

    @property
    def has_lexemes(self) -> bool:
        """Whether the index of lexemes finds it."""
        return bool(self.conditions.query)

    def entries(self, lexemes: str = "") -> "QuerySet[SearchEntry, Any]":
        """The entries of these words that hold the lexemes too, also of what the actor may not see."""
        rows = SearchEntry.objects.filter(self.conditions.entry)
        whole = replace(self.conditions, lexemes=[*self.conditions.lexemes, lexemes]).query
        return rows.filter(found__holds=whole) if whole else rows

    def visible(self) -> "QuerySet[SearchEntry, Any]":
        """The entries of what the actor may see."""
        return self.entries().filter(asset__in=self.seen)


def matching(actor: Actor, conditions: Conditions) -> Matching:
    return Matching(conditions=conditions, seen=visible(actor, conditions))


def matches(actor: Actor, conditions: Conditions) -> "QuerySet[SearchEntry, Any]":
    """The entries that fulfil the conditions, of assets that the actor may see now."""
    return matching(actor, conditions).visible()


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
