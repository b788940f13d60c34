"""How often one caller may ask. Every counted answer says what is left; 429 comes with ``Retry-After``.

``RateLimit-Limit``, ``-Remaining`` and ``-Reset`` are what clients know; ``RateLimit`` and ``RateLimit-Policy`` are the
structured fields of draft-ietf-httpapi-ratelimit-headers.
"""

from math import ceil
from typing import TYPE_CHECKING

from django.http.response import HttpResponse, HttpResponseBase
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from api.authentication import credentials_of
from permissions.rates import Allowance, caller_at, take

if TYPE_CHECKING:  # rest_framework.views imports this module
    from rest_framework.views import APIView


class ActorRateThrottle(SimpleRateThrottle):
    """By token or person; strangers by their address (IPv6: its /64). Rates: ``RATE_ACTOR`` and ``RATE_ANONYMOUS``.

    What is left stays with the request, where ``add_rate_headers`` finds it.
    """

    scope = "actor"
    allowance: Allowance | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        actor = credentials_of(request).actor
        self.scope = "anonymous" if actor.is_anonymous else "actor"
        self.allowance = self.take(caller_at(self.get_ident(request)) if actor.is_anonymous else actor.key)
        if self.allowance is None:
            return True
        request._request.META[KEPT_AS] = (self.scope, self.allowance)  # noqa: SLF001 - what outlives DRF's wrapper
        return self.allowance.allowed

    def take(self, who: str, *, of: str = "") -> Allowance | None:
        """Count one request of ``who``, in the bucket ``of`` or that of the scope; None where the scope has no rate."""
        limit, seconds = self.parse_rate(self.get_rate())
        return take(name=f"{of or self.scope}:{who}", limit=limit, seconds=seconds) if limit and seconds else None

    def wait(self) -> float | None:
        return None if self.allowance is None else self.allowance.wait


def stranger_s_allowance(address: str, *, of: str = "anonymous") -> Allowance | None:
    """Count one request of a stranger at this address, which no view of the API answers; ``of``: another bucket."""
    throttle = ActorRateThrottle()
    throttle.scope = "anonymous"
    return throttle.take(caller_at(address), of=of)


def refuse_busy_stranger(address: str) -> HttpResponse | None:
    """Count one request of a stranger by a program that knows nothing of this API; 503 with ``Retry-After`` for who
    asks too often, which harvesters and search engines heed, else None."""
    allowance = stranger_s_allowance(address)
    if allowance is None or allowance.allowed:
        return None
    return HttpResponse("Ask again later.", status=503, headers={"Retry-After": str(ceil(allowance.wait))})


KEPT_AS = "mediacenter.rate"


def add_rate_headers(request: Request, answer: HttpResponseBase) -> None:
    """Say what is left; nothing where the request was not counted."""
    kept = request.META.get(KEPT_AS)
    if kept is None:
        return
    scope, allowance = kept
    reset = ceil(allowance.full_in)
    answer["RateLimit-Limit"] = str(allowance.limit)
    answer["RateLimit-Remaining"] = str(allowance.remaining)
    answer["RateLimit-Reset"] = str(reset)
    answer["RateLimit-Policy"] = f'"{scope}";q={allowance.limit};w={allowance.seconds}'
    answer["RateLimit"] = f'"{scope}";r={allowance.remaining};t={reset}'
