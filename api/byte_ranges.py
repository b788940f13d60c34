"""Conditional and range requests (RFC 9110, sections 13 and 14), as pure functions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.http import parse_http_date_safe

_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{1,18})?|-(\d{1,18}))", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What to answer with: the status, and ``length`` bytes from ``start``."""

    status: Literal[200, 206, 304, 412, 416]
    start: int = 0
    length: int = 0


def plan(headers: Mapping[str, str], *, etag: str, modified: datetime, size: int) -> Answer:
    """The answer to a GET or HEAD for an object of ``size`` bytes; ``etag`` quoted, ``modified`` in whole seconds.

    One range is answered; several, or what is no byte range, get the whole object (RFC 9110 allows it, and it is what
    keeps a request from asking for a file a thousand times).
    """
    if failed := _precondition(headers, etag=etag, modified=modified):
        return Answer(status=failed)
    wanted = _RANGE.fullmatch(headers.get("Range", "").strip())
    if not wanted or not _if_range(headers.get("If-Range"), etag=etag, modified=modified):
        return Answer(status=200, length=size)
    first, last, suffix = wanted.groups()
    if suffix is not None:
        length = min(int(suffix), size)
        return Answer(status=206, start=size - length, length=length) if length else Answer(status=416)
    start = int(first)
    end = min(int(last), size - 1) if last is not None else size - 1
    if last is not None and int(last) < start:
        return Answer(status=200, length=size)
    if start >= size:
        return Answer(status=416)
    return Answer(status=206, start=start, length=end - start + 1)


def _precondition(headers: Mapping[str, str], *, etag: str, modified: datetime) -> Literal[304, 412] | None:
    stamp = int(modified.timestamp())
    if match := headers.get("If-Match"):
        if not _lists(match, etag, weak=False):
            return 412
    elif (since := parse_http_date_safe(headers.get("If-Unmodified-Since", ""))) is not None and stamp > since:
        return 412
    if none_match := headers.get("If-None-Match"):
        return 304 if _lists(none_match, etag, weak=True) else None
    since = parse_http_date_safe(headers.get("If-Modified-Since", ""))
    return 304 if since is not None and stamp <= since else None


def _lists(header: str, etag: str, *, weak: bool) -> bool:
    tags = [tag.strip() for tag in header.split(",")]
    return "*" in tags or etag in tags or (weak and f"W/{etag}" in tags)


def _if_range(header: str | None, *, etag: str, modified: datetime) -> bool:
    """Whether a range may be answered; a date must be exactly ours."""
    if header is None:
        return True
    header = header.strip()
    if header.startswith('"'):
        return header == etag
    return parse_http_date_safe(header) == int(modified.timestamp())
