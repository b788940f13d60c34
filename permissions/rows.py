"""The policy as a row filter. Only querysets named ``visible_to`` use it; a view never filters by agency itself."""

from collections.abc import Callable

from django.db.models import Q
from django.db.models.functions import Now

from permissions.actor import Actor
from permissions.policy import INSIDER, ONCE_PUBLISHED, SEES_ALL_ONCE_PUBLISHED, SEES_EVERYTHING
from permissions.vocabulary import AssetState, Audience, Role, Scope

NOTHING = Q(pk__in=())
EVERYTHING = ~NOTHING
KEPT = Q(deleted_at__isnull=True)
"""Not in the trash."""


def below(paths: list[str], field: str) -> Q:
    """Rows whose path in ``field`` lies in the subtree of one of ``paths``; no paths, no rows."""
    condition = NOTHING
    for path in paths:
        condition |= Q(**{f"{field}__startswith": path})
    return condition


def visible_assets(actor: Actor, *, shared_below: Callable[[list[str]], Q]) -> Q:
    """The assets that ``policy.can(actor, VIEW, …)`` allows, by the database's clock.

    ``shared_below`` gives the condition "shared with an agency below one of these paths"; ``assets`` knows how to ask.
    """
    if not actor.has_scope(Scope.READ):
        return NOTHING
    if actor.platform_role in SEES_EVERYTHING:
        return KEPT
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
    return KEPT & visible


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
