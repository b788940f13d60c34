"""Who a program is to the server: nobody, a token, or an OAuth client that fetches short-lived tokens when needed."""

import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from mediacenter.client.answers import ApiError

MARGIN: Final = 30.0
"""Seconds before its end from which on an access token is not used any more."""
PASSING: Final = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, kw_only=True)
class ClientCredentials:
    """Of an OAuth client that an agency's administrator registered. ``scopes``: none are all that it was registered
    with."""

    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = ()


def auth_for(server: str, credentials: str | ClientCredentials) -> httpx.Auth | None:
    """What signs requests to this server; None for a stranger (an empty token)."""
    if isinstance(credentials, ClientCredentials):
        return ClientAuth(server, credentials)
    return TokenAuth(credentials) if credentials else None


class TokenAuth(httpx.Auth):
    """The same token with every request."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header
        yield request


class ClientAuth(httpx.Auth):
    """Client credentials (RFC 6749, section 4.4): fetches a token when there is none, before its end, and once more
    where the server does not know it any more. Threads share it.

    Raises :class:`ApiError` where the server refuses the client, ``httpx.ConnectError`` for what passes: the request
    was certainly not sent.
    """

    requires_response_body = True

    def __init__(self, server: str, credentials: ClientCredentials) -> None:
        self._address = f"{server.rstrip('/')}/oauth/token"
        self._credentials = credentials
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        tried = yield from self._token_unless("")
        request.headers["Authorization"] = f"Bearer {tried}"
        answer = yield request
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            request.headers["Authorization"] = f"Bearer {(yield from self._token_unless(tried))}"
            yield request

    def _token_unless(self, refused: str) -> Generator[httpx.Request, httpx.Response, str]:
        """The token that is kept, or a new one in the place of one that is over or was ``refused``."""
        with self._lock:
            if self._token in {"", refused} or time.monotonic() >= self._until:
                asked_at = time.monotonic()
                answer = yield self._request()
                self._keep(answer, asked_at)
            return self._token

    def _request(self) -> httpx.Request:
        said = {"grant_type": "client_credentials"}
        if self._credentials.scopes:
            said["scope"] = " ".join(self._credentials.scopes)
        request = httpx.Request("POST", self._address, data=said, headers={"Accept": "application/json"})
        basic = httpx.BasicAuth(self._credentials.client_id, self._credentials.client_secret)
        return next(basic.auth_flow(request))

    def _keep(self, answer: httpx.Response, asked_at: float) -> None:
        answer.read()
        said = _object(answer)
        if answer.is_success and isinstance(said.get("access_token"), str):
            self._token = said["access_token"]
            self._until = asked_at + max(1.0, float(said.get("expires_in", 60)) - MARGIN)
            return
        self._token = ""
        if answer.status_code in PASSING:
            raise httpx.ConnectError(f"The server gives no token at the moment ({answer.status_code}).")
        code, detail = said.get("error", "error"), said.get("error_description", "")
        raise ApiError.of(answer.status_code, {"code": code, "detail": detail or f"The server answered {code}."})


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
