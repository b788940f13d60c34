"""The tree of agencies: browse and search it."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from mediacenter.web.presentation.agencies import MAX_WORDS, above, known_agencies, matching
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import NotFound
from permissions.models import Agency

PAGE_SIZE = 50


class TreePlace(forms.Form):
    """What the address may ask for. ``after`` is the code that the page before ended with."""

    search = forms.CharField(label=_("Search"), max_length=200, required=False)
    parent = forms.CharField(max_length=12, required=False)
    after = forms.CharField(max_length=12, required=False)


@require_safe
@page
def agencies(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One level of the tree, or what a search finds, page by page in the order of the codes."""
    form = TreePlace(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = known_agencies(actor)
    parent = _parent(rows, asked.get("parent", ""))
    words = asked.get("search", "").split()[:MAX_WORDS]
    rows = matching(rows, words) if words else rows.filter(parent=parent)
    found = list(_with_children(rows, asked.get("after", ""))[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    context: dict[str, Any] = {
        "form": form,
        "parent": parent,
        "above": above(parent) if parent else [],
        "rows": [(row, row.name_in(get_language() or "vi")) for row in shown],
        "searched": bool(words),
        "next": _next(asked, shown) if len(found) > PAGE_SIZE else "",
    }
    return render(request, "web/agencies.html", context)


def _parent(rows: QuerySet[Agency], code: str) -> Agency | None:
    if not code:
        return None
    found = rows.filter(code=code.upper()).first()
    if found is None:
        raise NotFound("There is no such agency.")
    return found


def _with_children(rows: QuerySet[Agency], after: str) -> QuerySet[Agency]:
    if after:
        rows = rows.filter(code__gt=after.upper())
    below = Count("children", filter=Q(children__is_active=True))
    return rows.annotate(child_count=below).order_by("code")


def _next(asked: dict[str, Any], shown: list[Agency]) -> str:
    kept = {name: asked[name] for name in ("search", "parent") if asked.get(name)}
    return urlencode({**kept, "after": shown[-1].code})
