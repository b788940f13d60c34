"""The data of an infographic: a CSV file, or the same as text."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from assets.access import decide, get_visible
from assets.models import DataTable
from assets.states import Kind
from assets.tables import MAX_CSV, TableData, table_from_csv, table_to_csv
from assets.usecases.tables_edit import set_table
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid, NotFound
from permissions.reasons import require
from permissions.vocabulary import Action

MAX_FILE = 4 * MAX_CSV
"""Bytes: a character of UTF-8 has at most four."""


class TableForm(forms.Form):
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    caption = forms.CharField(label=gettext_lazy("Heading of the table"), max_length=300, required=False)
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        required=False,
        help_text=gettext_lazy("UTF-8, with a heading row. It replaces the text below."),
    )
    text = forms.CharField(
        label=gettext_lazy("Data as CSV"),
        required=False,
        max_length=MAX_CSV,
        strip=False,
        widget=forms.Textarea({"rows": 12, "spellcheck": "false"}),
        help_text=gettext_lazy("Leave it empty to take the table away."),
    )

    def clean(self) -> dict[str, object]:
        values = super().clean() or {}
        file = values.get("file")
        if file is not None:
            if file.size > MAX_FILE:
                raise forms.ValidationError({"file": _("The table is too large.")})
            try:
                values["text"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise forms.ValidationError({"file": _("The file is not UTF-8.")}) from error
            if "\x00" in values["text"]:
                raise forms.ValidationError({"file": _("The CSV cannot be read.")})
        return values


@require_http_methods(["GET", "HEAD", "POST"])
@page
def table(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    asset = get_visible(actor, asset_id)
    if asset.kind != Kind.INFOGRAPHIC:
        raise NotFound("Only an infographic has a data table.")
    require(decide(actor, Action.EDIT, asset))
    stored = DataTable.objects.filter(asset=asset).first()
    initial = {"revision": asset.revision, "caption": stored.caption if stored else "", "text": _csv(stored)}
    form = TableForm(request.POST or None, request.FILES or None, initial=initial)
    if form.is_valid() and _save(form, actor, asset_id):
        messages.success(request, _("The changes are saved."))
        return redirect("web:asset", asset.pk)
    return render(request, "web/table_edit.html", {"form": form, "asset": asset}, status=400 if form.errors else 200)


def _csv(stored: DataTable | None) -> str:
    if stored is None:
        return ""
    data = TableData(columns=tuple(stored.columns), rows=tuple(tuple(row) for row in stored.rows))
    return table_to_csv(data, harmless_to_spreadsheets=False)


def _save(form: TableForm, actor: Actor, asset_id: UUID) -> bool:
    values = form.cleaned_data
    try:
        data = table_from_csv(values["text"]) if values["text"].strip() else None
        set_table(asset_id=asset_id, by=actor, table=data, caption=values["caption"], revision=values["revision"])
    except (Invalid, Conflict) as refusal:
        form.add_error(None, refusal.message)
    return form.is_valid()
