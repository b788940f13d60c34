"""What an operator does about a person: shut them out or let them in, take away second factors that they lost."""

from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict, Invalid, NotFound
from permissions.models import User
from permissions.usecases.administration import require_operator
from permissions.usecases.people_suspend import reactivate_person, suspend_person
from permissions.usecases.sessions import end_sessions


class ResetOneself(Conflict):
    """Nobody gets around their own second factor: not who found their session open either."""

    code = "reset_oneself"


@transaction.atomic
def change_person(*, user_id: UUID, by: Actor, active: bool | None = None, reset: bool = False) -> User:
    """Suspension and second factors together, or neither. :class:`Invalid` without either."""
    if active is None and not reset:
        raise Invalid(_("Say what is to change."))
    if active is not None:
        change = reactivate_person if active else suspend_person
        user = change(user_id=user_id, by=by)
    if reset:
        user = reset_factors(user_id=user_id, by=by)
    return user


@transaction.atomic
def reset_factors(*, user_id: UUID, by: Actor | None) -> User:
    """Take away all second factors and recovery codes of somebody who lost them, and end the person's sessions.

    They sign in by the first step alone until they add a factor again; where their role needs one, they can do nothing
    else before. Takes an operator; ``by`` None is the installation itself. Idempotent: without any factor it writes
    nothing. Raises ``NotAllowed``, :class:`NotFound`, or :class:`ResetOneself`.
    """
    if by is not None:
        require_operator(by)
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound(_("There is no such person."))
    if by is not None and user.pk == by.user_id:
        raise ResetOneself(_("Another operator must reset your second factors."))
    factors = sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    if factors:
        Authenticator.objects.filter(user=user).delete()
        record("second_factor.reset", by=by, target=user.pk, factors=factors)
        end_sessions(of=user, by=by)
    return user
