"""The form for a picture in another size. It only parses: rights and rules are ``assets.on_demand``'s."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from assets.models import Asset
from assets.on_demand.asking import is_sizable
from assets.on_demand.wishes import MOST
from assets.states import Fit, Kind, PictureFormat


class SizeForm(forms.Form):
    """At least one side; for a cut both."""

    width = forms.IntegerField(label=gettext_lazy("Width, in pixels"), min_value=1, max_value=MOST, required=False)
    height = forms.IntegerField(label=gettext_lazy("Height, in pixels"), min_value=1, max_value=MOST, required=False)
    fit = forms.ChoiceField(label=gettext_lazy("How it fits"), choices=Fit.choices)
    format = forms.ChoiceField(label=gettext_lazy("File type"), choices=PictureFormat.choices, initial="jpeg")

    def __init__(self, data: Any = None, *, kind: str) -> None:
        super().__init__(data, auto_id="size-%s")
        if kind == Kind.INFOGRAPHIC:  # is not cut
            self.fields["fit"] = forms.ChoiceField(
                initial=Fit.CONTAIN, widget=forms.HiddenInput, choices=[Fit.choices[0]]
            )


def size_form(asset: Asset) -> SizeForm | None:
    """The form for the page of an asset; None for what has no other sizes."""
    return SizeForm(kind=asset.kind) if is_sizable(asset) else None
