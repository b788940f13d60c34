"""Cursor pages over the time-ordered id: stable under writes, as fast on page 10,000 as on page 1."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rest_framework.exceptions import NotFound as BadCursor
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from permissions.errors import Invalid

_PLACE = re.compile(r"[01]-[0-9]{20}-[0-9]{20}-[0-9a-f-]{36}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
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


class ByNumber(NewestFirst):
    """What is counted from 1 within one asset, the latest first."""

    ordering = "-number"

    def is_position(self, position: str) -> bool:
        return _NUMBER.fullmatch(position) is not None


class InOrder(NewestFirst):
    """Things in an order that somebody gave them, of which the reader may see some. The cursor names the last one seen:
    a place or an offset would tell how many the reader does not see."""

    def slice_of(self, order: Sequence[UUID], request: Request) -> list[UUID]:
        """The page of ``order`` (all that the reader may see) that the request asks for; 400 for a cursor whose thing
        is not there any more."""
        self.address = request.build_absolute_uri()
        self.order = order
        size = self.get_page_size(request) or self.page_size
        self.start = self._start(order, request.query_params.get(self.cursor_query_param, ""), size)
        self.end = min(self.start + size, len(order))
        self.size = size
        return list(order[self.start : self.end])

    def get_next_link(self) -> str | None:
        return self._link("a", self.order[self.end - 1]) if self.end < len(self.order) else None

    def get_previous_link(self) -> str | None:
        return self._link("b", self.order[self.start]) if self.start > 0 and self.start < len(self.order) else None

    def _start(self, order: Sequence[UUID], cursor: str, size: int) -> int:
        if not cursor:
            return 0
        try:
            place = order.index(UUID(cursor[1:]))
        except ValueError:
            raise _no_cursor() from None
        if cursor[0] not in "ab":
            raise _no_cursor()
        return place + 1 if cursor[0] == "a" else max(0, place - size)

    def _link(self, side: str, at: UUID) -> str:
        return str(replace_query_param(self.address, self.cursor_query_param, f"{side}{at.hex}"))


def _no_cursor() -> Invalid:
    return Invalid("This cursor is not one of ours. Begin again without it.", code="cursor_invalid")
