"""How much of what is found is of which kind, exactly up to a bound and honestly "more" above it."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from assets.models.search import SearchEntry
from assets.search.analysis import name_key
from assets.search.candidates import newest_candidates
from assets.search.conditions import Conditions, conditions_for
from assets.search.matches import matching
from assets.search.query import SearchQuery
from assets.search.query_language import parse
from assets.search.searching import SKEW
from permissions.actor import Actor

MOST_COUNTED: Final = 1000
SAMPLE: Final = 2000
"""So many matches are looked at, the newest; with no more than these, all counts are of all."""
MOST_VALUES: Final = 20

FIELDS: Final[Mapping[str, str]] = {
    "kind": "asset__kind",
    "state": "asset__state",
    "audience": "asset__audience",
    "language": "asset__original_language",
    "licence": "asset__licence_terms__code",
    "agency": "asset__agency__code",
    "colour": "asset__current_version__colours",
    "people": "asset__people",
}
"""The column of each facet; a work may have several colours and show several people."""


@dataclass(frozen=True, kw_only=True)
class FacetCount:
    """``more``: there are more than ``count``, or may be: it is the bound, or that of the newest :data:`SAMPLE`."""

    value: str
    count: int
    more: bool = False


@dataclass(frozen=True, kw_only=True)
class Facets:
    """``total`` and each facet, the largest count first; what nothing that was looked at is of is left out."""

    total: FacetCount
    counts: Mapping[str, tuple[FacetCount, ...]]


def facets(*, actor: Actor, query: SearchQuery) -> Facets:
    """Counts of what the actor sees of what the query finds. Raises ``QueryUnreadable``.

    Of more matches than :data:`SAMPLE` the newest are counted, and every count says that there may be more: to know how
    many of a common word's matches are of a rare value, all of them would have to be looked at.
    """
    sample, whole = _newest(actor, conditions_for(actor, query, parse(query.words)))
    counted = {}
    for place, name in enumerate(FIELDS):
        tally = Counter(value for row in sample for value in _values(row[place]))
        if name == "people":
            tally = _as_found(sample, place, tally)
        ordered = sorted(tally.items(), key=lambda one: (-one[1], one[0]))[:MOST_VALUES]
        counted[name] = tuple(_bounded(value, count, whole=whole) for value, count in ordered)
    return Facets(total=_bounded("", len(sample), whole=whole), counts=counted)


def _as_found(sample: list[tuple[Any, ...]], place: int, written: Counter[str]) -> Counter[str]:
    """Names as the filter finds them: those that are written in several ways are one, by the way that is used most."""
    tally = Counter(key for row in sample for key in {name_key(name) for name in _values(row[place])})
    usual: dict[str, str] = {}
    for name, _ in sorted(written.items(), key=lambda one: (-one[1], one[0])):
        usual.setdefault(name_key(name), name)
    return Counter({usual[key]: count for key, count in tally.items()})


def _values(said: str | list[str] | None) -> list[str]:
    if isinstance(said, list):
        return said
    return [said] if said else []


def _newest(actor: Actor, conditions: Conditions) -> tuple[list[tuple[Any, ...]], bool]:
    """The columns of the newest matches, and whether these are all. Found slice of time by slice
    of time, as a search finds them: a common word's matches are not all sorted for it."""
    ids = newest_candidates(matching(actor, conditions), newest=int(time.time() * 1000) + SKEW, enough=SAMPLE + 1)
    rows = SearchEntry.objects.filter(asset_id__in=ids[:SAMPLE]).values_list(*FIELDS.values())
    return list(rows), len(ids) <= SAMPLE


def _bounded(value: str, count: int, *, whole: bool) -> FacetCount:
    return FacetCount(value=value, count=min(count, MOST_COUNTED), more=not whole or count > MOST_COUNTED)
