"""The licences that an agency's works may carry: its own terms are made and retired here."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from assets.models import Licence
from assets.usecases.licences_create import create_licence
from assets.usecases.licences_retire import set_licence_active
from mediacenter.web.presentation.agencies import above
from mediacenter.web.views.agency import load
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Conflict, NotFound
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.vocabulary import AgencyAction

FLAGS = {
    "requires_attribution": gettext_lazy("The source must be named"),
    "allows_alteration": gettext_lazy("May be altered"),
    "allows_commercial": gettext_lazy("May be used commercially"),
    "allows_redistribution": gettext_lazy("May be passed on"),
    "press_only": gettext_lazy("For the press only"),
    "public_domain": gettext_lazy("In the public domain"),
}


class LicenceForm(forms.Form):
    """Own terms of an agency. What they allow never changes: a work that went out under them did so on these terms."""

    code = forms.RegexField(
        r"^[a-z0-9][a-z0-9.-]{0,59}$",
        label=gettext_lazy("Code"),
        max_length=60,
        help_text=gettext_lazy("Small letters, digits, dots and hyphens, such as moh-press-2026."),
        error_messages={"invalid": gettext_lazy("Small letters, digits, dots and hyphens only.")},
    )
    name_vi = forms.CharField(label=gettext_lazy("Name in Vietnamese"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=120, required=False)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120, required=False)
    url = forms.URLField(
        label=gettext_lazy("Address of the full terms"), max_length=300, required=False, assume_scheme="https"
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        for name, label in FLAGS.items():
            initial = name == "requires_attribution"
            self.fields[name] = forms.BooleanField(label=label, required=False, initial=initial)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def licences(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    found = load(actor, code)
    if found.merged_into is not None:
        return redirect("web:agency-licences", found.merged_into.code)
    form = LicenceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(can_in_agency(actor, AgencyAction.MANAGE, found.path))
        if form.is_valid() and _create(form, actor, found):
            messages.success(request, _("The licence can be chosen now."))
            return redirect("web:agency-licences", found.code)
    language = get_language() or "vi"
    visible = Licence.objects.visible_to(actor).select_related("agency")
    context = {
        "agency": found,
        "name": found.name_in(language),
        "above": above(found),
        "form": form,
        "manages": bool(can_in_agency(actor, AgencyAction.MANAGE, found.path)),
        "own": [_row(licence, language) for licence in visible.filter(agency=found)],
        "others": [
            _row(licence, language, *([licence.agency.name_in(language)] if licence.agency else []))
            for licence in visible.usable_by(found).exclude(agency=found)
        ],
    }
    return render(request, "web/agency_licences.html", context, status=400 if form.errors else 200)


def _row(licence: Licence, language: str, *of: str) -> dict[str, Any]:
    about = [str(label) for name, label in FLAGS.items() if getattr(licence, name)]
    return {"licence": licence, "name": licence.name_in(language), "about": [*of, *about]}


def _create(form: LicenceForm, actor: Actor, agency: Agency) -> bool:
    fields = {name: value for name, value in form.cleaned_data.items() if name != "code"}
    try:
        create_licence(by=actor, agency=agency, code=form.cleaned_data["code"], fields=fields)
    except Conflict as conflict:
        form.add_error("code", conflict.message)
    return form.is_valid()


@require_POST
@page
def decide(request: HttpRequest, actor: Actor, code: str, licence_id: UUID) -> HttpResponse:
    """``act`` is retire, or offer again."""
    found, act = load(actor, code), request.POST.get("act", "")
    require(can_in_agency(actor, AgencyAction.MANAGE, found.path))
    if not Licence.objects.visible_to(actor).filter(pk=licence_id, agency=found).exists():
        raise NotFound("There is no such licence.")
    if act in {"retire", "offer"}:
        set_licence_active(by=actor, licence_id=licence_id, active=act == "offer")
        messages.success(request, _("Done."))
    return redirect("web:agency-licences", found.code)
