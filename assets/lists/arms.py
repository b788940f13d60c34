"""Where somebody sees anything of what a list asks for."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import reduce
from itertools import product
from operator import or_
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from assets.lists.sought import Arm, Wanted
from assets.models import AssetShare
from permissions.actor import Actor
from permissions.rows import Place, agencies_below, condition_of, few_below, places
from permissions.vocabulary import AssetState, Audience

MOST_AGENCIES = 400
"""So many agencies are asked one by one for their newest; more of them hold so much of everything that all assets are
gone through in order."""
FEW_STATES = 2
MOST_SHARED = 40
"""The same of what is shared with agencies, which more rows are read for."""


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
            self._known[key] = few_below(key, most=MOST_AGENCIES)
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
