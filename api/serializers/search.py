"""What a search of the assets may ask for."""

from typing import Any

from rest_framework import serializers as s

from api.serializers.base import AgencyKeyField, MomentField, StrictSerializer, find_agency
from api.serializers.bulk import FIELDS_HELP, INCLUDE_HELP, INCLUDES, SUMMARY_FIELDS, IdsField, NamesField
from api.serializers.inputs import PageQuery
from assets.people import LONGEST_NAME
from assets.search.query import LONGEST_QUERY, Order, Orientation, SearchQuery
from assets.states import Colour, Kind, Language
from permissions.actor import Actor
from permissions.vocabulary import AssetState, Audience

MOST_PIXELS, MOST_SECONDS = 1_000_000, 1_000_000


class FilterQuery(StrictSerializer):
    """The filters that lists, counts and alerts share."""

    search = s.CharField(
        required=False,
        max_length=LONGEST_QUERY,
        help_text='Words, `"a phrase"`, `-without`, `one OR other`, `begin*`, and fields: `title:`, `place:`, `by:`, '
        "`keyword:`, `person:`, `people:`, `ref:`, `kind:`, `state:`, `audience:`, `lang:`, `agency:`, `licence:`, "
        "`orientation:`, `colour:`, `urgency:`, `has:captions`.",
    )
    kind = s.ChoiceField(choices=Kind.choices, required=False)
    agency = AgencyKeyField(required=False)
    state = s.ChoiceField(choices=AssetState.choices, required=False)
    audience = s.ChoiceField(choices=Audience.choices, required=False)
    language = s.ChoiceField(choices=Language.choices, required=False, help_text="With a text in this language.")
    created_from = MomentField(required=False)
    created_to = MomentField(required=False)
    taken_from = MomentField(required=False, help_text="When it was taken, as far as anybody said.")
    taken_to = MomentField(required=False)
    published_from = MomentField(required=False)
    published_to = MomentField(required=False)
    album = s.UUIDField(required=False)
    place = s.CharField(required=False, max_length=LONGEST_QUERY)
    licence = s.CharField(required=False, max_length=60, help_text="The code of a licence.")
    orientation = s.ChoiceField(choices=Orientation.choices, required=False)
    colour = s.ChoiceField(choices=Colour.choices, required=False, help_text="A picture that is mostly of it.")
    people = s.CharField(
        required=False,
        max_length=LONGEST_NAME,
        help_text="The whole name of somebody it shows, signs and case aside.",
    )
    min_width = s.IntegerField(required=False, min_value=1, max_value=MOST_PIXELS, help_text="Pixels.")
    min_height = s.IntegerField(required=False, min_value=1, max_value=MOST_PIXELS, help_text="Pixels.")
    min_duration = s.FloatField(required=False, min_value=0, max_value=MOST_SECONDS, help_text="Seconds.")
    max_duration = s.FloatField(required=False, min_value=0, max_value=MOST_SECONDS, help_text="Seconds.")
    urgency = s.IntegerField(required=False, min_value=1, max_value=8, help_text="This or more urgent.")
    has_captions = s.BooleanField(required=False)


class AssetQuery(FilterQuery, PageQuery):
    ids = IdsField()
    fields = NamesField(SUMMARY_FIELDS, help_text=FIELDS_HELP)  # type: ignore[assignment]  # DRF takes it out
    include = NamesField(INCLUDES, help_text=INCLUDE_HELP)
    order = s.ChoiceField(
        choices=Order.choices,
        required=False,
        help_text="With `search` by relevance, without it the newest first. `best`: all of time by relevance, slower.",
    )


class SuggestionsQuery(StrictSerializer):
    prefix = s.CharField(max_length=100)
    size = s.IntegerField(required=False, min_value=1, max_value=20)


NAMES: tuple[str, ...] = tuple(
    str(name) for name in FilterQuery().fields if str(name) not in {"search", "agency", "place", "licence", "people"}
)


def search_query(actor: Actor, asked: dict[str, Any]) -> SearchQuery:
    """The query that these values ask for; an agency that the actor may not know of is a field error."""
    words = asked.get("search", "")
    return SearchQuery(
        words=words,
        agency=find_agency(actor, asked["agency"]) if "agency" in asked else None,
        place=asked.get("place", ""),
        licence=asked.get("licence", ""),
        people=asked.get("people", ""),
        order=asked.get("order") or (Order.RELEVANCE if words else Order.NEWEST),
        **{name: asked.get(name) for name in NAMES},
    )


def is_searched(query: SearchQuery) -> bool:
    """Whether the search answers, and not the list of the newest, which can also be gone through backwards."""
    return bool(query.words or query.place or query.colour or query.people) or query.order in {Order.TAKEN, Order.BEST}
