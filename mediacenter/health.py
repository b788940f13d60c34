"""``/healthz``: this process answers. ``/readyz``: so does everything that it needs."""

import logging
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assets.storage import get_store
from assets.storage.base import ObjectMissing
from permissions.errors import DomainError

logger = logging.getLogger(__name__)

STORE_ANSWER_LIFETIME = 5.0
"""Seconds that the store's answer is believed: anybody may ask here, and it may be far away."""
NO_OBJECT = "probes/00000000-0000-0000-0000-000000000000"
"""A key that is never written: a store that says so answers."""


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Liveness: no part is asked, so that a lost database does not get the web processes killed."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Readiness: 200 when database, queue and store answer, else 503. Says which, and to strangers not why."""
    parts = {"database": _answers(_ask_database), "queue": _answers(_ask_queue), "store": _answers(_store.ask)}
    ready = all(parts.values())
    body = {"ready": ready, "parts": {name: "ok" if ok else "failed" for name, ok in parts.items()}}
    response = JsonResponse(body, status=200 if ready else 503)
    if not ready:
        response["Retry-After"] = "5"
    return response


class PartFailed(Exception):
    """A part answered, but not well."""


def _answers(ask: Callable[[], None]) -> bool:
    try:
        ask()
    except (DatabaseError, DomainError, PartFailed, OSError) as error:
        logger.warning("not ready: %s", error)
        return False
    return True


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM procrastinate_jobs LIMIT 1")


class _StoreAnswer:
    """The store's last answer; one thread asks at a time, the others take what is known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: float | None = None
        self._failure: str | None = None

    def ask(self) -> None:
        with self._lock:
            if self._asked is None or time.monotonic() - self._asked > STORE_ANSWER_LIFETIME:
                self._failure = self._look()
                self._asked = time.monotonic()
        if self._failure is not None:
            raise PartFailed(self._failure)

    @staticmethod
    def _look() -> str | None:
        try:
            get_store().head(NO_OBJECT)
        except ObjectMissing:
            return None
        except DomainError as error:
            return f"store: {error.message}"
        return None


_store = _StoreAnswer()
