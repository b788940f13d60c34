"""Who calls: a token in the ``Authorization`` header, or the site's session (with CSRF protection)."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from permissions.actor import ANONYMOUS, Actor, actor_for_user
from permissions.models import ApiToken, User
from permissions.usecases.clients import recognise_access
from permissions.usecases.tokens import owner_of, recognise


@dataclass(frozen=True)
class Credentials:
    """What authentication found; ``token`` None for a session."""

    actor: Actor
    token: ApiToken | None = None


class BearerTokenAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer mc_…``, or ``mca_…`` of an OAuth client.

    An unusable token is 401, never silently anonymous.
    """

    def authenticate(self, request: Request) -> tuple[User, Credentials] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        secret = secret.strip()
        token, actor = recognise_access(secret) if secret.startswith("mca_") else recognise(secret)
        if token is None:
            raise exceptions.AuthenticationFailed("This token is unknown, revoked or expired.")
        return owner_of(token), Credentials(actor=actor, token=token)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return 'Bearer realm="mediacenter"'


class CsrfFailed(exceptions.PermissionDenied):
    """A request by session that does not prove to come from our own pages."""


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session; unsafe methods need the CSRF token."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise CsrfFailed("Send the CSRF cookie's value as X-CSRFToken.") from error

    def authenticate(self, request: Request) -> tuple[User, Credentials] | None:
        found = super().authenticate(request)
        if found is None or not isinstance(found[0], User):
            return None
        return found[0], Credentials(actor=actor_for_user(found[0]))


def credentials_of(request: Request) -> Credentials:
    """The caller's credentials; anonymous ones when there are none."""
    return request.auth if isinstance(request.auth, Credentials) else Credentials(actor=ANONYMOUS)


def user_of(request: Request) -> User | None:
    return None if isinstance(request.user, AnonymousUser) else request.user
