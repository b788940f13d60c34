"""Requests and answers about the record."""

from typing import Any

from rest_framework import serializers as s

from api.serializers.base import AgencyKeyField, MomentField, StrictSerializer
from api.serializers.inputs import PageQuery
from api.serializers.outputs import AgencyRef, Output, PersonRef

ACT = r"^[a-z_]+(\.[a-z_]*)*\Z"


class EventQuery(StrictSerializer):
    act = s.RegexField(ACT, required=False, max_length=60, help_text="`asset.published`.")
    act_prefix = s.RegexField(ACT, required=False, max_length=60, help_text="`asset.`: all acts that begin so.")
    target = s.UUIDField(required=False, help_text="The thing that was acted upon.")
    agency = AgencyKeyField(required=False)
    user = s.UUIDField(required=False, help_text="Who acted, or answers for the agency's token that did.")

    def get_fields(self) -> dict[str, Any]:
        """With ``from`` and ``to``, which are no names for attributes."""
        return super().get_fields() | {
            "from": MomentField(required=False, help_text="Included."),
            "to": MomentField(required=False, help_text="Not included."),
        }


class AuditQuery(EventQuery, PageQuery):
    pass


class AuditExportQuery(EventQuery):
    format = s.ChoiceField(choices=["csv", "jsonl"])


class TokenRef(Output):
    id = s.UUIDField()
    name = s.CharField()
    prefix = s.CharField()


class AuditEventOut(Output):
    id = s.UUIDField()
    at = s.DateTimeField()
    act = s.CharField()
    target = s.UUIDField()
    agency = AgencyRef(allow_null=True, help_text="Which the target belongs to.")
    user = PersonRef(allow_null=True, help_text="null: a token of an agency, or the system itself.")
    token = TokenRef(allow_null=True)
    on_behalf_of = AgencyRef(allow_null=True, help_text="The agency whose token acted.")
    answerable = PersonRef(allow_null=True, help_text="Who made that token.")
    address = s.CharField(allow_null=True)
    user_agent = s.CharField(allow_blank=True)
    request_id = s.CharField(allow_blank=True)
    data = s.DictField(child=s.JSONField())  # type: ignore[assignment]  # a field, not the property
    hash = s.CharField(help_text="SHA-256, as its seal holds it.")
    seal = s.IntegerField(allow_null=True, help_text="Its place in the chain; null for some seconds.")
