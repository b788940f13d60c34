"""The grid of everything that one may see: the newest first, or what a search finds."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from api.territory import territory_of
from assets.lists.newest import NewestRows
from assets.models import Asset
from assets.queries import newest_rows
from assets.search import facets, search
from assets.search.counting import FacetCount
from assets.search.query_language import QueryUnreadable, parse
from assets.states import Colour, Kind
from mediacenter.web.library_form import LibraryFilters
from mediacenter.web.presentation.agencies import known_agencies
from mediacenter.web.presentation.assets import Card, card_for, for_pages
from mediacenter.web.presentation.found import marked_card
from mediacenter.web.views.pages import page
from mediacenter.web.views.searches import SearchForm
from permissions.actor import Actor
from permissions.vocabulary import AssetState

PAGE_SIZE = 24
COUNTED = {"kind": Kind, "state": AssetState, "colour": Colour, "people": None}
"""Facets with a link for each value, and their words; None: the value is a word itself."""
FEW_NAMES = 8
"""The people that are offered."""


@dataclass(frozen=True, kw_only=True)
class Narrower:
    """A link that narrows what is found, with how much there is. ``colour``: which it shows, if it is of one."""

    label: str
    count: FacetCount
    address: str
    colour: str = ""


def _one_page(assets: NewestRows, filters: LibraryFilters) -> tuple[list[Asset], bool, bool]:
    """The assets of the page, and whether there are newer and older ones. Keys, not offsets: new rows shift nothing."""
    newer, older = filters.cursor("newer_than"), filters.cursor("older_than")
    if newer is not None:
        rows = list(assets.filter(pk__gt=newer).order_by("pk")[: PAGE_SIZE + 1])
        return rows[:PAGE_SIZE][::-1], len(rows) > PAGE_SIZE, True
    if older is not None:
        assets = assets.filter(pk__lt=older)
    rows = list(assets.order_by("-pk")[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], older is not None, len(rows) > PAGE_SIZE


def _newest(actor: Actor, filters: LibraryFilters, territory: str | None) -> dict[str, Any]:
    rows, has_newer, has_older = _one_page(newest_rows(actor, filters.query, shown=for_pages), filters)
    return {
        "cards": [card_for(asset, actor, territory) for asset in rows],
        "newer": urlencode({**filters.chosen, "newer_than": rows[0].pk}) if has_newer and rows else "",
        "older": urlencode({**filters.chosen, "older_than": rows[-1].pk}) if has_older and rows else "",
    }


def _found(actor: Actor, filters: LibraryFilters, territory: str | None) -> dict[str, Any]:
    answer = search(actor=actor, query=filters.query, size=PAGE_SIZE, after=filters.after_page)
    rows = for_pages(Asset.objects.visible_to(actor)).in_bulk([hit.asset_id for hit in answer.hits])
    found = [rows[hit.asset_id] for hit in answer.hits if hit.asset_id in rows]
    parsed = parse(answer.searched)
    cards: list[Card] = [marked_card(card_for(asset, actor, territory), asset, parsed) for asset in found]
    said = {**filters.chosen, **({"search": answer.searched} if answer.searched else {})}
    return {
        "cards": cards,
        "meant": answer.did_you_mean,
        "narrower": _narrower(actor, filters, answer.searched) if cards and not filters.after_page else [],
        "more": urlencode({**said, "after": answer.next}) if answer.next else "",
    }


def _narrower(actor: Actor, filters: LibraryFilters, words: str) -> list[Narrower]:
    """Links for the facets that nothing is chosen of yet and that would leave something out."""
    chosen = {**filters.chosen, **({"search": words} if words else {})}
    counted = facets(actor=actor, query=replace(filters.query, words=words))
    links = []
    for name, labels in COUNTED.items():
        values = counted.counts[name][:FEW_NAMES] if name == "people" else counted.counts[name]
        if name in chosen or len(values) < 2:
            continue
        links += [
            Narrower(
                label=str(labels(one.value).label) if labels else one.value,
                count=one,
                address=urlencode({**chosen, name: one.value}),
                colour=one.value if name == "colour" else "",
            )
            for one in values
        ]
    return links


@require_safe
@page
def library(request: HttpRequest, actor: Actor) -> HttpResponse:
    filters = LibraryFilters(actor, known_agencies(actor), request.GET)
    shown: dict[str, Any] = {"cards": [], "newer": "", "older": ""}
    try:
        shown |= (_found if filters.is_search else _newest)(actor, filters, territory_of(request))
    except QueryUnreadable as refusal:
        shown["refusal"] = refusal.message
    context = {"filters": filters, "filtered": bool(filters.chosen), "save": SearchForm(auto_id="save_%s"), **shown}
    return render(request, "web/library.html", context)
