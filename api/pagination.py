"""Cursor pages over the time-ordered id: stable under writes, as fast on page 10,000 as on page 1."""

import re
from typing import Any
from uuid import UUID

from rest_framework.exceptions import NotFound as BadCursor
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from permissions.errors import Invalid

_PLACE = re.compile(r"[01]-[0-9]{20}-[0-9]{20}-[0-9a-f-]{36}", re.ASCII)
_PATH = re.compile(r"([0-9a-f]{32}/){1,18}", re.ASCII)


class NewestFirst(CursorPagination):
    """UUIDv7 ids sort by creation, so the cursor is exact and needs no second column."""

    page_size = 24
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering = "-id"

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The cursor of the request; 400 for one that this API did not make, whatever it holds."""
        try:
            cursor: Cursor | None = super().decode_cursor(request)
        except BadCursor:
            raise _no_cursor() from None
        if cursor is not None and cursor.position is not None and not self.is_position(str(cursor.position)):
            raise _no_cursor()
        return cursor

    def is_position(self, position: str) -> bool:
        """Whether this can be a value of the column that orders the rows."""
        try:
            return str(UUID(position)) == position
        except ValueError:
            return False

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.get_next_link(), "previous": self.get_previous_link(), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }


class ByPlace(NewestFirst):
    """The work list, in the order of ``assets.reviews``."""

    ordering = "review_place"

    def is_position(self, position: str) -> bool:
        return _PLACE.fullmatch(position) is not None


class ByPath(NewestFirst):
    """Agencies in the order of the tree."""

    ordering = "path"
    page_size = 100
    max_page_size = 500

    def is_position(self, position: str) -> bool:
        return _PATH.fullmatch(position) is not None


def _no_cursor() -> Invalid:
    return Invalid("This cursor is not one of ours. Begin again without it.", code="cursor_invalid")
