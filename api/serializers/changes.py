"""The changes feed."""

from rest_framework import serializers as s

from api.serializers.base import StrictSerializer
from api.serializers.outputs import Output
from assets.changes.reading import ChangeKind

CHANGES = [(kind.value, kind.value) for kind in ChangeKind]


class ChangesQuery(StrictSerializer):
    since = s.CharField(
        max_length=200, help_text="`next` of the answer before, or `now` for the present place before a first fill."
    )
    limit = s.IntegerField(min_value=1, max_value=500, default=100)


class ChangeOut(Output):
    change = s.ChoiceField(choices=CHANGES)
    asset = s.UUIDField()
    reference = s.CharField()
    at = s.DateTimeField()
    visible = s.BooleanField(help_text="Whether you saw it after this change; if not, forget it.")


class ChangesOut(Output):
    results = ChangeOut(many=True)
    next = s.CharField(help_text="The `since` of your next request. Opaque; keep it with what you took.")
    more = s.BooleanField(help_text="Ask again at once: there may be more already.")
