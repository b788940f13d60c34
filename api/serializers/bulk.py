"""Ids in a query."""

from typing import Final
from uuid import UUID

from rest_framework import serializers as s

MOST: Final = 100
"""So many ids still fit a request line of 4,094 bytes, which web servers cut off."""


class IdsField(s.CharField):
    """Ids with commas between them; :func:`read_ids` reads them."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            max_length=40 * MOST,
            help_text=(
                f"Up to {MOST} ids, with commas between; the answer has those that you may see, in this order. "
                "Not together with other parameters."
            ),
        )


def read_ids(text: str) -> tuple[UUID, ...]:
    """Each once, in their order; a field error for anything else, and for too many."""
    try:
        found = tuple(dict.fromkeys(UUID(each.strip()) for each in text.split(",")))
    except ValueError:
        raise s.ValidationError({"ids": ["These are not ids with commas between them."]}) from None
    if len(found) > MOST:
        raise s.ValidationError({"ids": [f"At most {MOST} ids at a time."]})
    return found
