"""What pages of lists are cut from: the newest that somebody may see, in either direction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from django.db.models import QuerySet

from assets.lists.arms import arms_for
from assets.lists.listed import listed
from assets.lists.sought import Narrow, Sought, Wanted
from assets.lists.statements import first_ids
from assets.models import Asset
from permissions.actor import Actor


@dataclass(frozen=True, kw_only=True)
class Newest:
    """The works that the actor may see and that fit, by id, as lists tell them: as much of a queryset as cursor pages
    ask for."""

    actor: Actor
    wanted: Wanted
    ordering: str = "-pk"
    bounds: tuple[tuple[str, Any], ...] = ()

    def order_by(self, ordering: str) -> Self:
        return replace(self, ordering=ordering)

    def filter(self, **bounds: Any) -> Self:
        """Bounds of the id."""
        return replace(self, bounds=(*self.bounds, *bounds.items()))

    def __getitem__(self, window: slice) -> Sequence[Any]:
        return listed(self.actor, first_ids(self._sought(window.stop), self.bounds)[window])

    def ids(self, count: int) -> "QuerySet[Any, Any] | None":
        """The first ids, as a query; None where there is nowhere to look."""
        return self._sought(count).rows(self.bounds)

    def _sought(self, count: int) -> Sought:
        arms = tuple(arms_for(self.actor, self.wanted))
        return Sought(arms=arms, wanted=self.wanted, ordering=self.ordering, count=count)


@dataclass(frozen=True, kw_only=True)
class NewestRows(Newest):
    """The same as rows, to which ``shown`` adds what the page needs of each."""

    shown: Narrow

    def __getitem__(self, window: slice) -> list[Asset]:
        found = self.ids(window.stop)
        if found is None:
            return []
        visible = Asset.objects.visible_to(self.actor).filter(pk__in=found)
        return list(self.shown(visible).order_by(self.ordering)[window])
