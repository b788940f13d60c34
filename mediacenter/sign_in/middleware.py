"""What is looked at in each request of a signed-in person: when the session was last used, and the second factor."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from api.errors import plain_problem
from permissions.actor import actor_for_user
from permissions.models import User
from permissions.usecases.second_factors import must_add_factor
from permissions.usecases.sessions import session_seen

Answer = Callable[[HttpRequest], HttpResponse]
ALLOWED = frozenset(
    {
        "web:account",
        "web:password-change",
        "web:factor-totp",
        "web:factor-key",
        "web:recovery-codes",
        "web:session-end",
        "web:sessions-end",
        "web:logout",
        "web:language",
        "account_reauthenticate",
        "media-signed",
        "media-public",
        "store-part",
        "healthz",
        "readyz",
    }
)
"""Routes that a session without the second factor it needs may still use: to add one, to leave, and those that know
of no session."""


class SessionSeenMiddleware:
    """Keeps the list of sessions true: last used when, and from where."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if key is not None and request.user.is_authenticated:
            session_seen(key=key, address=get_adapter(request).get_client_ip(request))
        return self.get_response(request)


class SecondFactorMiddleware:
    """``MFA_REQUIRED_FOR``: until they have a second factor, such people's sessions are good for adding one, only.

    Tokens are not sessions: they go on working, as they were made by somebody who was let in.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        name = match.view_name if match else ""
        if name in ALLOWED or not settings.MFA_REQUIRED_FOR or not isinstance(request.user, User):
            return None
        machine = name.startswith("api:")
        if machine and request.headers.get("Authorization", "").lower().startswith("bearer "):
            return None
        actor = actor_for_user(request.user)
        if not must_add_factor(user=request.user, actor=actor, required_for=settings.MFA_REQUIRED_FOR):
            return None
        if machine:
            return plain_problem(403, "second_factor_required", "Your role needs a second factor: add one at /account.")
        return HttpResponseRedirect(reverse("web:account"))
