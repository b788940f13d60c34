"""Searches that one keeps: listed with what is new, renamed, looked at, told of by letters and feeds, deleted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from api.views.saved import feed_addresses
from assets.models import SavedSearch
from assets.models.saved_search import LONGEST_NAME
from assets.saved.asking import query_of, searches_of
from assets.saved.following import MOST_NEW, new_in
from assets.search.query_language import QueryUnreadable
from assets.states import AlertRhythm
from assets.usecases.searches_save import (
    change_search,
    close_feed,
    delete_search,
    look_at_search,
    open_feed,
    save_search,
)
from mediacenter.web.library_form import LibraryFilters
from mediacenter.web.presentation.agencies import known_agencies
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid

ON_THE_PAGE = frozenset(
    {"search", "kind", "agency", "state", "language", "orientation", "colour", "place", "people", "has_captions"}
)


class SearchForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the search"), max_length=LONGEST_NAME)
    alerts = forms.ChoiceField(label=gettext_lazy("Letters"), choices=AlertRhythm.choices, required=False)


@dataclass(frozen=True, kw_only=True)
class Row:
    """``new`` is a number, or one with a plus; empty where nothing is. ``whole``: the library can show all of it."""

    saved: SavedSearch
    form: SearchForm
    new: str
    whole: bool


@require_http_methods(["GET", "HEAD", "POST"])
@page
def searches(request: HttpRequest, actor: Actor) -> HttpResponse:
    if request.method == "POST":
        return _save(request, actor)
    return _list(request, actor)


def _list(request: HttpRequest, actor: Actor, **more: Any) -> HttpResponse:
    mine = list(searches_of(actor).order_by("name"))
    counts = new_in(mine, actor)
    return render(request, "web/searches.html", {"rows": [_row(each, counts.get(each.pk, 0)) for each in mine], **more})


def _row(saved: SavedSearch, new: int) -> Row:
    form = SearchForm({"name": saved.name, "alerts": saved.alerts}, auto_id=f"id_{saved.pk}_%s")
    said = f"{MOST_NEW}+" if new > MOST_NEW else str(new or "")
    return Row(saved=saved, form=form, new=said, whole=set(saved.asked) <= ON_THE_PAGE)


def _save(request: HttpRequest, actor: Actor) -> HttpResponse:
    form, filters = SearchForm(request.POST), LibraryFilters(actor, known_agencies(actor), request.POST)
    address = reverse("web:library") + f"?{urlencode(filters.chosen)}"
    if not form.is_valid():
        messages.error(request, _("Give it a name."))
        return redirect(address)
    alerts = AlertRhythm(form.cleaned_data["alerts"] or AlertRhythm.NEVER)
    try:
        saved = save_search(by=actor, name=form.cleaned_data["name"], asked=_asked(filters), alerts=alerts)
    except (Conflict, Invalid, QueryUnreadable) as refusal:
        messages.error(request, refusal.message)
        return redirect(address)
    messages.success(request, _("The search “%(name)s” is saved.") % {"name": saved.name})
    return redirect("web:searches")


def _asked(filters: LibraryFilters) -> dict[str, Any]:
    """The filters by the names of the API."""
    chosen = dict(filters.chosen)
    chosen.pop("order", None)
    asked: dict[str, Any] = {name: value for name, value in chosen.items() if name in ON_THE_PAGE}
    if "agency" in chosen:
        asked["agency"] = filters.cleaned_data["agency"]
    return asked | ({"has_captions": True} if "captioned" in chosen else {})


def address_of(saved: SavedSearch) -> str:
    """The library with this search, as far as the page has its filters."""
    asked = {name: value for name, value in saved.asked.items() if name in ON_THE_PAGE}
    agency = query_of(saved).agency
    asked.pop("agency", None)
    captioned = asked.pop("has_captions", None)
    said = {**asked, **({"agency": agency.code} if agency else {}), **({"captioned": "on"} if captioned else {})}
    return reverse("web:library") + f"?{urlencode(said)}"


@require_POST
@page
def act(request: HttpRequest, actor: Actor, search_id: UUID, what: str) -> HttpResponse:
    """``what``: ``change``, ``delete``, ``look``, ``open-feed`` or ``close-feed``."""
    if what not in ACTS:
        raise Http404
    return ACTS[what](request, actor, search_id)


def _change(request: HttpRequest, actor: Actor, search_id: UUID) -> HttpResponse:
    form = SearchForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give it a name."))
        return redirect("web:searches")
    alerts = AlertRhythm(form.cleaned_data["alerts"]) if form.cleaned_data["alerts"] else None
    try:
        saved = change_search(by=actor, search_id=search_id, name=form.cleaned_data["name"], alerts=alerts)
    except (Conflict, Invalid) as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The search “%(name)s” is saved.") % {"name": saved.name})
    return redirect("web:searches")


def _delete(request: HttpRequest, actor: Actor, search_id: UUID) -> HttpResponse:
    delete_search(by=actor, search_id=search_id)
    messages.success(request, _("The search is deleted."))
    return redirect("web:searches")


def _look(request: HttpRequest, actor: Actor, search_id: UUID) -> HttpResponse:  # noqa: ARG001 - all acts are alike
    return redirect(address_of(look_at_search(by=actor, search_id=search_id)))


def _open_feed(request: HttpRequest, actor: Actor, search_id: UUID) -> HttpResponse:
    saved, secret = open_feed(by=actor, search_id=search_id)
    return _list(request, actor, opened=saved, addresses=feed_addresses(secret))


def _close_feed(request: HttpRequest, actor: Actor, search_id: UUID) -> HttpResponse:
    close_feed(by=actor, search_id=search_id)
    messages.success(request, _("The feed has ended."))
    return redirect("web:searches")


ACTS: dict[str, Callable[[HttpRequest, Actor, UUID], HttpResponse]] = {
    "change": _change,
    "delete": _delete,
    "look": _look,
    "open-feed": _open_feed,
    "close-feed": _close_feed,
}
