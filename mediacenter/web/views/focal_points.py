"""Where the subject of a photo is: by a click on the picture, or by two numbers."""

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from assets.access import decide, get_visible
from assets.delivery import AssetUrls
from assets.focal_points import Source, crops_of, focal_point_of, has_focal_point, is_waiting
from assets.models import Asset, AssetVersion
from assets.showing import picture
from assets.usecases.focal_points_set import set_focal_point
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid, NotFound
from permissions.reasons import require
from permissions.vocabulary import Action

SHAPES = ("16x9", "4x3", "1x1", "9x16")


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A shape, and the crop that there is of it (empty: none yet)."""

    shape: str
    url: str

    @property
    def label(self) -> str:
        return self.shape.replace("x", ":")


class FocalPointForm(forms.Form):
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    x = forms.FloatField(
        label=gettext_lazy("From the left, in percent"),
        min_value=0,
        max_value=100,
        widget=forms.NumberInput({"step": "0.1"}),
    )
    y = forms.FloatField(
        label=gettext_lazy("From the top, in percent"),
        min_value=0,
        max_value=100,
        widget=forms.NumberInput({"step": "0.1"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page
def focal_point(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    asset = get_visible(actor, asset_id)
    version = asset.current_version
    if version is None or not has_focal_point(asset):
        raise NotFound("Only a photo has a focal point.")
    require(decide(actor, Action.EDIT, asset))
    if request.method == "POST" and "guess" in request.POST:
        form = FocalPointForm(request.POST)
        form.is_valid()
        if _save(form, actor, asset_id, point=None):
            return _saved(request, asset)
    else:
        form = FocalPointForm(request.POST or None, initial=_initial(asset, version))
        if form.is_valid():
            point = form.cleaned_data["x"] / 100, form.cleaned_data["y"] / 100
            if _save(form, actor, asset_id, point=point):
                return _saved(request, asset)
    return render(request, "web/focal_point.html", _context(asset, version, form), status=400 if form.errors else 200)


def _context(asset: Asset, version: AssetVersion, form: FocalPointForm) -> dict[str, object]:
    urls = AssetUrls(asset, version, now=asset.database_now)
    crops = {each.profile: urls.rendition(each) for each in crops_of(version)}
    found = focal_point_of(version)
    return {
        "asset": asset,
        "form": form,
        "picture": picture(version.renditions.all(), urls),
        "alt": next((text.alt_text for text in asset.texts.all() if text.alt_text), ""),
        "previews": [Preview(shape=shape, url=crops.get(f"crop-{shape}.webp", "")) for shape in SHAPES],
        "guessed": found is not None and found.source is Source.GUESS,
        "waiting": is_waiting(version),
    }


def _initial(asset: Asset, version: AssetVersion) -> dict[str, object]:
    found = focal_point_of(version)
    place = (found.x, found.y) if found else (0.5, 0.5)
    return {"revision": asset.revision, "x": round(place[0] * 100, 2), "y": round(place[1] * 100, 2)}


def _save(form: FocalPointForm, actor: Actor, asset_id: UUID, *, point: tuple[float, float] | None) -> bool:
    revision = form.cleaned_data.get("revision")
    try:
        set_focal_point(asset_id=asset_id, by=actor, point=point, revision=revision)
    except (Invalid, Conflict) as refusal:
        form.add_error(None, refusal.message)
        return False
    return True


def _saved(request: HttpRequest, asset: Asset) -> HttpResponse:
    messages.success(request, _("The focal point is saved. The crops are being made anew."))
    return redirect("web:asset-focal-point", asset.pk)
