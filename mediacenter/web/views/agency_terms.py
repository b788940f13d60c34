"""The terms for downloads of an agency's works: read, accepted, and written by those who administer it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mediacenter.web.presentation.agencies import above, terms_shown
from mediacenter.web.views.agency import load
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.conditions import acceptance_of, asks_statement_of, asks_terms_of, is_asked, terms_above
from permissions.errors import Conflict, Invalid
from permissions.models import Agency, AgencyTerms
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.usecases.terms_accept import accept_terms
from permissions.usecases.terms_write import LONGEST, write_terms
from permissions.vocabulary import AgencyAction

MOST_VERSIONS = 50


def _text(label: Any, language: str, *, required: bool = False) -> forms.CharField:
    widget = forms.Textarea({"rows": 8, "lang": language})
    return forms.CharField(label=label, required=required, max_length=LONGEST, widget=widget)


class TermsForm(forms.Form):
    """It only parses: the rules are the use case's."""

    vi = _text(gettext_lazy("Terms in Vietnamese"), "vi", required=True)
    en = _text(gettext_lazy("Terms in English"), "en")
    zh = _text(gettext_lazy("Terms in Chinese"), "zh-Hans")


@require_http_methods(["GET", "HEAD", "POST"])
@page
def terms(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """``act`` is ``accept``, with the ``version`` that was read; else a new version is written."""
    found = load(actor, code)
    if found.merged_into is not None:
        return redirect("web:agency-terms", found.merged_into.code)
    if request.method == "POST" and request.POST.get("act") == "accept":
        return _accept(request, actor, found)
    form = TermsForm(request.POST if request.method == "POST" else None, initial=_initial(found))
    if request.method == "POST":
        require(can_in_agency(actor, AgencyAction.MANAGE, found.path))
        if form.is_valid() and _write(request, form, actor, found):
            return redirect("web:agency-terms", found.code)
    return _show(request, actor, found, form)


def _show(request: HttpRequest, actor: Actor, agency: Agency, form: TermsForm) -> HttpResponse:
    language = get_language() or "vi"
    current = terms_above(agency.path)
    asked = asks_terms_of(agency.path)
    manages = bool(can_in_agency(actor, AgencyAction.MANAGE, agency.path))
    own = AgencyTerms.objects.filter(agency=agency)
    context = {
        "agency": agency,
        "name": agency.name_in(language),
        "above": above(agency),
        "current": terms_shown(current, language) if current else None,
        "from_above": current is not None and current.agency_id != agency.pk,
        "asked": asked,
        "statement": asks_statement_of(agency.path),
        "acceptance": acceptance_of(actor, current) if current else None,
        "owes": current is not None and asked and is_asked(actor, agency.path),
        "manages": manages,
        "form": form if manages else None,
        "versions": own.values_list("version", "made_at")[:MOST_VERSIONS] if manages else (),
    }
    return render(request, "web/agency_terms.html", context, status=400 if form.errors else 200)


def _initial(agency: Agency) -> dict[str, str]:
    last = AgencyTerms.objects.filter(agency=agency).first()
    return {"vi": last.text_vi, "en": last.text_en, "zh": last.text_zh} if last else {}


def _accept(request: HttpRequest, actor: Actor, agency: Agency) -> HttpResponse:
    said = request.POST.get("version", "")
    try:
        version = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0
        accept_terms(agency_id=agency.pk, version=version, by=actor)
        messages.success(request, _("You have accepted the terms."))
    except Conflict as refusal:
        messages.error(request, refusal.message)
    return redirect("web:agency-terms", agency.code)


def _write(request: HttpRequest, form: TermsForm, actor: Actor, agency: Agency) -> bool:
    """Whether the use case took it; its refusals become errors of the form."""
    try:
        written, is_new = write_terms(agency_id=agency.pk, by=actor, texts=form.cleaned_data)
        said = (
            _("Version %(number)s is in force.") if is_new else _("These are the words of version %(number)s already.")
        )
        messages.success(request, said % {"number": written.version})
    except Invalid as refusal:
        for name, sentences in refusal.data.get("fields", {}).items():
            form.add_error(name, sentences)
    return form.is_valid()
