"""What an agency wants said in which languages before publication. Set by who manages the agency."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from assets.models import ParityPolicy
from assets.parity import FIELD_LABELS, REQUIRABLE, policy_for
from assets.states import Language
from assets.usecases.parity_set import set_parity
from mediacenter.web.presentation.agencies import above
from mediacenter.web.views.agency import load
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.vocabulary import AgencyAction, Audience


class ParityForm(forms.Form):
    """The fields that are asked for, by audience and language. All empty: nothing is asked for."""

    def __init__(self, policy: ParityPolicy | None, data: Any = None) -> None:
        requirements = policy.requirements if policy else {}
        super().__init__(data)
        for audience, language, name in _cells():
            self.fields[name] = forms.MultipleChoiceField(
                label=language.label,
                choices=[(field, FIELD_LABELS[field]) for field in REQUIRABLE],
                required=False,
                widget=forms.CheckboxSelectMultiple,
                initial=requirements.get(str(audience), {}).get(str(language), []),
            )

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The fields by audience, for the template."""
        return [
            {"label": audience.label, "fields": [self[name] for each, _language, name in _cells() if each == audience]}
            for audience in Audience
        ]

    @property
    def requirements(self) -> dict[str, dict[str, list[str]]]:
        found: dict[str, dict[str, list[str]]] = {str(audience): {} for audience in Audience}
        for audience, language, name in _cells():
            found[str(audience)][str(language)] = self.cleaned_data[name]
        return found


def _cells() -> Iterator[tuple[Audience, Language, str]]:
    for audience in Audience:
        for language in Language:
            yield audience, language, f"{audience}-{language}"


@require_http_methods(["GET", "HEAD", "POST"])
@page
def parity(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """``act`` is ``inherit``: give up the agency's own policy; without it the form is the new one."""
    found = load(actor, code)
    if found.merged_into is not None:
        return redirect("web:agency-parity", found.merged_into.code)
    manages = can_in_agency(actor, AgencyAction.MANAGE, found.path)
    policy = policy_for(found)
    form = ParityForm(policy, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(manages)
        inherits = request.POST.get("act") == "inherit"
        if inherits or form.is_valid():
            set_parity(by=actor, agency=found, requirements=None if inherits else form.requirements)
            messages.success(request, _("The changes are saved."))
            return redirect("web:agency-parity", found.code)
    if not manages:
        for field in form.fields.values():
            field.disabled = True
    language = get_language() or "vi"
    context = {
        "agency": found,
        "name": found.name_in(language),
        "above": above(found),
        "form": form,
        "manages": bool(manages),
        "own": policy is not None and policy.agency_id == found.pk,
        "of": policy.agency if policy else None,
        "of_name": policy.agency.name_in(language) if policy else "",
    }
    return render(request, "web/agency_parity.html", context, status=400 if form.errors else 200)
