"""django-allauth's hooks: which stages a sign-in has, how secrets are kept, who is let in by the identity provider."""

import base64
from hashlib import sha256
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.account.utils import get_login_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from mediacenter.sign_in import pages
from permissions.errors import NotAllowed
from permissions.models import User
from permissions.usecases.identities import admit, parse_group_roles
from permissions.usecases.sign_in import signed_in

UNKNOWN_ADDRESS = "::"
"""Of requests over a socket without addresses."""
BACKEND = "django.contrib.auth.backends.ModelBackend"
"""Finds the person of a session again, and only while they are active."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up; a sign-in is a password or an identity, then a second factor where there is one."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def get_login_stages(self) -> list[str]:
        return ["mediacenter.sign_in.stages.SecondFactorStage"]

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """One page asks for whatever the person has."""
        if not get_reauthentication_flows(user):
            return []
        return [{"id": "reauthenticate", "description": "", "url": reverse("account_reauthenticate")}]

    def get_client_ip(self, request: HttpRequest) -> str:
        return get_client_ip(request) or UNKNOWN_ADDRESS

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Pages say themselves what happened, in their own words."""

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:  # noqa: ARG002
        """Looks like every other refusal."""
        return pages.not_admitted(request)

    def login(self, request: HttpRequest, user: User) -> None:
        methods = [_method(entry) for entry in get_authentication_records(request, user)]
        user.backend = BACKEND
        super().login(request, user)
        signed_in(
            user=user,
            methods=methods,
            session_key=request.session.session_key or "",
            address=self.get_client_ip(request),
            user_agent=request.headers.get("User-Agent", ""),
        )

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        return HttpResponseRedirect(get_login_redirect_url(request, kwargs.get("redirect_url")))


def _method(entry: dict[str, Any]) -> str:
    """``password``, ``oidc``, ``totp``, ``webauthn`` or ``recovery_codes``."""
    if entry["method"] == "socialaccount":
        return "oidc"
    return str(entry.get("type") or entry["method"])


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are encrypted with a key made from ``SECRET_KEY``: a copied database gives no codes."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}


def _cipher() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [sha256(f"second factors:{secret}".encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


class IdentityAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """People come in by :func:`permissions.usecases.identities.admit` alone."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Raises allauth's redirecting exception for people who are not let in."""
        try:
            user = admit(identity=sociallogin.identity, mapping=parse_group_roles(settings.OIDC_GROUP_ROLES))
        except NotAllowed as refusal:
            raise ImmediateHttpResponse(pages.not_admitted(request)) from refusal
        sociallogin.user = user
        sociallogin.account.user = user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,  # noqa: ARG002
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,  # noqa: ARG002
    ) -> None:
        raise ImmediateHttpResponse(pages.identity_failed(request, reason=str(exception or error or "")))
