"""Forms and choices about rights. They only parse: rules are the use cases'."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from assets.models import Asset, Licence
from assets.models.rights import ReleaseKind
from permissions.moments import NOT_SENSIBLE, is_sensible

MOMENT = "%Y-%m-%dT%H:%M"


def _sensible(value: datetime) -> None:
    if not is_sensible(value):
        raise forms.ValidationError(NOT_SENSIBLE)


def licence_choices(asset: Asset) -> list[tuple[str, str]]:
    """The licences that the asset may carry and the one that it does, in the reader's language."""
    language = get_language() or "vi"
    rows = list(Licence.objects.usable_by(asset.agency))
    if asset.licence_terms is not None and asset.licence_terms not in rows:
        rows.append(asset.licence_terms)
    return [("", str(_("None of these: as written below"))), *((str(row.pk), row.name_in(language)) for row in rows)]


class MomentField(forms.DateTimeField):
    """A date and time that can be kept. Django's field takes what ISO 8601 says before its own formats: zones, and
    years that the database gives to nobody again."""

    default_validators = [_sensible]


def moment(label: Any = "", help_text: Any = "") -> MomentField:
    """A date and time without a zone, taken as this installation's."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    return MomentField(label=label, help_text=help_text, required=False, widget=widget, input_formats=[MOMENT])


class ReleaseForm(forms.Form):
    """One more release of an asset."""

    kind = forms.ChoiceField(label=_("Kind of release"), choices=ReleaseKind.choices)
    name = forms.CharField(
        label=_("Person or property"), max_length=200, help_text=_("Only people of the agency see this name.")
    )
    is_minor = forms.BooleanField(label=_("A minor: their guardian has signed"), required=False)
    reference = forms.CharField(label=_("Where it is filed"), max_length=200, required=False)
    scope = forms.CharField(
        label=_("What it allows"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2})
    )
    document = forms.CharField(
        label=_("The signed paper"),
        max_length=60,
        required=False,
        help_text=_("The reference of an asset of the same agency, where it is stored here."),
        widget=forms.TextInput({"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
    )
    valid_from = moment(_("Valid from"))
    valid_until = moment(_("Valid until"), _("From then on, nobody outside the agency sees the asset."))
