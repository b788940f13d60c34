"""The routes of ``/api/v1`` that uploading needs. Every call may be repeated safely, so every call is retried."""

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from mediacenter.client.answers import (
    AgencyAnswer,
    ApiError,
    ArrivedPart,
    NewUpload,
    PartRequest,
    ProcessingAnswer,
    ServerUnreachable,
    SessionAnswer,
    UploadAnswer,
)
from mediacenter.client.retry import RETRIED_STATUSES, Patience, parse_retry_after

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
OnTrouble = Callable[[str], None]


class ApiClient:
    """One server, one token. Safe to use from several threads.

    ``patience``: seconds that a call may go on failing for reasons that pass (no connection, 429, 5xx) before
    :class:`ServerUnreachable` or the last :class:`ApiError` is raised. ``stop`` set makes waiting calls raise
    ``Stopped``.
    """

    def __init__(
        self,
        server: str,
        token: str,
        *,
        patience: float = 300.0,
        stop: threading.Event | None = None,
        on_trouble: OnTrouble = lambda _text: None,
    ) -> None:
        self.server = server.rstrip("/")
        self._patience = patience
        self._stop = stop or threading.Event()
        self._on_trouble = on_trouble
        self._http = httpx.Client(
            base_url=f"{self.server}/api/v1/",
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Language": "en"},
            timeout=TIMEOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def session(self) -> SessionAnswer:
        """Who the token stands for; :class:`ApiError` 401 when the server does not take it."""
        body = self._call("GET", "session")
        if not body.get("authenticated"):
            raise ApiError.of(401, {"code": "not_signed_in", "detail": "The server does not know this token."})
        return SessionAnswer.read(body)

    def agency(self, code: str) -> AgencyAnswer | None:
        """The agency with this code, in any case; None when there is none that one may know of."""
        try:
            return AgencyAnswer.read(self._call("GET", f"agencies/{quote(code.upper(), safe='')}"))
        except ApiError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    def create_upload(self, new: NewUpload, *, idempotency_key: str) -> UploadAnswer:
        """Begin an upload; the same key gives the same upload again. 409 ``duplicate`` names the asset that has it."""
        headers = {"Idempotency-Key": idempotency_key}
        return UploadAnswer.read(self._call("POST", "uploads", json=new.body(), headers=headers))

    def upload(self, upload_id: str) -> UploadAnswer:
        return UploadAnswer.read(self._call("GET", f"uploads/{upload_id}"))

    def arrived_parts(self, upload_id: str) -> list[ArrivedPart]:
        return [ArrivedPart.read(part) for part in self._call("GET", f"uploads/{upload_id}/parts")["parts"]]

    def part_requests(self, upload_id: str, sha256_of: Sequence[tuple[int, str]]) -> list[PartRequest]:
        """Signed requests for these (number, SHA-256) parts, at most 100 of them."""
        asked = [{"number": number, "sha256": digest} for number, digest in sha256_of]
        body = self._call("POST", f"uploads/{upload_id}/parts", json={"parts": asked})
        return [PartRequest.read(part) for part in body["parts"]]

    def complete_upload(self, upload_id: str) -> UploadAnswer:
        """Acknowledged once this returns: the file is whole in the store and its row committed. Idempotent."""
        return UploadAnswer.read(self._call("POST", f"uploads/{upload_id}/complete", json={}))

    def processing(self, asset_id: str) -> ProcessingAnswer:
        return ProcessingAnswer.read(self._call("GET", f"assets/{asset_id}")["processing"])

    def replacement(self, asset_id: str) -> ProcessingAnswer:
        """How far the newest version of an asset is."""
        return ProcessingAnswer.of_version(self._call("GET", f"assets/{asset_id}/versions?page_size=1")["results"][0])

    def _call(self, method: str, path: str, *, json: Any = None, headers: dict[str, str] | None = None) -> Any:
        patience = Patience(seconds=self._patience, stop=self._stop)
        while True:
            try:
                response = self._http.request(method, path, json=json, headers=headers)
            except httpx.TransportError as error:
                self._on_trouble(f"{self.server} does not answer; trying again")
                if not patience.wait():
                    raise ServerUnreachable(
                        f"{self.server} does not answer ({error or type(error).__name__})."
                    ) from error
                continue
            if response.is_success:
                return _json(response)
            refusal = ApiError.of(response.status_code, _json_or_none(response))
            if response.status_code not in RETRIED_STATUSES:
                raise refusal
            self._on_trouble(f"{refusal.detail} Trying again")
            if not patience.wait(asked=parse_retry_after(response.headers.get("Retry-After"))):
                raise refusal


def _json_or_none(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _json(response: httpx.Response) -> Any:
    """The body of a success; anything but JSON means that this is not a Media Center."""
    body = _json_or_none(response)
    if body is None and response.status_code != httpx.codes.NO_CONTENT:
        raise ServerUnreachable(
            f"{response.url.host} answered, but not like a Media Center: check the server's address."
        )
    return body
