"""Which assets an actor may edit, as a row filter: for lists of work. ``policy.can(…, EDIT, …)`` decides each act, and
``tests/permissions/test_editable_agreement.py`` proves that the two agree."""

from django.db.models import Q

from permissions.actor import Actor
from permissions.policy import CONTRIBUTOR_EDITS, PLATFORM_ROLES_FOR, ROLE_FOR, STATES_FOR
from permissions.rows import NOTHING, below
from permissions.vocabulary import Action, Role, Scope


def editable_assets(actor: Actor) -> Q:
    """To be combined with the filter of what is visible, which it does not repeat."""
    if actor.is_anonymous or not actor.has_scope(Scope.WRITE):
        return NOTHING
    states = STATES_FOR[Action.EDIT]
    if actor.platform_role in PLATFORM_ROLES_FOR[Action.EDIT]:
        return Q(state__in=states)
    able = [grant for grant in actor.grants if grant.role.includes(ROLE_FOR[Action.EDIT])]
    every = below([grant.path for grant in able], "agency__path") & Q(state__in=states & CONTRIBUTOR_EDITS)
    more = [grant.path for grant in able if grant.role is not Role.CONTRIBUTOR]
    return every | (below(more, "agency__path") & Q(state__in=states))
