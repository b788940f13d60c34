"""Saved searches: what they take and what they are."""

from rest_framework import serializers as s

from api.serializers.base import StrictSerializer
from api.serializers.outputs import Output
from api.serializers.search import FilterQuery
from assets.models.saved_search import LONGEST_NAME
from assets.states import AlertRhythm


class SavedSearchIn(StrictSerializer):
    name = s.CharField(max_length=LONGEST_NAME, help_text="Each once.")
    query = FilterQuery(help_text="Filters and words of `GET assets`, without order.")
    alerts = s.ChoiceField(
        choices=AlertRhythm.choices, required=False, help_text="Letters to the person; not for a token of an agency."
    )


class SavedSearchPatch(StrictSerializer):
    name = s.CharField(max_length=LONGEST_NAME, required=False)
    alerts = s.ChoiceField(choices=AlertRhythm.choices, required=False)


class NewOut(Output):
    count = s.IntegerField(help_text="Up to 100.")
    more = s.BooleanField()


class SavedSearchOut(Output):
    id = s.UUIDField()
    name = s.CharField()
    query = s.DictField(help_text="As for `GET assets`; the agency by its id.")
    alerts = s.ChoiceField(choices=AlertRhythm.choices)
    has_feed = s.BooleanField()
    new = NewOut(help_text="What became visible to you since you last looked, of what you see now; a minute late.")
    created_at = s.DateTimeField()


class FeedAddress(Output):
    atom = s.URLField(help_text="Secret: whoever has it reads what you may see of this search. Shown once.")
    mrss = s.URLField(help_text="The same as Media RSS.")
