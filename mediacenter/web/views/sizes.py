"""A picture in another size: the form on its page leads here, and this to the picture."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from api.territory import territory_of
from assets.access import get_visible
from assets.delivery import SignedUrl
from assets.models import Asset
from assets.on_demand.asking import sized_address
from assets.on_demand.wishes import MOST, Wanted
from assets.states import Fit, PictureFormat
from assets.usecases.downloads_admit import Taking, admit_downloads
from assets.uses.counting import count_download
from mediacenter.web.forms_sizes import SizeForm
from mediacenter.web.views.downloads import READ, asked_first, wanted_of
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid


@require_http_methods(READ)
@page
def sized(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponseBase:
    """To the picture that the address asks for; a POST says what its agency asks for before a download."""
    asset = get_visible(actor, asset_id)
    form = SizeForm(request.GET, kind=asset.kind)
    try:
        found, address = _address(form, asset, actor, territory=territory_of(request))
    except (Invalid, Conflict) as refusal:
        messages.error(request, refusal.message)
        return redirect("web:asset", asset_id)

    def made(statement: str) -> str:
        taking = Taking(asset_id=asset_id, agency_path=asset.agency.path, file=found.name)
        admit_downloads([taking], by=actor, statement=statement)
        count_download(asset_id, actor)
        return address.url

    return asked_first(request, actor, wanted_of(asset), made)


def _address(form: SizeForm, asset: Asset, actor: Actor, *, territory: str | None) -> tuple[Wanted, SignedUrl]:
    if not form.is_valid():
        most = {"most": MOST}
        raise Invalid(_("Say a width or a height up to %(most)d pixels; for a cut say both.") % most)
    said = form.cleaned_data
    return sized_address(
        asset,
        actor,
        width=said["width"],
        height=said["height"],
        fit=Fit(said["fit"]),
        picture_format=PictureFormat(said["format"]),
        territory=territory,
    )
