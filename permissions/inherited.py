"""Settings that an agency leaves to those above it: the nearest one that says something decides."""

from typing import Any, Final

from permissions.models import Agency
from permissions.tree import parent_path, steps_of
from permissions.vocabulary import Av1Policy

REVIEW_STEPS_AT_FIRST: Final = 1
"""Where neither the agency nor one above it says anything."""


EMBEDS_CREDITS_AT_FIRST: Final = True
"""Likewise: a picture that has left its page still says whose it is."""


AV1_AT_FIRST: Final = Av1Policy.WATCHED
"""Likewise: the bits that are saved are many where many watch."""


def inherited(path: str, field: str) -> Any:
    """What the agency with this path, or the nearest above it that says it, has in ``field``; None where none does."""
    saying = Agency.objects.filter(pk__in=steps_of(path), **{f"{field}__isnull": False})
    return saying.order_by("-path").values_list(field, flat=True).first()


def review_steps_of(path: str) -> int:
    """How many approvals hold for the agency with this path."""
    found: int | None = inherited(path, "review_steps")
    return REVIEW_STEPS_AT_FIRST if found is None else found


def embeds_credits(path: str) -> bool:
    """Whether the pictures of the agency with this path carry their credits in them."""
    found = inherited(path, "embed_credits")
    return EMBEDS_CREDITS_AT_FIRST if found is None else bool(found)


def av1_policy_of(path: str) -> Av1Policy:
    """When the videos of the agency with this path are made in AV1 too."""
    found: str | None = inherited(path, "av1")
    return AV1_AT_FIRST if found is None else Av1Policy(found)


def paths_with_av1(policy: Av1Policy) -> list[str]:
    """The paths of the agencies for which this policy holds, whether they say it or one above does."""
    said = dict(Agency.objects.order_by("path").values_list("path", "av1"))
    now: dict[str, str] = {}
    for path, own in said.items():  # parents come before their children
        now[path] = own or now.get(parent_path(path), AV1_AT_FIRST)
    return [path for path, holds in now.items() if holds == policy]
