"""Input that says exactly what it takes."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q
from rest_framework import serializers

from assets.moments import rfc3339
from permissions.actor import Actor
from permissions.errors import NotFound
from permissions.models import Agency
from permissions.moments import NOT_SENSIBLE, is_sensible
from permissions.plain_text import control_characters
from permissions.policy import can_in_agency
from permissions.vocabulary import AgencyAction


class TidiedText(serializers.CharField):
    """A text whose control characters are taken out where it is read: file names, cells of a table."""


class MomentField(serializers.DateTimeField):
    """A date and time that can be kept; one without a zone is taken as this installation's."""

    default_error_messages: ClassVar[dict[str, Any]] = {"year": NOT_SENSIBLE}

    def to_internal_value(self, value: Any) -> datetime:
        try:
            found = super().to_internal_value(value)
        except OverflowError:  # DRF asks whether the zone has such a time, which the first and last days of all do not
            self.fail("year")
        if not is_sensible(found):
            self.fail("year")
        return found


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses keys that it does not know, so that a misspelt field never passes for done."""

    # and control characters in every text; the sentence above is part of the API's document
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for field in fields.values():
            innermost: Any = field
            while hasattr(innermost, "child"):
                innermost = innermost.child
            if isinstance(innermost, serializers.CharField) and not isinstance(innermost, TidiedText):
                innermost.validators = [*innermost.validators, _require_plain_text]
        return fields

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError({name: ["Unknown field."] for name in unknown}, code="unknown_field")
            mistyped = [name for name, field in self.fields.items() if _is_number_for(field, data.get(name))]
            if mistyped:
                raise serializers.ValidationError({name: ["A number cannot stand here."] for name in mistyped})
        return super().to_internal_value(data)


def _is_number_for(field: Any, value: Any) -> bool:
    """Whether a number stands where the API's document has a text or a truth value, which DRF would turn into one."""
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        return any(_is_number_for(field.child, item) for item in value)
    takes_no_number = isinstance(field, (serializers.CharField, serializers.BooleanField, serializers.UUIDField))
    is_number = isinstance(value, (int, float)) and (
        not isinstance(value, bool) or isinstance(field, serializers.UUIDField)  # which takes False for the id 0
    )
    return takes_no_number and is_number


def _require_plain_text(text: str) -> None:
    if control_characters(text):
        raise serializers.ValidationError("Control characters cannot be stored.")


def checked(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """The validated values, or a 400 that names every field."""
    instance = serializer(data=data)
    instance.is_valid(raise_exception=True)
    values: dict[str, Any] = instance.validated_data
    return values


def checked_query(serializer: type[StrictSerializer], query: Any) -> dict[str, Any]:
    """The same for a query string; a parameter given twice is refused."""
    twice = [name for name in query if len(query.getlist(name)) > 1]
    if twice:
        raise serializers.ValidationError({name: ["Give it once."] for name in twice})
    instance = copy(_prepared(serializer))
    instance.initial_data = query.dict()
    instance.is_valid(raise_exception=True)
    values: dict[str, Any] = instance.validated_data
    return values


@cache
def _prepared(serializer: type[StrictSerializer]) -> StrictSerializer:
    """One with its fields, which are copied for each new instance otherwise: most of the time that a query of thirty
    possible parameters takes. They keep nothing of what they check."""
    instance = serializer(data={})
    instance.fields  # noqa: B018 - makes them
    return instance


def checked_form(serializer: type[StrictSerializer], form: Any) -> dict[str, Any]:
    """The same for a form with files: a second file must not vanish without a word."""
    twice = [name for name in form if hasattr(form, "getlist") and len(form.getlist(name)) > 1]
    if twice:
        raise serializers.ValidationError({name: ["Give it once."] for name in twice})
    return checked(serializer, form)


class AgencyKeyField(serializers.CharField):
    """An agency by its id or its code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, help_text="The agency's id or code.", **kwargs)


def find_agency(actor: Actor, key: str, *, field: str = "agency") -> Agency:
    """The agency by id or code; one that does not exist, or that the actor may not know of, is a field error.

    A merged one is the one that it was merged into.
    """
    found = known_agency(actor, key, follow=True)
    if found is None:
        raise serializers.ValidationError({field: [f"There is no agency {key!r}."]})
    return found


def get_agency(actor: Actor, key: str) -> Agency:
    """The agency that the address names, or :class:`NotFound`. A merged one is found as what it is."""
    found = known_agency(actor, key)
    if found is None:
        raise NotFound("There is no such agency.")
    return found


def known_agency(actor: Actor, key: str, *, follow: bool = False) -> Agency | None:
    """The agency by id or code, if the actor may know of it: any for members of the network, and one's own also for a
    token that may only upload. ``follow``: a merged one is the one that it was merged into."""
    if actor.is_anonymous or "\x00" in key:
        return None
    known = Q(is_active=True) | Q(merged_into__isnull=False)
    found = Agency.objects.filter(known, named_by(key)).select_related("merged_into").first()
    if found is not None and follow:
        found = found.merged_into or found
    if found is None:
        return None
    knows = can_in_agency(actor, AgencyAction.VIEW, found.path) or actor.role_at(found.path) is not None
    return found if knows else None


def named_by(key: str) -> Q:
    """The condition of the agency with this id or code, whoever may know of it."""
    try:
        return Q(pk=UUID(key))
    except ValueError:
        return Q(code=key.upper())


def iso(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, as DRF would write it."""
    return None if moment is None else rfc3339(moment)
