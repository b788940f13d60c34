"""Where a request comes from, if a network in front of us says so."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from assets.territories import as_territory


def territory_of(request: HttpRequest | Request) -> str | None:
    """The country code in the header ``TERRITORY_HEADER``; None without the setting, or when nobody knows.

    The proxy or CDN in front must set that header on every request and never pass on a client's own.
    """
    name = settings.TERRITORY_HEADER
    return as_territory(request.headers.get(name, "")) if name else None
