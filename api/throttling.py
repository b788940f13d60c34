"""How often one caller may ask. 429 comes with ``Retry-After``."""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from api.authentication import credentials_of

if TYPE_CHECKING:  # rest_framework.views imports this module
    from rest_framework.views import APIView


class ActorRateThrottle(SimpleRateThrottle):
    """By token or person; strangers by their address. Rates: ``RATE_ACTOR`` and ``RATE_ANONYMOUS``."""

    scope = "actor"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        actor = credentials_of(request).actor
        self.scope = "anonymous" if actor.is_anonymous else "actor"
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: "APIView") -> str:  # noqa: ARG002
        actor = credentials_of(request).actor
        who = self.get_ident(request) if actor.is_anonymous else actor.key
        return f"throttle:{self.scope}:{who}"
