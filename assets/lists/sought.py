"""What a list asks for and where, as one query for the ids of a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, OuterRef, Q, QuerySet, UUIDField

from assets.models import Asset, AssetQuerySet
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience

Narrow = Callable[[AssetQuerySet], AssetQuerySet]


@dataclass(frozen=True, kw_only=True)
class Arm:
    """Where to look, as a condition; with ``agencies``, in each of these by itself, by what it owns or by what is
    ``shared`` with it."""

    condition: Q
    agencies: frozenset[UUID] | None = None
    shared: bool = False


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a list asks for. ``asset`` and ``further`` are all of it but ``agency``, a subtree; states and audiences are
    there too, and here because they say where to look. ``inside``: only where the actor sees without regard to windows.

    ``further``: what cannot be said as a condition of the asset alone. ``selective``: an index finds what is asked for,
    so that it is better asked once than place by place.
    """

    asset: Q = field(default_factory=Q)
    further: Narrow | None = None
    agency: Agency | None = None
    states: frozenset[AssetState] = frozenset(AssetState)
    audiences: frozenset[Audience] = frozenset(Audience)
    inside: bool = False
    selective: bool = False

    def narrow(self, rows: AssetQuerySet) -> AssetQuerySet:
        rows = rows.filter(self.asset)
        return rows if self.further is None else self.further(rows)


@dataclass(frozen=True, kw_only=True)
class Sought:
    """The first ``count`` ids of what is wanted, in the arms."""

    arms: tuple[Arm, ...]
    wanted: Wanted
    ordering: str
    count: int

    def rows(self, bounds: Mapping[str, Any]) -> "QuerySet[Any, Any] | None":
        """As a query; None where there is nowhere to look."""
        found = [self._first(arm, bounds) for arm in self.arms]
        if not found:
            return None
        first, *others = found
        if not others:
            return first
        return first.union(*others).order_by(self._by_first)[: self.count]

    def _first(self, arm: Arm, bounds: Mapping[str, Any]) -> "QuerySet[Any, Any]":
        rows = self.wanted.narrow(Asset.objects.all()).filter(arm.condition, **bounds)
        if arm.agencies is None:
            return rows.order_by(self.ordering).values(first=F("pk"))[: self.count]
        rows = rows.filter(**{"shares__agency" if arm.shared else "agency": OuterRef("pk")})
        first = ArraySubquery(rows.order_by(self.ordering).values("pk")[: self.count])
        # the type is said because Django writes a bare NULL for what it knows to be empty
        each = Func(first, template="unnest(%(expressions)s::uuid[])", output_field=UUIDField())
        rows_of_all = Agency.objects.filter(pk__any_of=arm.agencies).annotate(first=each).values("first")
        # what is shared with several of them is found in each; counted twice, it would take the place of another one
        return rows_of_all.distinct().order_by(self._by_first)[: self.count]

    @property
    def _by_first(self) -> str:
        return "-first" if self.ordering.startswith("-") else "first"
