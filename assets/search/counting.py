"""How much of what is found is of which kind, exactly up to a bound and honestly "more" above it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet

from assets.models import Asset
from assets.models.search import SearchEntry
from assets.search.conditions import conditions_for
from assets.search.matches import matches
from assets.search.query import SearchQuery
from assets.search.query_language import parse
from assets.states import Kind, Language
from permissions.actor import Actor
from permissions.vocabulary import AssetState, Audience

MOST_COUNTED: Final = 1000
SAMPLE: Final = 2000
"""With no more matches than these, all is counted at once."""
MOST_AGENCIES: Final = 20

FIELDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "kind": ("asset__kind", tuple(Kind.values)),
    "state": ("asset__state", tuple(AssetState.values)),
    "audience": ("asset__audience", tuple(Audience.values)),
    "language": ("asset__original_language", tuple(Language.values)),
    "licence": ("asset__licence_terms__code", ()),
    "agency": ("asset__agency__code", ()),
}
"""The column of each facet, and its values where they are few and known; of agencies and licences those of the newest
matches are counted."""


@dataclass(frozen=True, kw_only=True)
class FacetCount:
    """``more``: there are more than ``count``, which is then the bound."""

    value: str
    count: int
    more: bool = False


@dataclass(frozen=True, kw_only=True)
class Facets:
    """``total`` and each facet, the largest count first; what nothing is of is left out."""

    total: FacetCount
    counts: Mapping[str, tuple[FacetCount, ...]]


def facets(*, actor: Actor, query: SearchQuery) -> Facets:
    """Counts of what the actor sees of what the query finds. Raises ``QueryUnreadable``."""
    conditions = conditions_for(actor, query, parse(query.words))
    rows = matches(actor, conditions)
    columns = [column for column, _ in FIELDS.values()]
    sample = list(rows.order_by("-asset_id").values_list(*columns)[: SAMPLE + 1])
    whole = len(sample) <= SAMPLE
    counted = {}
    for place, (name, (column, known)) in enumerate(FIELDS.items()):
        tally = Counter(row[place] for row in sample if row[place])
        values = [value for value, _ in tally.most_common(MOST_AGENCIES)]
        if not whole:
            values += [value for value in known if value not in tally]
        found = (_count(rows, column, value, tally[value], whole=whole) for value in values)
        counted[name] = tuple(sorted((one for one in found if one.count), key=lambda one: (-one.count, one.value)))
    return Facets(total=_bounded("", len(sample)), counts=counted)


def _count(rows: "QuerySet[SearchEntry, Any]", column: str, value: str, seen: int, *, whole: bool) -> FacetCount:
    """``seen``: how often the sample has it, which is all where the sample is whole."""
    if whole or seen > MOST_COUNTED:
        return _bounded(value, seen)
    name = column.removeprefix("asset__")
    inside = Asset.objects.filter(Q(**{name: value})).order_by().values("pk")
    return _bounded(value, len(rows.filter(asset__in=inside).order_by().values("pk")[: MOST_COUNTED + 1]))


def _bounded(value: str, count: int) -> FacetCount:
    return FacetCount(value=value, count=min(count, MOST_COUNTED), more=count > MOST_COUNTED)
