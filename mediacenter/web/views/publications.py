"""Where agencies published a work: what is reported of it, and a report of one's own."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from api.presenters import display_title
from assets.access import decide, get_visible
from assets.models import Asset
from assets.models.publication import LONGEST_ADDRESS
from assets.publications.reading import may_withdraw, reported_of
from assets.states import Medium
from assets.usecases.publications_report import NewPublication, report_publication
from assets.usecases.publications_withdraw import withdraw_publication
from mediacenter.web.forms_rights import MomentField
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid
from permissions.models import Agency
from permissions.reasons import require
from permissions.vocabulary import Action

DAY = "%Y-%m-%d"


class PublicationForm(forms.Form):
    """One report. It only parses: the rules are the use case's."""

    agency = forms.ChoiceField(label=gettext_lazy("Agency"))
    medium = forms.ChoiceField(label=gettext_lazy("Where"), choices=Medium.choices)
    url = forms.CharField(
        label=gettext_lazy("Address of the page"),
        max_length=LONGEST_ADDRESS,
        required=False,
        widget=forms.URLInput({"placeholder": "https://", "autocomplete": "off"}),
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("For print and air: which paper or programme."),
    )
    published_on = MomentField(
        label=gettext_lazy("Published on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format=DAY),
        input_formats=[DAY],
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, actor: Actor, data: Any = None) -> None:
        super().__init__(data)
        language = get_language() or "vi"
        rows = Agency.objects.filter(pk__in=[grant.agency_id for grant in actor.grants]).order_by("code")
        field = self.fields["agency"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = [(str(row.pk), row.name_in(language)) for row in rows]


@require_http_methods(["GET", "HEAD", "POST"])
@page
def publications(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    asset = get_visible(actor, asset_id)
    form = PublicationForm(actor, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(decide(actor, Action.REPORT, asset))
        if form.is_valid() and _report(request, form, actor, asset):
            return redirect("web:asset-publications", asset.pk)
    reported = reported_of(asset, actor)
    context = {
        "asset": asset,
        "title": display_title(asset),
        "reported": reported,
        "rows": [(row, may_withdraw(row, actor)) for row in reported.rows],
        "form": form if decide(actor, Action.REPORT, asset) else None,
        "sees_uses": bool(decide(actor, Action.SEE_USES, asset)),
    }
    return render(request, "web/publications.html", context, status=400 if form.errors else 200)


def _report(request: HttpRequest, form: PublicationForm, actor: Actor, asset: Asset) -> bool:
    """Whether the use case took it; its refusals become errors of the form."""
    values = form.cleaned_data
    day = values["published_on"]
    new = NewPublication(
        medium=Medium(values["medium"]),
        url=values["url"],
        title=values["title"],
        published_on=localtime(day).date() if day else None,
        note=values["note"],
    )
    try:
        agency = Agency.objects.get(pk=values["agency"])
        _found, is_new = report_publication(asset_id=asset.pk, by=actor, new=new, agency=agency)
        messages.success(request, _("Reported. Thank you.") if is_new else _("Your agency has reported this already."))
    except Invalid as refusal:
        for name, sentences in refusal.data.get("fields", {}).items():
            form.add_error(name if name in form.fields else None, sentences)
    except Conflict as refusal:
        form.add_error(None, refusal.message)
    return form.is_valid()


@require_POST
@page
def withdraw(request: HttpRequest, actor: Actor, asset_id: UUID, publication_id: UUID) -> HttpResponse:
    withdraw_publication(asset_id=asset_id, publication_id=publication_id, by=actor)
    messages.success(request, _("The report is taken back."))
    return redirect("web:asset-publications", asset_id)
