"""What of the API is going away: one table, of which the answers, the document and the changelog tell.

``docs/api-policy.md`` says what is promised; ``tests/api/test_deprecation.py`` holds the table against it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.conf import settings
from django.utils.http import http_date
from rest_framework.request import Request
from rest_framework.response import Response

DOCS: Final = "/api/v1/docs"


@dataclass(frozen=True, kw_only=True)
class Ending:
    """``since`` and ``sunset`` begin at midnight UTC; ``instead`` is a sentence that says what to use."""

    since: date
    sunset: date
    instead: str


ENDINGS: Final[dict[str, Ending]] = {}
"""By method and path as the document writes them: ``"GET /api/v1/assets/{asset_id}/table"``."""


def add_deprecation(request: Request, response: Response) -> None:
    """``Deprecation`` (RFC 9745), ``Sunset`` (RFC 8594) and a link to what to do, on every answer of what is ending."""
    ending = ENDINGS.get(_operation(request)) if ENDINGS else None
    if ending is None:
        return
    response.headers["Deprecation"] = f"@{_seconds(ending.since)}"
    response.headers["Sunset"] = http_date(_seconds(ending.sunset))
    link = f'<{settings.SITE_URL}{DOCS}>; rel="deprecation"; type="text/html"'
    response.headers["Link"] = ", ".join(filter(None, (response.headers.get("Link"), link)))


def describe_deprecation(operation: dict[str, Any], *, method: str, path: str) -> None:
    """Mark an operation of the OpenAPI document that is ending, and the headers of its answers."""
    ending = ENDINGS.get(f"{method} {path}")
    if ending is None:
        return
    operation["deprecated"] = True
    words = f"Deprecated since {ending.since}; answers until {ending.sunset}. {ending.instead}"
    operation["description"] = "\n\n".join(filter(None, (words, operation.get("description"))))
    for answer in operation["responses"].values():
        answer["headers"] = {**answer.get("headers", {}), **_HEADERS}


_HEADERS: Final[Mapping[str, Any]] = {
    "Deprecation": {
        "description": "Since when, as a structured date (RFC 9745).",
        "schema": {"type": "string", "pattern": r"^@\d+$"},
    },
    "Sunset": {"description": "Until when it answers (RFC 8594).", "schema": {"type": "string"}},
    "Link": {"description": '`rel="deprecation"`: what to use instead.', "schema": {"type": "string"}},
}


def _operation(request: Request) -> str:
    """The key of :data:`ENDINGS` of what was asked. HEAD is asked of GET."""
    match = request.resolver_match
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", match.route) if match else ""
    return f"{'GET' if request.method == 'HEAD' else request.method} /{path}"


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
