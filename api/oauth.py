"""``/oauth/token``, ``/oauth/revoke`` and their metadata: all that there is of OAuth here (decision 0036).

Answers and errors have OAuth's own form (RFC 6749, section 5), not that of the API. Nobody has a session here, pages of
other origins are not answered. Requests are counted by their address, beside those to the API.
"""

from math import ceil
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View
from oauth2_provider.views.metadata import OAuthServerMetadataView
from oauth2_provider.views.mixins import OAuthLibMixin

from api.errors import RETRY_AFTER_SECONDS
from api.throttling import stranger_s_allowance
from permissions.origin import current_origin


def refusal(status: int, error: str, description: str, **headers: str) -> JsonResponse:
    """An error in OAuth's form (RFC 6749, section 5.2)."""
    body = {"error": error, "error_description": description}
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store", **headers})


@method_decorator(csrf_exempt, name="dispatch")
class OAuthView(OAuthLibMixin, View):  # type: ignore[misc]  # the toolkit has no types
    """Counts, asks the toolkit, and says in OAuth's form what else can go wrong."""

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            allowance = stranger_s_allowance(current_origin().address or "", of="oauth")
            if allowance is not None and not allowance.allowed:
                wait = {"Retry-After": str(max(1, ceil(allowance.wait)))}
                return refusal(429, "temporarily_unavailable", "Too many requests from this address.", **wait)
            answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        except (OperationalError, InterfaceError):
            wait = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return refusal(503, "temporarily_unavailable", "The database is not available. Try again shortly.", **wait)
        except (SuspiciousOperation, ValueError):
            return refusal(400, "invalid_request", "The body is not a form that can be read.")
        return answer

    def post(self, request: HttpRequest) -> HttpResponse:
        _url, headers, body, status = self.ask(request)
        answer = HttpResponse(body or b"", status=status, content_type="application/json")
        for name, value in headers.items():
            answer[name] = value
        if status == 401:
            answer["WWW-Authenticate"] = 'Basic realm="mediacenter"'
        answer["Cache-Control"] = "no-store"
        return answer

    def ask(self, request: HttpRequest) -> tuple[str, dict[str, str], str, int]:
        """The address to go to (none), headers, body and status."""
        raise NotImplementedError


class TokenView(OAuthView):
    """Client credentials for an access token (RFC 6749, section 4.4)."""

    def ask(self, request: HttpRequest) -> tuple[str, dict[str, str], str, int]:
        found: tuple[str, dict[str, str], str, int] = self.create_token_response(request)
        return found


class RevokeView(OAuthView):
    """The end of an access token, by the client that fetched it (RFC 7009)."""

    def ask(self, request: HttpRequest) -> tuple[str, dict[str, str], str, int]:
        found: tuple[str, dict[str, str], str, int] = self.create_revocation_response(request)
        return found


_named = [
    path("oauth/token", TokenView.as_view(), name="token"),
    path("oauth/revoke", RevokeView.as_view(), name="revoke-token"),
    path(
        ".well-known/oauth-authorization-server",
        OAuthServerMetadataView.as_view(http_method_names=["get", "head"]),
        name="oauth-server-metadata",
    ),
]
urlpatterns = [path("", include((_named, "oauth2_provider")))]
"""Under the names by which the toolkit's metadata finds them."""
