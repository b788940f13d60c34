"""Where agencies published a work, as they say it."""

from rest_framework import serializers as s

from api.serializers.base import AgencyKeyField, StrictSerializer
from api.serializers.outputs import AgencyRef, AssetRef, Output
from assets.models.publication import LONGEST_ADDRESS
from assets.states import Medium


class PublicationIn(StrictSerializer):
    medium = s.ChoiceField(choices=Medium.choices)
    url = s.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=LONGEST_ADDRESS,
        help_text="http or https. Needed for `web` and `social`; its fragment is not kept.",
    )
    title = s.CharField(
        required=False, allow_blank=True, default="", max_length=300, help_text="Needed where there is no `url`."
    )
    published_on = s.DateField(
        required=False, allow_null=True, default=None, help_text="From 1900-01-01 to tomorrow; without it today."
    )
    note = s.CharField(required=False, allow_blank=True, default="", max_length=1000)
    agency = AgencyKeyField(required=False)


class PublicationOut(Output):
    id = s.UUIDField()
    agency = AgencyRef(help_text="Who published it.")
    by = s.CharField(allow_null=True, help_text="The person or the token that reported it.")
    reported_at = s.DateTimeField()
    medium = s.ChoiceField(choices=Medium.choices)
    url = s.CharField(allow_blank=True)
    title = s.CharField(allow_blank=True)
    published_on = s.DateField()
    note = s.CharField(allow_blank=True)
    may_withdraw = s.BooleanField()


class PublishedWorkOut(Output):
    asset = AssetRef()
    agency = AgencyRef(help_text="Who published it.")
    medium = s.ChoiceField(choices=Medium.choices)
    url = s.CharField(allow_blank=True)
    title = s.CharField(allow_blank=True)
    published_on = s.DateField()
