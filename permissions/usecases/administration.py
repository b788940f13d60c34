"""What every act of delegated administration keeps: nobody gives more than they have, and somebody is left."""

from django.utils.translation import gettext as _

from permissions.actor import Actor
from permissions.errors import Conflict, NotAllowed
from permissions.models import Agency, Membership
from permissions.policy import Decision
from permissions.reasons import require
from permissions.tree import ancestors_of, lock_agencies
from permissions.vocabulary import PlatformRole, Reason, Role, Scope


class LastAdministrator(Conflict):
    """Without this person nobody would administer the agency: there is no other, and nobody above it."""

    code = "last_administrator"


def require_operator(by: Actor) -> None:
    """``NotAllowed`` for everybody but an operator, and for a token of theirs without ``agencies:manage``."""
    if by.is_anonymous:
        require(Decision(Reason.NOT_SIGNED_IN))
    if by.platform_role is not PlatformRole.OPERATOR:
        require(Decision(Reason.ROLE_TOO_LOW))
    if not by.has_scope(Scope.MANAGE):
        require(Decision(Reason.SCOPE_MISSING))


def require_not_above(by: Actor, agency: Agency, role: Role) -> None:
    """``NotAllowed`` when the actor's own role in the agency is lower; an operator gives every role."""
    own = by.role_at(agency.path)
    if by.platform_role is not PlatformRole.OPERATOR and (own is None or not own.includes(role)):
        raise NotAllowed(_("Nobody gives a role above their own."), code="role_above_own")


def lock_administration(agency: Agency) -> None:
    """Take turns, in the whole tree that the agency is in, with whoever else takes administrators away."""
    lock_agencies([next(iter(ancestors_of(agency.path)), agency.pk)])


def require_another_administrator(leaving: Membership) -> None:
    """:class:`LastAdministrator` when this membership is the only one that administers its agency.

    Call after :func:`lock_administration`. Administrators of agencies above count; who is suspended does not.
    """
    if leaving.role != Role.AGENCY_ADMIN or leaving.suspended_at is not None:
        return
    others = Membership.objects.filter(
        agency_id__in=[*ancestors_of(leaving.agency.path), leaving.agency_id],
        role=Role.AGENCY_ADMIN,
        suspended_at__isnull=True,
        user__is_active=True,
        agency__is_active=True,
    ).exclude(pk=leaving.pk)
    if not others.exists():
        raise LastAdministrator(_("Nobody else administers this agency. Appoint another administrator first."))
