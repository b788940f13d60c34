"""A picture in another size: the form on its page leads here, and this to the picture."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from api.territory import territory_of
from assets.access import get_visible
from assets.models import Asset
from assets.on_demand.asking import address_of, is_sizable
from assets.on_demand.wishes import MOST
from assets.states import Fit, Kind, PictureFormat
from assets.uses.counting import count_download
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid


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


@require_safe
@page
def sized(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    asset = get_visible(actor, asset_id)
    form = SizeForm(request.GET, kind=asset.kind)
    try:
        address = _address(form, asset, actor, territory=territory_of(request))
    except (Invalid, Conflict):
        most = {"most": MOST}
        messages.error(request, _("Say a width or a height up to %(most)d pixels; for a cut say both.") % most)
        return redirect("web:asset", asset_id)
    count_download(asset_id, actor)
    return redirect(address)


def _address(form: SizeForm, asset: Asset, actor: Actor, *, territory: str | None) -> str:
    if not form.is_valid():
        raise Invalid("The form cannot be used.")
    said = form.cleaned_data
    _, address = address_of(
        asset,
        actor,
        width=said["width"],
        height=said["height"],
        fit=Fit(said["fit"]),
        picture_format=PictureFormat(said["format"]),
        territory=territory,
    )
    return address.url
