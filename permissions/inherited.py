"""Settings that an agency leaves to those above it: the nearest one that says something decides."""

from typing import Final

from permissions.models import Agency
from permissions.tree import steps_of

REVIEW_STEPS_AT_FIRST: Final = 1
"""Where neither the agency nor one above it says anything."""


EMBEDS_CREDITS_AT_FIRST: Final = True
"""Likewise: a picture that has left its page still says whose it is."""


def inherited(path: str, field: str) -> int | None:
    """What the agency with this path, or the nearest above it that says it, has in ``field``; None where none does."""
    saying = Agency.objects.filter(pk__in=steps_of(path), **{f"{field}__isnull": False})
    found: int | None = saying.order_by("-path").values_list(field, flat=True).first()
    return found


def review_steps_of(path: str) -> int:
    """How many approvals hold for the agency with this path."""
    found = inherited(path, "review_steps")
    return REVIEW_STEPS_AT_FIRST if found is None else found


def embeds_credits(path: str) -> bool:
    """Whether the pictures of the agency with this path carry their credits in them."""
    found = inherited(path, "embed_credits")
    return EMBEDS_CREDITS_AT_FIRST if found is None else bool(found)
