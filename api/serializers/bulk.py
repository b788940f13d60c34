"""Ids in a query."""

from typing import Any, Final
from uuid import UUID

from rest_framework import serializers as s

MOST: Final = 100
"""So many ids still fit a request line of 4,094 bytes, which web servers cut off."""


class IdsField(s.CharField):
    """Ids with commas between them."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            max_length=40 * MOST,
            help_text=(
                f"Up to {MOST} ids, with commas between; the answer has those that you may see, in this order. "
                "Not together with other parameters."
            ),
        )

    def to_internal_value(self, data: Any) -> Any:
        given = str(super().to_internal_value(data)).split(",")
        try:
            found = tuple(dict.fromkeys(UUID(each.strip()) for each in given))
        except ValueError:
            raise s.ValidationError("These are not ids with commas between them.") from None
        if len(found) > MOST:
            raise s.ValidationError(f"At most {MOST} ids at a time.")
        return found
