"""Attach and withdraw the releases of an asset. They are listed on its edit page."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assets.access import get_visible
from assets.models import Asset
from assets.models.rights import ReleaseKind
from assets.usecases.releases_add import NewRelease, add_release
from assets.usecases.releases_withdraw import withdraw_release
from mediacenter.web.forms_rights import ReleaseForm
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid


@require_POST
@page
def add(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    get_visible(actor, asset_id)
    form = ReleaseForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        try:
            document = _document(actor, values["document"])
            new = NewRelease(**{**values, "kind": ReleaseKind(values["kind"]), "document": document})
            add_release(by=actor, asset_id=asset_id, new=new)
            messages.success(request, _("The release is attached."))
        except Invalid as refusal:
            for sentences in refusal.data.get("fields", {"": [refusal.message]}).values():
                messages.error(request, " ".join(sentences))
    else:
        for name, errors in form.errors.items():
            label = form.fields[name].label if name in form.fields else ""
            messages.error(request, f"{label}: {' '.join(str(error) for error in errors)}")
    return redirect("web:asset-edit", asset_id)


def _document(actor: Actor, reference: str) -> UUID | None:
    """The asset of this reference; :class:`Invalid` where the actor sees none. Whose it must be is the use case's."""
    if not reference:
        return None
    found = Asset.objects.visible_to(actor).filter(reference__iexact=reference).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid(_("There is no work of this reference that you may see."))
    return found


@require_POST
@page
def withdraw(request: HttpRequest, actor: Actor, asset_id: UUID, release_id: UUID) -> HttpResponse:
    get_visible(actor, asset_id)
    try:
        withdraw_release(by=actor, asset_id=asset_id, release_id=release_id)
        messages.success(request, _("The release is withdrawn. Others do not see this asset without a valid one."))
    except Conflict as conflict:
        messages.error(request, conflict.message)
    return redirect("web:asset-edit", asset_id)
