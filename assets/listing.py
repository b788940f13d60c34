"""Pages of the newest assets that somebody may see, at any size of the warehouse.

A row filter makes a page cheap only where most rows pass it: for somebody who sees twelve drafts among a million assets
all of them would be searched. So a page is put together from the newest rows of the few places where the reader sees
anything (``permissions.rows.places``), each read in the order of an index and no further than the page needs, and
``visible_to`` judges what is found. ``docs/decisions/0017`` has the measurements.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import product
from operator import or_
from typing import Any, Self
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, OuterRef, Q, QuerySet, Subquery, UUIDField, Value
from django.db.models.functions import Coalesce

from assets.listed import listed
from assets.models import Asset, AssetQuerySet, AssetShare
from permissions.actor import Actor
from permissions.models import Agency
from permissions.rows import Place, agencies_below, below, condition_of, places
from permissions.vocabulary import AssetState, Audience

MOST_AGENCIES = 400
"""So many agencies are asked one by one for their newest; more of them hold so much of everything that all assets are
gone through in order."""
FEW_STATES = 2
MOST_SHARED = 40
"""The same of what is shared with agencies, which more rows are read for."""

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
    """What a list asks for. ``condition`` is all of it but ``agency``, a subtree; states and audiences are there too,
    and here because they say where to look. ``inside``: only where the actor sees without regard to windows.

    ``selective``: an index finds what the condition asks for, so that it is better asked once than place by place.
    """

    condition: Narrow
    agency: Agency | None = None
    states: frozenset[AssetState] = frozenset(AssetState)
    audiences: frozenset[Audience] = frozenset(Audience)
    inside: bool = False
    selective: bool = False


@dataclass(frozen=True, kw_only=True)
class Newest:
    """The works that the actor may see and that fit, by id, as lists tell them: as much of a queryset as cursor pages ask
    for."""

    actor: Actor
    wanted: Wanted
    ordering: str = "-pk"
    bounds: Q = field(default_factory=Q)

    def order_by(self, ordering: str) -> Self:
        return replace(self, ordering=ordering)

    def filter(self, **bounds: Any) -> Self:
        """Bounds of the id."""
        return replace(self, bounds=self.bounds & Q(**bounds))

    def __getitem__(self, window: slice) -> Sequence[Any]:
        found = self.ids(window.stop)
        return listed(self.actor, [row["first"] for row in found[window]] if found is not None else [])

    def ids(self, count: int) -> "QuerySet[Any, Any] | None":
        """The first ids, as a query; None where there is nowhere to look."""
        found = [self._first(arm, count) for arm in arms_for(self.actor, self.wanted)]
        if not found:
            return None
        first, *others = found
        if not others:
            return first
        return first.union(*others).order_by(self._by_first)[:count]

    def _first(self, arm: Arm, count: int) -> "QuerySet[Any, Any]":
        rows = self.wanted.condition(Asset.objects.all()).filter(self.bounds, arm.condition)
        if arm.agencies is None:
            return rows.order_by(self.ordering).values(first=F("pk"))[:count]
        rows = rows.filter(**{"shares__agency" if arm.shared else "agency": OuterRef("pk")})
        first = ArraySubquery(rows.order_by(self.ordering).values("pk")[:count])
        # the type is said because Django writes a bare NULL for what it knows to be empty
        each = Func(first, template="unnest(%(expressions)s::uuid[])", output_field=UUIDField())
        rows_of_all = Agency.objects.filter(pk__in=arm.agencies).annotate(first=each).values("first")
        # what is shared with several of them is found in each; counted twice, it would take the place of another one
        return rows_of_all.distinct().order_by(self._by_first)[:count]

    @property
    def _by_first(self) -> str:
        return "-first" if self.ordering.startswith("-") else "first"


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


def arms_for(actor: Actor, wanted: Wanted) -> list[Arm]:
    """Where to look for what is wanted; together they hold all of it that the actor may see."""
    possible = [
        replace(place, states=place.states & wanted.states, audiences=place.audiences & wanted.audiences)
        for place in places(actor)
        if place.states & wanted.states
        and place.audiences & wanted.audiences
        and not (wanted.inside and place.in_window)
    ]
    tree = Tree()
    within = tree.below([wanted.agency.path]) if wanted.agency is not None and possible else None
    if within is not None:
        arms = _in_agencies(within, possible)
    else:
        above = agencies_below([wanted.agency.path]) if wanted.agency is not None else Q()
        arms = [replace(arm, condition=arm.condition & above) for place in possible for arm in _arms_of(place, tree)]
    return [_at_once(arms)] if wanted.selective and arms else arms


class Tree:
    """Looks up each subtree once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], dict[UUID, str] | None] = {}

    def below(self, tops: Sequence[str]) -> dict[UUID, str] | None:
        """The agencies with their paths; None when they are more than can be asked one by one."""
        key = tuple(tops)
        if key not in self._known:
            rows = Agency.objects.filter(below(tops, "path")).order_by().values_list("pk", "path")
            found = dict(rows[: MOST_AGENCIES + 1])
            self._known[key] = found if len(found) <= MOST_AGENCIES else None
        return self._known[key]


def _at_once(arms: list[Arm]) -> Arm:
    """One condition, with the agencies by their ids, so that the planner knows how much each part of it holds."""

    def whole(arm: Arm) -> Q:
        if arm.agencies is None:
            return arm.condition
        return arm.condition & (_shared_with(Q(agency__in=arm.agencies)) if arm.shared else Q(agency__in=arm.agencies))

    return Arm(condition=reduce(or_, map(whole, arms)))


def _in_agencies(paths: dict[UUID, str], possible: list[Place]) -> list[Arm]:
    """Each agency is asked once for each state: by all the places that reach it."""
    reached: dict[tuple[Place, ...], set[UUID]] = {}
    for pk, path in paths.items():
        reaching = tuple(place for place in possible if place.within is None or path.startswith(place.within))
        if reaching:
            reached.setdefault(reaching, set()).add(pk)
    arms = []
    for reaching, agencies in reached.items():
        for state in _told_apart(frozenset[AssetState]().union(*(place.states for place in reaching))):
            fitting = [_narrowed(place, state) for place in reaching]
            condition = reduce(or_, (condition_of(place) & _shared(place) for place in fitting if place.states))
            only = Q() if state is None else Q(state=state)
            arms.append(Arm(condition=only & condition, agencies=frozenset(agencies)))
    return arms


def _told_apart(states: frozenset[AssetState]) -> list[AssetState] | list[None]:
    """Each of a few states by itself, so that an index in the order of ids answers; None for many at once."""
    return sorted(states) if len(states) <= FEW_STATES else [None]


def _arms_of(place: Place, tree: Tree) -> list[Arm]:
    tops = place.within or place.shared_below
    found = tree.below(tops) if tops is not None else None
    shared = place.shared_below is not None
    if found is not None and not (shared and len(found) > MOST_SHARED):
        return [
            Arm(condition=condition_of(_narrowed(place, state)), agencies=frozenset(found), shared=shared)
            for state in _told_apart(place.states)
        ]
    condition = _shared(place, found)
    if place.within is not None:
        condition &= agencies_below(place.within)
    if len(place.states) > FEW_STATES:
        return [Arm(condition=condition & condition_of(place))]
    pairs = product(sorted(place.states), sorted(place.audiences))
    return [Arm(condition=condition & condition_of(_narrowed(place, state, audience))) for state, audience in pairs]


def _narrowed(place: Place, state: AssetState | None, audience: Audience | None = None) -> Place:
    if state is not None:
        place = replace(place, states=place.states & {state})
    return place if audience is None else replace(place, audiences=place.audiences & {audience})


def _shared(place: Place, agencies: Collection[UUID] | None = None) -> Q:
    """``agencies``: those below the place's paths, where they are known."""
    if place.shared_below is None:
        return Q()
    return _shared_with(agencies_below(place.shared_below) if agencies is None else Q(agency__in=agencies))


def _shared_with(agencies: Q) -> Q:
    """Asked of one row after the other, in the list's order. As a join, which EXISTS would become, it is planned for a
    twentieth of the rows that there are: shares are not spread over all assets but over the shared ones."""
    found = AssetShare.objects.filter(agencies, asset=OuterRef("pk")).annotate(there=Value(True)).values("there")[:1]
    return Q(Coalesce(Subquery(found), Value(False)))
