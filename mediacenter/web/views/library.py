"""The grid of everything that one may see, newest first."""

from typing import ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from api.territory import territory_of
from assets.listing import Newest
from assets.models import Asset
from assets.queries import newest
from assets.search.query import SearchQuery
from assets.states import Kind
from mediacenter.web.agency_filter import AgencyFilterForm
from mediacenter.web.presentation.agencies import known_agencies
from mediacenter.web.presentation.assets import card_for, for_pages
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.vocabulary import AssetState

PAGE_SIZE = 24


class LibraryFilters(AgencyFilterForm):
    """What the address of the page may ask for. Anything unusable is left out, so that an old link still opens."""

    search = forms.CharField(label=_("Search"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All kinds")), *Kind.choices], required=False)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All states")), *AssetState.choices], required=False)
    older_than = forms.UUIDField(required=False, widget=forms.HiddenInput)
    newer_than = forms.UUIDField(required=False, widget=forms.HiddenInput)

    SHOWN: ClassVar[tuple[str, ...]] = ("search", "kind", "agency", "state")

    @property
    def chosen(self) -> dict[str, str]:
        """The filters in use, for the links to the next page."""
        agency = self.cleaned_data.get("agency")
        said = self.cleaned_data | {"agency": agency.code if agency else ""}
        return {name: value for name in self.SHOWN if (value := said.get(name))}

    def cursor(self, name: str) -> UUID | None:
        value = self.cleaned_data.get(name)
        return value if isinstance(value, UUID) else None

    @property
    def query(self) -> SearchQuery:
        chosen = self.chosen
        return SearchQuery(
            words=chosen.get("search", ""),
            agency=self.cleaned_data.get("agency"),
            kind=chosen.get("kind"),
            state=chosen.get("state"),
        )


def _one_page(assets: Newest, filters: LibraryFilters) -> tuple[list[Asset], bool, bool]:
    """The assets of the page, and whether there are newer and older ones. Keys, not offsets: new rows shift nothing."""
    newer, older = filters.cursor("newer_than"), filters.cursor("older_than")
    if newer is not None:
        rows = list(assets.filter(pk__gt=newer).order_by("pk")[: PAGE_SIZE + 1])
        return rows[:PAGE_SIZE][::-1], len(rows) > PAGE_SIZE, True
    if older is not None:
        assets = assets.filter(pk__lt=older)
    rows = list(assets.order_by("-pk")[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], older is not None, len(rows) > PAGE_SIZE


@require_safe
@page
def library(request: HttpRequest, actor: Actor) -> HttpResponse:
    filters = LibraryFilters(actor, known_agencies(actor), request.GET)
    rows, has_newer, has_older = _one_page(newest(actor, filters.query, shown=for_pages), filters)
    territory = territory_of(request)
    context = {
        "filters": filters,
        "filtered": bool(filters.chosen),
        "cards": [card_for(asset, actor, territory) for asset in rows],
        "newer": urlencode({**filters.chosen, "newer_than": rows[0].pk}) if has_newer and rows else "",
        "older": urlencode({**filters.chosen, "older_than": rows[-1].pk}) if has_older and rows else "",
    }
    return render(request, "web/library.html", context)
