"""Entity tags of assets and of other things that count their revisions."""

import re

from rest_framework.request import Request

from permissions.errors import RevisionChanged

ETAG = re.compile(r'(?:W/)?"?(\d{1,9})(?:-[0-9a-f]{16})?"?', re.ASCII)
"""Ours, or a bare revision."""


def wanted_revision(request: Request) -> int | None:
    """The revision in ``If-Match``; None without one or with ``*``."""
    header = request.headers.get("If-Match", "").strip()
    if header in {"", "*"}:
        return None
    found = ETAG.fullmatch(header)
    if found is None:
        raise RevisionChanged("This ETag is not one of ours.")
    return int(found[1])
