"""Answers to sign-ins that did not succeed."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

log = logging.getLogger(__name__)


def too_many(request: HttpRequest, *, seconds: float) -> HttpResponse:
    """429 with the time to wait, for what exists and what does not."""
    whole = max(1, round(seconds))
    response = render(request, "web/locked_out.html", {"minutes": -(-whole // 60)}, status=429)
    response.headers["Retry-After"] = str(whole)
    return response


def not_admitted(request: HttpRequest) -> HttpResponse:
    """The provider knows the person; the Media Center does not."""
    return render(request, "web/not_admitted.html", status=403)


def identity_failed(request: HttpRequest, *, reason: str) -> HttpResponse:
    """The provider's answer was not one to be trusted, or none at all. ``reason`` is for the log."""
    log.warning("sign-in by the identity provider failed: %s", reason[:300])
    return render(request, "web/identity_failed.html", status=401)
