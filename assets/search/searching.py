"""One page of what an actor may see and a query asks for, in its order."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q

from assets.search.candidates import ENOUGH, newest_candidates
from assets.search.conditions import Conditions, conditions_for, taken
from assets.search.correcting import corrected
from assets.search.cursors import Cursor, cursor_invalid, read, written
from assets.search.matches import matches, matching
from assets.search.query import Hit, Order, SearchPage, SearchQuery
from assets.search.query_language import Parsed, parse
from assets.search.ranking import scored, scores_of
from permissions.actor import Actor

MOST_RANKED: Final = 2 * ENOUGH
"""Of one window, with what has come into it since it was first ranked."""
SKEW: Final = 60_000
"""Milliseconds by which clocks of machines may differ."""


def search(*, actor: Actor, query: SearchQuery, size: int = 24, after: str | None = None) -> SearchPage:
    """The hits of a page: every visible match is on exactly one page, however much is written in between.

    Raises ``QueryUnreadable`` for words that are no query and ``Invalid`` (``cursor_invalid``). Where the first page
    would be empty because of words that nothing visible says, it is that of the words that were likely meant.
    """
    cursor = read(after) if after else None
    page = _page(actor, query, size, cursor)
    if page.hits or cursor is not None or not query.words:
        return page
    meant = corrected(actor, query)
    if meant is None:
        return page
    page = _page(actor, replace(query, words=meant), size, None)
    return replace(page, did_you_mean=meant)


def _page(actor: Actor, query: SearchQuery, size: int, cursor: Cursor | None) -> SearchPage:
    parsed = parse(query.words)
    conditions = conditions_for(actor, query, parsed)
    order = Order(query.order)
    if order in {Order.RELEVANCE, Order.BEST} and not parsed.wanted:
        order = Order.NEWEST  # nothing to rank
    hits, after = _ORDERS[order](actor, conditions, parsed, size, cursor or Cursor(now=int(time.time() * 1000)))
    return SearchPage(hits=tuple(hits), next=written(after) if after else None, searched=query.words)


Found = tuple[list[Hit], Cursor | None]


def _by_relevance(actor: Actor, conditions: Conditions, parsed: Parsed, size: int, at: Cursor) -> Found:
    """Window by window of the newest candidates, each ranked. The cursor names its window by both ends, so that what
    comes or goes meanwhile moves no other hit from page to page."""
    hits: list[Hit] = []
    while True:
        window, more = _window(actor, conditions, at)
        ranked = sorted(_ranked(window, parsed, at.now), key=_place)
        if at.asset is not None and at.score is not None:
            place = (-at.score, -at.asset.int)
            ranked = [hit for hit in ranked if _place(hit) > place]
        taken_now = ranked[: size - len(hits)]
        hits += taken_now
        if len(taken_now) < len(ranked):
            last = hits[-1]
            return hits, replace(at, last=_end(window, at), asset=last.asset_id, score=last.score)
        if not more:
            return hits, None
        at = Cursor(now=at.now, below=_end(window, at))
        if len(hits) >= size:
            return hits, at if _window(actor, conditions, at, enough=1)[0][1] != at.below else None


Window = tuple[list[UUID], UUID | None]


def _window(actor: Actor, conditions: Conditions, at: Cursor, *, enough: int = ENOUGH) -> tuple[Window, bool]:
    """The matches of the window, its end, and whether there may be more after it."""
    holding = matching(actor, conditions)
    if at.last is not None:
        inside = Q(asset_id__gte=at.last) if at.below is None else Q(asset_id__gte=at.last, asset_id__lt=at.below)
        # bounded also where the cursor is of another query, in whose window there may be all matches of this one
        rows = holding.visible().filter(inside).order_by("-asset_id").values_list("asset_id", flat=True)
        return (list(rows[:MOST_RANKED]), at.last), True
    found = newest_candidates(holding, newest=at.now + SKEW, below=at.below, enough=enough)
    return (found, found[-1] if found else at.below), len(found) >= enough


def _end(window: Window, at: Cursor) -> UUID:
    end = window[1] or at.below
    if end is None:  # a window without candidates is the last one
        raise cursor_invalid()
    return end


def _ranked(window: Window, parsed: Parsed, now: int) -> list[Hit]:
    return [Hit(asset_id=pk, score=score) for pk, score in scores_of(window[0], parsed, now=now)]


def _place(hit: Hit) -> tuple[float, int]:
    return -hit.score, -hit.asset_id.int


def _by_newest(actor: Actor, conditions: Conditions, parsed: Parsed, size: int, at: Cursor) -> Found:
    del parsed
    found = newest_candidates(matching(actor, conditions), newest=at.now + SKEW, below=at.asset, enough=size + 1)
    hits = [Hit(asset_id=pk) for pk in found[:size]]
    return hits, Cursor(now=at.now, asset=found[size - 1]) if len(found) > size else None


def _by_taken(actor: Actor, conditions: Conditions, parsed: Parsed, size: int, at: Cursor) -> Found:
    del parsed
    rows = matches(actor, conditions).annotate(taken=taken("asset__"))
    if at.asset is not None:
        if at.moment is None:
            raise cursor_invalid()
        rows = rows.filter(Q(taken__lt=at.moment) | Q(taken=at.moment, asset_id__lt=at.asset))
    found = list(rows.order_by("-taken", "-asset_id").values_list("asset_id", "taken")[: size + 1])
    hits = [Hit(asset_id=pk) for pk, _ in found[:size]]
    if len(found) <= size:
        return hits, None
    pk, moment = found[size - 1]
    return hits, Cursor(now=at.now, asset=pk, moment=moment)


def _by_best(actor: Actor, conditions: Conditions, parsed: Parsed, size: int, at: Cursor) -> Found:
    rows: Any = scored(matches(actor, conditions), parsed, now=at.now)
    if at.asset is not None:
        if at.score is None:
            raise cursor_invalid()
        rows = rows.filter(Q(score__lt=at.score) | Q(score=at.score, asset_id__lt=at.asset))
    found = list(rows.order_by(F("score").desc(), "-asset_id").values_list("asset_id", "score")[: size + 1])
    hits = [Hit(asset_id=pk, score=score) for pk, score in found[:size]]
    more = len(found) > size
    return hits, Cursor(now=at.now, asset=hits[-1].asset_id, score=hits[-1].score) if more else None


_ORDERS: Final[dict[Order, Callable[[Actor, Conditions, Parsed, int, Cursor], Found]]] = {
    Order.RELEVANCE: _by_relevance,
    Order.NEWEST: _by_newest,
    Order.TAKEN: _by_taken,
    Order.BEST: _by_best,
}
