"""A page's filter by agency: a list where all fit into one, else a line to type into."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from mediacenter.web.presentation.agencies import agencies_offered, agency_named
from permissions.actor import Actor
from permissions.models import Agency


class AgencyFilterForm(forms.Form):
    """A form with a field ``agency`` over ``rows``; the page shows ``offered`` (``parts/agency_filter*.html``).

    What is typed is a code, a name or an id. Anything unusable is left out, so that an old link still opens.
    """

    agency = forms.CharField(label=_("Agency"), max_length=200, required=False)

    def __init__(self, actor: Actor, rows: QuerySet[Agency], data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.rows = rows
        self.offered = agencies_offered(actor, rows)
        self.fields["agency"].widget = self._agency_widget()
        self.is_valid()
        agency = self.cleaned_data.get("agency")
        if agency is not None:  # by whichever name it was asked for, the page says its code
            self.data = {**dict(self.data.items()), "agency": agency.code}
        elif "agency" in self.errors and not self.offered.complete:
            self.fields["agency"].widget.attrs["aria-describedby"] += " id_agency_error"

    def _agency_widget(self) -> forms.Widget:
        """A list where all fit into one, else a line to type into, with the reader's own as suggestions."""
        if self.offered.complete:
            choices = [(choice.code, choice.label) for choice in self.offered.choices]
            return forms.Select(choices=[("", _("All agencies")), *choices])
        about = {"list": "agencies-offered", "aria-describedby": "id_agency_help", "autocomplete": "off"}
        return forms.TextInput({"maxlength": 200, "spellcheck": "false", **about})

    def clean_agency(self) -> Agency | None:
        said: str = self.cleaned_data["agency"]
        found = agency_named(self.rows, said) if said else None
        if said and found is None:
            raise forms.ValidationError(_("No agency, or more than one, has this name. Give its code."))
        return found
