"""What the database itself holds of the lifecycles and of the tree's policy."""

from collections.abc import Mapping
from typing import TypeVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, F, Func, OuterRef, Subquery, TextChoices, UUIDField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from permissions.inherited import REVIEW_STEPS_AT_FIRST
from permissions.models import Agency

T = TypeVar("T", bound=TextChoices)


def transitions_guard(name: str, table: Mapping[T, frozenset[T]]) -> pgtrigger.Trigger:
    """A trigger that refuses every change of ``state`` that the table does not have."""
    pairs = sorted((str(now), str(then)) for now, afterwards in table.items() for then in afterwards)
    return pgtrigger.FSM(name=name, field="state", transitions=pairs)


class _IdsOfPath(Func):
    """The ids in a materialised path."""

    template = "string_to_array(rtrim(%(expressions)s, '/'), '/')::uuid[]"
    output_field = ArrayField(UUIDField())


class _IsAnyOf(Func):
    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def review_steps_at(path: str) -> Combinable:
    """The ``review_steps`` of the agency with the path in this field, or of the nearest one above that says it.

    The ancestors are asked by their primary keys, so that a list page costs a few index look-ups a row.
    """
    saying = (
        Agency.objects.filter(_IsAnyOf(F("id"), _IdsOfPath(OuterRef(path))), review_steps__isnull=False)
        .order_by("-path")
        .values("review_steps")[:1]
    )
    return Coalesce(Subquery(saying), Value(REVIEW_STEPS_AT_FIRST))
