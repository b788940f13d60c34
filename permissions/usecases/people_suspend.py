"""Shut a person out of the whole platform, and let them in again."""

from uuid import UUID

from django.db import transaction

from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict, NotFound
from permissions.models import User
from permissions.usecases.administration import require_operator
from permissions.usecases.sessions import end_sessions


class Oneself(Conflict):
    """Nobody suspends themselves."""

    code = "suspend_oneself"


def suspend_person(*, user_id: UUID, by: Actor) -> User:
    """From now on the person is nobody: no session, no token of theirs, no sign-in. Takes an operator. Idempotent.

    Raises ``NotAllowed``, :class:`NotFound`, or :class:`Oneself`. An agency may be left without an administrator:
    operators can appoint one.
    """
    return _set_active(user_id, by, active=False)


def reactivate_person(*, user_id: UUID, by: Actor) -> User:
    """The person is who they were. Takes an operator. Idempotent."""
    return _set_active(user_id, by, active=True)


@transaction.atomic
def _set_active(user_id: UUID, by: Actor, *, active: bool) -> User:
    require_operator(by)
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise NotFound("There is no such person.")
    if user.pk == by.user_id and not active:
        raise Oneself("Another operator must suspend you.")
    if user.is_active == active:
        return user
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        end_sessions(of=user, by=by)  # else they would come back to life with the person
    act = "person.reactivated" if active else "person.suspended"
    record(act, by=by, target=user.pk, before=not active, after=active)
    return user
