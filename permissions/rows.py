"""The policy as a row filter. Only querysets named ``visible_to`` use it; a view never filters by agency itself."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Func, Lookup, Q, QuerySet, UUIDField

from permissions.actor import Actor
from permissions.models import Agency
from permissions.policy import (
    INSIDER,
    ONCE_PUBLISHED,
    PLATFORM_ROLES_FOR,
    ROLE_FOR,
    SEES_ALL_ONCE_PUBLISHED,
    SEES_EVERYTHING,
)
from permissions.prepared import prepared_rows
from permissions.vocabulary import Action, AssetState, Audience, Role, Scope

NOTHING = Q(pk__in=())
EVERYTHING = ~NOTHING
KEPT = Q(deleted_at__isnull=True)
"""Not in the trash."""

FEW = 4
"""So many prefixes the planner weighs quickly, and well."""


def followed(actor: Actor, path: str) -> Q:
    """Of what the actor sees, the rows that ``policy.can(actor, FOLLOW, …)`` allows; ``path`` is the field with the
    path of the owning agency."""
    if actor.platform_role in PLATFORM_ROLES_FOR[Action.FOLLOW]:
        return EVERYTHING
    return below([grant.path for grant in actor.grants if grant.role.includes(ROLE_FOR[Action.FOLLOW])], path)


_SUBTREES = (
    "FROM unnest(%s::text[]) AS top (path) JOIN permissions_agency below"
    """ ON below.path >= (top.path COLLATE "C") AND below.path < ((top.path || '~') COLLATE "C")"""
)


@UUIDField.register_lookup
class BelowAny(Lookup):
    """``agency__pk__below_any=paths``: the id of an agency in the subtree of one of these paths, however many.

    One parameter instead of a condition for each path, which the planner would weigh one by one; each path is a range
    of the index, found once a query.
    """

    lookup_name = "below_any"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} IN ({self.BELOW})", (*parameters, list(self.rhs))

    BELOW = f"SELECT below.id {_SUBTREES}"


@UUIDField.register_lookup
class AnyOf(Lookup):
    """``pk__any_of=ids``: as ``in``, with one parameter for however many, so that the statement's text is the same."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", (*parameters, list(self.rhs))


def below(paths: Sequence[str], field: str) -> Q:
    """Rows whose agency, with its path in ``field``, lies in the subtree of one of ``paths``; no paths, no rows."""
    tops = topmost(paths)
    if len(tops) > FEW:
        return Q(**{field.removesuffix("path") + "pk__below_any": tops})
    return reduce(or_, (Q(**{f"{field}__startswith": top}) for top in tops), NOTHING)


def agencies_below(paths: Sequence[str]) -> Q:
    """The same of the column ``agency``, without a join to the agencies of all rows: they are looked up once."""
    tops = topmost(paths)
    if not tops or len(tops) > FEW:
        return below(tops, "agency__path")
    return Q(agency__in=Agency.objects.filter(below(tops, "path")).order_by().values("pk"))


def few_below(paths: Sequence[str], *, most: int) -> dict[UUID, str] | None:
    """The agencies in the subtrees of ``paths`` with their own; None when they are more than ``most``."""
    found = dict(prepared_rows(f"SELECT below.id, below.path {_SUBTREES} LIMIT %s", [topmost(paths), most + 1]))
    return found if len(found) <= most else None


def owners_below(paths: Sequence[str]) -> QuerySet[Agency, Any]:
    """The ids of the agencies whose past belongs to the subtrees of ``paths``: those that lie there, and those that
    were merged into one of them. A merged one counts where it went, and no longer where it was."""
    there = Q(merged_into=None) & below(paths, "path")
    return Agency.objects.filter(there | below(paths, "merged_into__path")).order_by().values("pk")


def topmost(paths: Sequence[str]) -> list[str]:
    """The paths without those that lie below another one of them, in order."""
    tops: list[str] = []
    for path in sorted(paths):
        if not tops or not path.startswith(tops[-1]):
            tops.append(path)
    return tops


@dataclass(frozen=True, kw_only=True)
class Place:
    """One way to come to see an asset: below ``within`` (None: wherever), in one of these states, of one of these
    audiences, in its window if ``in_window``, and if ``shared_below``, shared with an agency below one of those paths.

    Everything that decides is a place, so that lists can look into each by itself (``assets/lists``).
    """

    within: tuple[str, ...] | None = None
    states: frozenset[AssetState] = frozenset(AssetState)
    audiences: frozenset[Audience] = frozenset(Audience)
    in_window: bool = False
    shared_below: tuple[str, ...] | None = None


def places(actor: Actor) -> tuple[Place, ...]:
    """The places that together hold the assets that ``policy.can(actor, VIEW, …)`` allows; they may overlap."""
    if not actor.has_scope(Scope.READ):
        return ()
    if actor.platform_role in SEES_EVERYTHING:
        return (Place(),)
    as_insider = topmost([grant.path for grant in actor.grants if grant.role.includes(INSIDER)])
    found = [Place(within=tuple(as_insider))] if as_insider else []
    if actor.platform_role in SEES_ALL_ONCE_PUBLISHED:
        return (*found, Place(states=ONCE_PUBLISHED))
    everywhere = topmost([grant.path for grant in actor.grants])
    as_reader = [path for path in everywhere if not path.startswith(tuple(as_insider))]
    open_to = {Audience.PUBLIC, Audience.NETWORK} if actor.is_network_member else {Audience.PUBLIC}
    published = Place(states=frozenset({AssetState.PUBLISHED}), in_window=True)
    found.append(replace(published, audiences=frozenset(open_to)))
    if as_reader:
        found.append(replace(published, within=tuple(as_reader)))
    if everywhere:
        shared = frozenset({Audience.SHARED})
        found.append(replace(published, audiences=shared, shared_below=tuple(everywhere)))
    return tuple(found)


def visible_assets(
    actor: Actor,
    *,
    shared_below: Callable[[Sequence[str]], Q],
    states: AbstractSet[AssetState] = frozenset(AssetState),
) -> Q:
    """The assets that ``policy.can(actor, VIEW, …)`` allows, by the database's clock; those in ``states``.

    ``shared_below`` gives the condition "shared with an agency below one of these paths"; ``assets`` knows how to ask.
    """
    found = [replace(place, states=place.states & states) for place in places(actor) if place.states & states]
    open_now = [replace(place, in_window=False) for place in found if place.in_window]
    kept = [place for place in found if not place.in_window]
    visible = reduce(or_, (_condition(place, shared_below) for place in kept), NOTHING)
    return visible | (in_window() & reduce(or_, (_condition(place, shared_below) for place in open_now), NOTHING))


def _condition(place: Place, shared_below: Callable[[Sequence[str]], Q]) -> Q:
    condition = condition_of(place)
    if place.within is not None:
        condition &= agencies_below(place.within)
    return condition if place.shared_below is None else condition & shared_below(place.shared_below)


def condition_of(place: Place) -> Q:
    """What is asked of the asset's own columns: state, audience and window, and that it is not in the trash."""
    condition = KEPT
    if place.states < frozenset(AssetState):
        condition &= _one_of("state", place.states)
    if place.audiences < frozenset(Audience):
        condition &= _one_of("audience", place.audiences)
    if place.in_window:
        condition &= in_window()
    return condition


def _one_of(field: str, values: frozenset[Any]) -> Q:
    return Q(**{f"{field}__in": sorted(values)}) if len(values) != 1 else Q(**{field: next(iter(values))})


def in_window() -> Q:
    """``policy.in_window``, by the database's clock."""
    return Q(InWindow())


def has_values(condition: Q) -> bool:
    """Whether it compares columns with values and nothing else: equal ones are the same statement, whatever the
    database holds."""
    return all(
        has_values(child) if isinstance(child, Q) else isinstance(child, InWindow) or _is_pair(child)
        for child in condition.children
    )


def _is_pair(child: Any) -> bool:
    """A field and a value, rather than an expression."""
    return isinstance(child, tuple) and _is_value(child[1])


def _is_value(value: Any) -> bool:
    if isinstance(value, (list, tuple, frozenset)):
        return all(map(_is_value, value))
    return isinstance(value, (str, int, UUID, datetime, type(None)))


class InWindow(Func):
    """One expression instead of nine conditions: each list asks it several times, and Django takes long over each."""

    output_field = BooleanField()

    def __init__(self, **extra: Any) -> None:
        columns = ("embargo_until", "rights_end", "consent_ends", "release_required", "has_release", "audience")
        super().__init__(*columns, **extra)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple[Any, ...]]:  # type: ignore[override]  # noqa: ARG002
        embargo, rights, consent, required, given, audience = (
            compiler.compile(each)[0] for each in self.get_source_expressions()
        )
        return (
            f"(({embargo} IS NULL OR {embargo} <= STATEMENT_TIMESTAMP())"
            f" AND ({rights} IS NULL OR {rights} > STATEMENT_TIMESTAMP())"
            f" AND ({consent} IS NULL OR {consent} > STATEMENT_TIMESTAMP())"
            f" AND (NOT {required} OR {given} OR {audience} = %s))",
            (str(Audience.AGENCY),),
        )


def trashed_assets(actor: Actor) -> Q:
    """The assets that ``policy.sees_in_trash`` lets this actor find."""
    if not actor.has_scope(Scope.READ):
        return NOTHING
    lying = Q(deleted_at__isnull=False, purging_at__isnull=True)
    if actor.platform_role in SEES_EVERYTHING:
        return lying
    mine = NOTHING
    if actor.user_id is not None:
        inside = below([grant.path for grant in actor.grants if grant.role.includes(INSIDER)], "agency__path")
        mine = inside & (Q(created_by=actor.user_id) | Q(makers__contains=[actor.user_id]))
    editing = [grant.path for grant in actor.grants if grant.role.includes(Role.EDITOR)]
    return lying & (mine | below(editing, "agency__path"))
