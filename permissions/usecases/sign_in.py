"""What the record says of signing in. The checking itself is Django's, django-allauth's and the throttle's."""

from django.db import transaction

from permissions.actor import actor_for_user
from permissions.audit import record
from permissions.models import User
from permissions.usecases.sessions import begin_session

ALWAYS_RECORDED = 5
"""Failures in a row up to this one are each in the record; then every power of two: guessing cannot flood it."""


@transaction.atomic
def signed_in(*, user: User, methods: list[str], session_key: str, address: str, user_agent: str) -> None:
    """A person got in; ``methods`` in the order of use (``password``, ``totp``, ``webauthn``, ``oidc`` …)."""
    begin_session(user=user, key=session_key, address=address, user_agent=user_agent)
    record("sign_in.succeeded", by=actor_for_user(user), target=user.pk, methods=methods)


def sign_in_failed(*, email: str, number: int, method: str) -> None:
    """A password or code for this address was wrong, the ``number``-th in a row. Unknown addresses are not recorded."""
    if number > ALWAYS_RECORDED and number & (number - 1):
        return
    user = User.objects.filter(email__iexact=email).only("pk").first()
    if user is not None:
        record("sign_in.failed", by=None, target=user.pk, method=method, number=number)
