"""Sends one part to wherever the server said, and decides what an answer means."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from mediacenter.client.answers import ClientError, PartRequest, ServerUnreachable
from mediacenter.client.api import ApiClient
from mediacenter.client.files import FileChanged, LocalFile, OnBytes
from mediacenter.client.plan import PartSlice
from mediacenter.client.retry import RETRIED_STATUSES, Patience, Stopped, parse_retry_after

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
MOST_REFUSALS = 3


class PartNotTaken(ClientError):
    """The store refused the part again and again, though its bytes are what they were when we hashed them."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part to send: its bytes are ``slice`` of ``file``, with this SHA-256."""

    upload_id: str
    file: LocalFile
    slice: PartSlice
    sha256: str
    request: PartRequest


class PartSender:
    """Safe to use from several threads. After any failure the part's URL is asked again: it may have expired."""

    def __init__(
        self,
        api: ApiClient,
        *,
        patience: float,
        stop: threading.Event,
        connections: int,
        on_trouble: Callable[[str], None],
    ) -> None:
        self._api = api
        self._patience = patience
        self._stop = stop
        self._on_trouble = on_trouble
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._http = httpx.Client(timeout=TIMEOUT, limits=limits)

    def close(self) -> None:
        self._http.close()

    def send(self, part: Part, *, on_bytes: OnBytes, cancelled: threading.Event) -> None:
        """Return once the store has taken the part. ``on_bytes`` gets what is sent; negative: it must be sent again.

        Raises :class:`FileChanged`, :class:`PartNotTaken`, :class:`ServerUnreachable`, or ``ApiError`` when the server
        knows the upload no longer.
        """
        patience = Patience(seconds=self._patience, stop=self._stop)
        request, refusals = part.request, 0
        while True:
            body = _Body(part, on_bytes=on_bytes, ended=lambda: self._stop.is_set() or cancelled.is_set())
            response = self._try(request, body)
            if response is not None and response.is_success:
                return
            body.take_back()
            if response is None or response.status_code in RETRIED_STATUSES:
                self._wait(patience, response)
            else:
                refusals += 1
                _judge_refusal(part, response, refusals)
            request = self._api.part_requests(part.upload_id, [(part.slice.number, part.sha256)])[0]

    def _try(self, request: PartRequest, body: "_Body") -> httpx.Response | None:
        headers = {"Content-Length": str(request.size), "Content-Type": "application/octet-stream", **request.headers}
        try:
            return self._http.request(request.method, request.url, content=iter(body), headers=headers)
        except httpx.TransportError:
            return None

    def _wait(self, patience: Patience, response: httpx.Response | None) -> None:
        asked = parse_retry_after(response.headers.get("Retry-After")) if response is not None else None
        full = response is not None and response.status_code == httpx.codes.INSUFFICIENT_STORAGE
        said = "The store is full" if full else "The store does not take the file's parts at the moment"
        self._on_trouble(f"{said}; trying again")
        if not patience.wait(asked=asked):
            raise ServerUnreachable(f"{said}.")


class _Body:
    """The part's bytes on their way out, counted, so that what a failed try sent can be taken back."""

    def __init__(self, part: Part, *, on_bytes: OnBytes, ended: Callable[[], bool]) -> None:
        self._part = part
        self._on_bytes = on_bytes
        self._ended = ended
        self._sent = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._part.file.chunks(self._part.slice):
            if self._ended():
                raise Stopped
            yield chunk
            self._sent += len(chunk)
            self._on_bytes(len(chunk))

    def take_back(self) -> None:
        self._on_bytes(-self._sent)


def _judge_refusal(part: Part, response: httpx.Response, refusals: int) -> None:
    """Raise unless another try makes sense: an expired URL (403), bytes damaged on the way, but no changed file."""
    if part.file.sha256(part.slice) != part.sha256:
        raise FileChanged(part.file.name)
    if refusals >= MOST_REFUSALS:
        raise PartNotTaken(
            f"The store refused part {part.slice.number} {refusals} times (status {response.status_code}): "
            "tell the server's operator."
        )
