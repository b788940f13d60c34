"""One server and one token or OAuth client: requests, their retries, and refusals as :class:`ApiError`."""

import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from mediacenter.client.answers import ApiError, ServerUnreachable
from mediacenter.client.credentials import ClientCredentials, auth_for
from mediacenter.client.retry import RETRIED_STATUSES, UNDONE_STATUSES, Patience, parse_retry_after

logger = logging.getLogger(__name__)
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
IN_FLIGHT = "idempotency_in_flight"
"""An earlier try, whose answer was lost, is being done at this moment."""
OnTrouble = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A success: the JSON (None where there is none), the ETag as it was sent (empty where there is none)."""

    status: int
    body: Any
    etag: str


class Transport:
    """Safe to use from several threads.

    ``patience``: seconds that a call may go on failing for reasons that pass (no connection, 429, 5xx) before
    :class:`ServerUnreachable` or the last :class:`ApiError` is raised. ``stop`` set makes waiting calls raise
    ``Stopped``. ``on_trouble`` is told in words what is being waited for.
    """

    def __init__(
        self,
        server: str,
        token: str | ClientCredentials,
        *,
        patience: float = 300.0,
        stop: threading.Event | None = None,
        on_trouble: OnTrouble = lambda _text: None,
        language: str = "en",
    ) -> None:
        self.server = server.rstrip("/")
        self.stop = stop or threading.Event()
        self.patience = patience
        self._on_trouble = on_trouble
        self._endings_told: set[tuple[str, str]] = set()
        self._http = httpx.Client(
            base_url=f"{self.server}/api/v1/",
            auth=auth_for(self.server, token),
            headers={"Accept": "application/json", "Accept-Language": language},
            timeout=TIMEOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> Answer:
        """One request to a path below ``/api/v1/``, or to the URL of a next page on the same server.

        ``repeatable`` False: an act that must not be done twice is sent again only where it was certainly not done (no
        connection, 429, 503); an answer that was lost on the way is :class:`ServerUnreachable`. Other refusals raise
        :class:`ApiError`; 304 is an answer without body.
        """
        address, retried = self._address(path), RETRIED_STATUSES if repeatable else UNDONE_STATUSES
        patience = Patience(seconds=self.patience, stop=self.stop)
        while True:
            try:
                response = self._http.request(method, address, params=params, json=json, headers=headers)
            except httpx.TransportError as error:
                self._on_trouble(f"{self.server} does not answer; trying again")
                undone = repeatable or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                if not undone or not patience.wait():
                    raise ServerUnreachable(
                        f"{self.server} does not answer ({error or type(error).__name__})."
                    ) from error
                continue
            self._tell_of_ending(response)
            if response.is_success or response.status_code == httpx.codes.NOT_MODIFIED:
                return _answer(response)
            refusal = ApiError.of(response.status_code, _json_or_none(response))
            if response.status_code not in retried and refusal.code != IN_FLIGHT:
                raise refusal
            self._on_trouble(f"{refusal.detail} Trying again")
            if not patience.wait(asked=parse_retry_after(response.headers.get("Retry-After"))):
                raise refusal

    def create(self, path: str, *, json: Any) -> Answer:
        """One POST that makes something, under a key of its own: sent again like a read, and done once."""
        return self.call("POST", path, json=json, headers={"Idempotency-Key": str(uuid.uuid4())})

    def _tell_of_ending(self, response: httpx.Response) -> None:
        """Log once what the server says will be gone (RFC 9745, RFC 8594): its programmer has to act."""
        headers, method = response.headers, response.request.method
        told = (method, headers.get("Sunset", ""))
        if "Deprecation" in headers and told not in self._endings_told:
            self._endings_told.add(told)
            asked = f"{method} {response.request.url.path}"
            logger.warning("%s is deprecated and answers until %s: see %s", asked, told[1], headers.get("Link", ""))

    def _address(self, path: str) -> str:
        """The token goes to its own server only, whatever an answer says where to go on."""
        if "://" not in path:
            return path
        url, home = httpx.URL(path), self._http.base_url
        if (url.scheme, url.host, url.port) != (home.scheme, home.host, home.port):
            raise ServerUnreachable(f"The server named a next page on another server ({url.host}).")
        return path


def _answer(response: httpx.Response) -> Answer:
    """Anything but JSON as the body of a success means that this is not a Media Center."""
    body = _json_or_none(response)
    if body is None and response.status_code not in {httpx.codes.NO_CONTENT, httpx.codes.NOT_MODIFIED}:
        raise ServerUnreachable(
            f"{response.url.host} answered, but not like a Media Center: check the server's address."
        )
    return Answer(status=response.status_code, body=body, etag=response.headers.get("ETag", ""))


def _json_or_none(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
