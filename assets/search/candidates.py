"""The newest few hundred of what fits, found slice of time by slice of time.

A common word has hundreds of thousands of matches; fetching or ranking all of them is what makes searches slow. The
newest slice is a few days, each one before it is several times as long, and no slice is opened once enough is found.
Spans of time are lexemes of each entry, so that the index itself meets word and time, and bounds of the id, which
begins with the time, let it go through the entries in order where a word is common.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from assets.models.search import SearchEntry
from assets.search.analysis import MONTHS, YEARS, quoted, span

ENOUGH = 300
FEW = 3
"""With fewer in the newest slice, all that is older is asked at once."""
_DAYS = 29
"""2^29 ms are 6.2 days."""

Matching = Callable[[str], "QuerySet[SearchEntry, Any]"]
"""The matches that hold these lexemes too; all of them for no lexemes."""


@dataclass(frozen=True, kw_only=True)
class Slice:
    """From ``begin`` to ``end``, milliseconds; None: without end. ``lexemes`` are its spans, or more."""

    begin: int | None
    end: int | None
    lexemes: str = ""


def slices(newest: int) -> Iterator[Slice]:
    """Slices that together are all of time, from the newest."""
    end = ((newest >> _DAYS) - 1) << _DAYS
    yield Slice(begin=end, end=None)
    for bits, steps in ((MONTHS, 1), (MONTHS, 3), (YEARS, 1)):
        begin = ((end >> bits) - steps) << bits
        spans = range(begin >> bits, ((end - 1) >> bits) + 1)
        yield Slice(begin=begin, end=end, lexemes=" | ".join(quoted(span(bits, number)) for number in spans))
        end = begin
    yield Slice(begin=None, end=end)


def newest_candidates(
    matching: Matching, *, newest: int, below: UUID | None = None, enough: int = ENOUGH
) -> list[UUID]:
    """The ids of the newest matches below an id, ``enough`` of them if there are so many."""
    found: list[UUID] = []
    top = min(newest, _newest_entry()) if below is None else below.int >> 80
    for number, part in enumerate(slices(top)):
        last = number == 1 and len(found) < FEW
        found += _in_slice(matching, Slice(begin=None, end=part.end) if last else part, below, enough - len(found))
        if last or len(found) >= enough:
            break
    return found


def _newest_entry() -> int:
    """When the newest entry was made: after quiet weeks the slices begin there, not at an empty present."""
    newest = SearchEntry.objects.order_by("-asset_id").values_list("asset_id", flat=True).first()
    return 0 if newest is None else newest.int >> 80


def newest_span() -> str:
    """The lexeme of the newest span of time in which there is an entry."""
    return quoted(span(MONTHS, _newest_entry() >> MONTHS))


def _in_slice(matching: Matching, part: Slice, below: UUID | None, most: int) -> list[UUID]:
    rows = matching(part.lexemes)
    if part.begin is not None:
        rows = rows.filter(asset_id__gte=_first_id(part.begin))
    bounds = [bound for bound in (below, None if part.end is None else _first_id(part.end)) if bound is not None]
    if bounds:
        rows = rows.filter(asset_id__lt=min(bounds))
    # The far past is asked for what is rare of late. The planner does not know that of every word: it would go through
    # all entries in their order and expect to meet enough soon. What no index has in order it looks up, and sorts.
    order = F("asset_id") if part.begin is not None else Greatest(F("asset_id"), F("asset_id"))
    return list(rows.order_by(order.desc()).values_list("asset_id", flat=True)[:most])


def _first_id(milliseconds: int) -> UUID:
    return UUID(int=max(0, milliseconds) << 80)
