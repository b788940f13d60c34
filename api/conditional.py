"""``ETag`` and ``If-None-Match`` on lists: who has the answer already is told so in few bytes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

URL_FIELDS = frozenset({"url", "download_url", "hls", "dash", "poster", "sprite", "download", "embed_url"})


def without_urls(value: Any) -> Any:
    """The same without addresses, whose signatures differ each time."""
    if isinstance(value, Mapping):
        return {name: without_urls(item) for name, item in value.items() if name not in URL_FIELDS or item is None}
    return [without_urls(item) for item in value] if isinstance(value, list) else value


def holds(header: str, etag: str) -> bool:
    """Whether an ``If-None-Match`` names this ETag (RFC 9110, section 13.1.2: compared weakly)."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags


def answer_or_304(
    request: Request, body: Mapping[str, Any], *, signed: bool, revisions: Sequence[tuple[UUID, int]] = ()
) -> Response:
    """The answer with its ETag, or 304 for who has it. The tag covers what this reader is told and nothing else.

    ``signed``: it has addresses that end, so that the tag also changes with each half of their life. ``revisions``: of
    the works it tells of, for an answer that may leave out what changed with its addresses.
    """
    step = int(timezone.now().timestamp() // max(1, settings.MEDIA_URL_LIFETIME.total_seconds() / 2)) if signed else 0
    said = json.dumps([step, revisions, without_urls(body)], default=str, ensure_ascii=False)
    etag = f'W/"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'
    if holds(request.headers.get("If-None-Match", ""), etag.removeprefix("W/")):
        return Response(status=304, headers={"ETag": etag})
    return Response(body, headers={"ETag": etag})
