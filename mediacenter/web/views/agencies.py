"""The tree of agencies: browse and search it, add to it."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from mediacenter.web.presentation.agencies import MAX_WORDS, above, known_agencies, matching
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Invalid, NotFound
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.usecases.agencies import create_agency
from permissions.vocabulary import AgencyAction

PAGE_SIZE = 50


class TreePlace(forms.Form):
    """What the address may ask for. ``after`` is the code that the page before ended with."""

    search = forms.CharField(label=_("Search"), max_length=200, required=False)
    parent = forms.CharField(max_length=12, required=False)
    after = forms.CharField(max_length=12, required=False)


class NewAgencyForm(forms.Form):
    """One more agency; the rest is set on its page."""

    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        help_text=_("2 to 12 capital letters and digits, such as MOH. References of its works begin with it."),
        widget=forms.TextInput({"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
    )
    name_vi = forms.CharField(label=_("Name in Vietnamese"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=200, required=False)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        return code.upper()


@require_http_methods(["GET", "HEAD", "POST"])
@page
def agencies(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One level of the tree, or what a search finds, page by page in the order of the codes. A POST adds an agency
    below ``parent``, or at the top."""
    form = TreePlace(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = known_agencies(actor)
    parent = _parent(rows, asked.get("parent", ""))
    may_add = can_in_agency(actor, AgencyAction.MANAGE, parent.path if parent else "")
    new = NewAgencyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(may_add)
        made = _create(new, actor, parent) if new.is_valid() else None
        if made is not None:
            messages.success(request, gettext("The agency is added."))
            return redirect("web:agency", made.code)
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
        "new": new if may_add and not words else None,
        "parent_name": parent.name_in(get_language() or "vi") if parent else "",
        "next": _next(asked, shown) if len(found) > PAGE_SIZE else "",
    }
    return render(request, "web/agencies.html", context, status=400 if new.errors else 200)


def _create(form: NewAgencyForm, actor: Actor, parent: Agency | None) -> Agency | None:
    """The agency; the use case's refusals become errors of the form."""
    try:
        return create_agency(by=actor, parent=parent, **form.cleaned_data)
    except Invalid as refusal:
        for name, sentences in refusal.data.get("fields", {"": [refusal.message]}).items():
            form.add_error(name if name in form.fields else None, sentences)
    return None


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
