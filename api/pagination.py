"""Cursor pages over the time-ordered id: stable under writes, as fast on page 10,000 as on page 1."""

from typing import Any

from rest_framework.pagination import CursorPagination
from rest_framework.response import Response


class NewestFirst(CursorPagination):
    """UUIDv7 ids sort by creation, so the cursor is exact and needs no second column."""

    page_size = 24
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering = "-id"

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.get_next_link(), "previous": self.get_previous_link(), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }


class ByPath(NewestFirst):
    """Agencies in the order of the tree."""

    ordering = "path"
    page_size = 100
    max_page_size = 500
