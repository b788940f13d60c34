"""OpenID Connect with one provider: authorization code with PKCE; what a token claims is checked against settings.

django-allauth keeps state and exchanges the code. It trusts the token endpoint's TLS and takes the algorithm from the
token; here signature, algorithm, issuer, audience, authorized party, expiry and nonce are each verified (OpenID Connect
Core 1.0, 3.1.3.7; threats, item 20).
"""

import hmac
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from requests import RequestException

from mediacenter.sign_in import pages
from permissions.usecases.identities import Identity

LEEWAY = 30
"""Seconds that the provider's clock may be off."""
LONGEST_GROUP = 200
MOST_GROUPS = 500
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def is_secure(url: str) -> bool:
    """https, or this very machine (for tests and trials)."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


class Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Between the provider's answer and a verified :class:`Identity`."""

    expected_nonce = ""

    def __init__(self, request: HttpRequest, provider_id: str | None = None) -> None:
        super().__init__(request, provider_id or settings.OIDC_ISSUER)

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's own description, of which no address may be without TLS and the issuer must be ours."""
        config: dict[str, Any] = super().openid_config
        if config.get("issuer") != settings.OIDC_ISSUER:
            raise OAuth2Error("the provider calls itself by another name than OIDC_ISSUER")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_secure(str(config.get(name, ""))):
                raise OAuth2Error(f"{name} of the provider is not https")
        return config

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:  # noqa: ARG002
        return settings.SITE_URL + reverse("web:oidc-callback")

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> SocialLogin:  # noqa: ARG002
        answer = kwargs["response"]
        claims = self._verified(str(answer.get("id_token") or ""))
        if self.openid_config.get("userinfo_endpoint"):
            claims = {**self._user_info(token.token, claims["sub"]), **claims}
        identity = identity_of(claims)
        login = SocialLogin(
            provider=self.get_provider(),
            account=SocialAccount(provider=identity.issuer, uid=identity.subject, extra_data={"email": identity.email}),
        )
        login.identity = identity
        return login

    def _user_info(self, access_token: str, subject: str) -> dict[str, Any]:
        if not is_secure(self.profile_url):
            raise OAuth2Error("userinfo_endpoint of the provider is not https")
        found: dict[str, Any] = self._fetch_user_info(access_token)
        if found.get("sub") != subject:
            raise OAuth2Error("the userinfo is somebody else's")
        return found

    def _verified(self, id_token: str) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            keys = answer.json()
        return verify(id_token, keys, nonce=self.expected_nonce)


def verify(id_token: str, keys: Mapping[str, Any], *, nonce: str) -> dict[str, Any]:
    """The token's claims. Raises ``OAuth2Error`` unless a key of ``keys`` signed it with ``OIDC_ALGORITHM``.

    It must besides be of our issuer, for us alone, of now, and carry our nonce.
    """
    try:
        header = jwt.get_unverified_header(id_token)
        if header.get("alg") != settings.OIDC_ALGORITHM:
            raise OAuth2Error(f"the token is not signed with {settings.OIDC_ALGORITHM}")
        claims: dict[str, Any] = jwt.decode(
            id_token,
            key=_key(keys, header.get("kid")),
            algorithms=[settings.OIDC_ALGORITHM],
            issuer=settings.OIDC_ISSUER,
            audience=settings.OIDC_CLIENT_ID,
            leeway=LEEWAY,
            options={"require": ["iss", "aud", "exp", "iat", "sub", "nonce"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise OAuth2Error(f"the token is not good: {error}") from error
    if not nonce or not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise OAuth2Error("the token was not made for this sign-in")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", settings.OIDC_CLIENT_ID if not several else None) != settings.OIDC_CLIENT_ID:
        raise OAuth2Error("the token was made for another client")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 191:
        raise OAuth2Error("the token names nobody")
    return claims


def _key(keys: Mapping[str, Any], kid: str | None) -> Any:
    """The provider's key with this id (its only one when the token names none), as a key for signing."""
    usable = [
        key
        for key in keys.get("keys", [])
        if key.get("use", "sig") == "sig" and key.get("alg", settings.OIDC_ALGORITHM) == settings.OIDC_ALGORITHM
    ]
    found = [key for key in usable if kid is None or key.get("kid") == kid]
    if len(found) != 1:
        raise OAuth2Error("no key of the provider fits the token")
    return jwt.PyJWK(found[0], algorithm=settings.OIDC_ALGORITHM).key


def identity_of(claims: Mapping[str, Any]) -> Identity:
    """What verified claims say. An address that the provider does not call verified counts as none."""
    groups = claims.get(settings.OIDC_GROUPS_CLAIM) or []
    names = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    email = claims.get("email") if claims.get("email_verified") is True else ""
    return Identity(
        issuer=settings.OIDC_ISSUER,
        subject=claims["sub"],
        email=email.strip() if isinstance(email, str) else "",
        full_name=str(claims.get("name") or ""),
        groups=frozenset(name[:LONGEST_GROUP] for name in names[:MOST_GROUPS] if isinstance(name, str)),
    )


def start(request: HttpRequest, *, next_url: str | None) -> HttpResponse:
    """Send the browser to the provider; a page says so when the provider cannot be asked."""
    nonce = secrets.token_urlsafe(32)
    provider = Adapter(request).get_provider()
    provider.oauth2_adapter_class = Adapter
    try:
        response: HttpResponse = provider.redirect(
            request,
            process=AuthProcess.LOGIN,
            next_url=next_url,
            data={"nonce": nonce},
            auth_params={"nonce": nonce},
        )
    except (OAuth2Error, RequestException) as error:
        return pages.identity_failed(request, reason=str(error))
    return response


class Callback(OAuth2CallbackView):  # type: ignore[misc]
    """The provider sends the browser back. The state is good for one answer, in the session that asked."""

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        named = request.GET.get("iss")
        if named is not None and named != settings.OIDC_ISSUER:  # RFC 9207
            raise OAuth2Error("another provider answered")
        if state:
            self.adapter.expected_nonce = (state.get("data") or {}).get("nonce", "")
        return state, response


def callback(request: HttpRequest) -> HttpResponse:
    """Signs the person in, or says that it cannot be done."""
    try:
        response: HttpResponse = Callback.adapter_view(Adapter(request))(request)
    except (OAuth2Error, RequestException) as error:
        return pages.identity_failed(request, reason=str(error))
    return response
