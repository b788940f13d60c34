"""The policy as a row filter. Only querysets named ``visible_to`` use it; a view never filters by agency itself."""

from collections.abc import Callable

from django.db.models import Q
from django.db.models.functions import Now

from permissions.actor import Actor
from permissions.policy import (
    INSIDER,
    ONCE_PUBLISHED,
    PLATFORM_ROLES_FOR,
    ROLE_FOR,
    SEES_ALL_ONCE_PUBLISHED,
    SEES_EVERYTHING,
)
from permissions.vocabulary import Action, AssetState, Audience, Scope

NOTHING = Q(pk__in=())
EVERYTHING = ~NOTHING


def below(paths: list[str], field: str) -> Q:
    """Rows whose path in ``field`` lies in the subtree of one of ``paths``; no paths, no rows."""
    condition = NOTHING
    for path in paths:
        condition |= Q(**{f"{field}__startswith": path})
    return condition


def followed(actor: Actor, path: str) -> Q:
    """Of what the actor sees, the rows that ``policy.can(actor, FOLLOW, …)`` allows; ``path`` is the field with the
    path of the owning agency."""
    if actor.platform_role in PLATFORM_ROLES_FOR[Action.FOLLOW]:
        return EVERYTHING
    return below([grant.path for grant in actor.grants if grant.role.includes(ROLE_FOR[Action.FOLLOW])], path)


def visible_assets(actor: Actor, *, shared_below: Callable[[list[str]], Q]) -> Q:
    """The assets that ``policy.can(actor, VIEW, …)`` allows, by the database's clock.

    ``shared_below`` gives the condition "shared with an agency below one of these paths"; ``assets`` knows how to ask.
    """
    if not actor.has_scope(Scope.READ):
        return NOTHING
    if actor.platform_role in SEES_EVERYTHING:
        return EVERYTHING
    everywhere = [grant.path for grant in actor.grants]
    as_insider = [grant.path for grant in actor.grants if grant.role.includes(INSIDER)]
    audience = Q(audience=Audience.PUBLIC) | below(everywhere, "agency__path")
    if actor.is_network_member:
        audience |= Q(audience=Audience.NETWORK)
    audience |= Q(audience=Audience.SHARED) & shared_below(everywhere)
    in_window = (
        (Q(embargo_until__isnull=True) | Q(embargo_until__lte=Now()))
        & (Q(rights_end__isnull=True) | Q(rights_end__gt=Now()))
        & (Q(consent_ends__isnull=True) | Q(consent_ends__gt=Now()))
        & (Q(release_required=False) | Q(has_release=True) | Q(audience=Audience.AGENCY))
    )
    visible = below(as_insider, "agency__path") | (Q(state=AssetState.PUBLISHED) & in_window & audience)
    if actor.platform_role in SEES_ALL_ONCE_PUBLISHED:
        visible |= Q(state__in=ONCE_PUBLISHED)
    return visible
