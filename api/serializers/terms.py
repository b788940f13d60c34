from rest_framework import serializers as s

from api.serializers.base import StrictSerializer
from api.serializers.outputs import AgencyRef, Output
from permissions.usecases.terms_write import LONGEST


class TermsTexts(Output):
    vi = s.CharField()
    en = s.CharField()
    zh = s.CharField()


class AgencyTermsOut(Output):
    agency = AgencyRef(help_text="Whose works they are about.")
    written_by = AgencyRef(help_text="The agency itself, or the nearest above that wrote terms.")
    version = s.IntegerField()
    is_current = s.BooleanField(help_text="Whether no later version is in force.")
    since = s.DateTimeField()
    language = s.ChoiceField(choices=["vi", "en", "zh"], help_text="Of `text`: the one asked for, else `vi`.")
    text = s.CharField()
    texts = TermsTexts(help_text="Empty where nobody wrote them in this language.")
    asked = s.BooleanField(help_text="Whether they are to be accepted before downloads, by whoever is not of it.")
    accepted_at = s.DateTimeField(allow_null=True, help_text="By you, or on behalf of your agency.")


class AcceptedOut(Output):
    agency = AgencyRef(help_text="Who wrote the terms.")
    version = s.IntegerField()
    accepted_at = s.DateTimeField()
    on_behalf_of = AgencyRef(allow_null=True, help_text="The agency of the program that accepted; null: a person.")


class TermsQuery(StrictSerializer):
    version = s.IntegerField(required=False, min_value=1, max_value=2**31 - 1, help_text="An earlier one.")


class TermsIn(StrictSerializer):
    vi = s.CharField(max_length=LONGEST, help_text="Plain text.")
    en = s.CharField(max_length=LONGEST, required=False, allow_blank=True)
    zh = s.CharField(max_length=LONGEST, required=False, allow_blank=True)


class AcceptIn(StrictSerializer):
    version = s.IntegerField(min_value=1, max_value=2**31 - 1, help_text="The one that you read.")
