"""Changing one's password, and getting a new one when it is lost."""

from uuid import UUID, uuid4

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from permissions.actor import Actor, actor_for_user
from permissions.audit import record
from permissions.errors import Invalid
from permissions.models import User
from permissions.usecases.sessions import end_sessions
from permissions.usecases.throttle import MAIL, attempt


@transaction.atomic
def change_password(*, user: User, by: Actor | None, password: str, keep_session: str | None, how: str) -> None:
    """Set a new password and end the person's other sessions. ``how``: ``changed`` (the old was known) or ``reset``.

    Raises :class:`Invalid` with ``fields`` when the password is too easy to guess.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    try:
        validate_password(password, locked)
    except ValidationError as error:
        raise Invalid("This password cannot be used.", fields={"password": error.messages}) from error
    locked.set_password(password)
    locked.save(update_fields=["password"])
    user.password = locked.password
    end_sessions(of=locked, by=by, keep=keep_session)
    record(f"password.{how}", by=by or actor_for_user(locked), target=locked.pk)


def person_to_mail(*, email: str) -> UUID:
    """Whom to send a link for a new password; an id that nobody has where none is to be sent.

    The caller queues a job for the id either way, so that nothing differs between known and unknown addresses. Only
    active people with a password get one: who signs in elsewhere must not get around it.
    """
    folded = email.strip().lower()
    let_through = attempt(purpose="reset", name=folded, patience=MAIL).allowed
    user = User.objects.filter(email__iexact=folded, is_active=True).first()
    if user is None or not let_through or not user.has_usable_password():
        return uuid4()
    return user.pk
