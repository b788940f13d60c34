"""The trash, and the acts that keep things out of it or put them there."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from api.trash_presenters import for_trash, trash_item
from assets.access import get_visible
from assets.models import Asset
from assets.trash import MAX_REASON
from assets.usecases.assets_delete import delete_asset
from assets.usecases.assets_hold import hold_asset, lift_hold
from assets.usecases.assets_undelete import undelete_asset
from mediacenter.web.presentation.trash import trash_row
from mediacenter.web.views.pages import looked_at, page
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid, NotFound

MOST_SHOWN = 100
HOLDING: dict[str, Any] = {"hold": hold_asset, "lift-hold": lift_hold}


@require_safe
@page
def trash(request: HttpRequest, actor: Actor) -> HttpResponse:
    found = list(for_trash(Asset.objects.trashed_for(actor)).order_by("-deleted_at", "-pk")[: MOST_SHOWN + 1])
    context = {
        "rows": [trash_row(asset, trash_item(actor, asset)) for asset in found[:MOST_SHOWN]],
        "more": len(found) > MOST_SHOWN,
        "days": settings.TRASH_LIFETIME.days,
    }
    return render(request, "web/trash.html", context)


@require_POST
@page
def delete(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    get_visible(actor, asset_id)
    try:
        delete_asset(
            asset_id=asset_id,
            by=actor,
            reason=request.POST.get("reason", "")[:MAX_REASON],
            force="force" in request.POST,
            revision=looked_at(request),
        )
    except (Invalid, Conflict) as refusal:
        messages.error(request, refusal.message)
        return redirect("web:asset", asset_id)
    messages.success(request, _("It is in the trash."))
    return redirect("web:trash")


@require_POST
@page
def undelete(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    undelete_asset(asset_id=asset_id, by=actor)
    messages.success(request, _("It is back."))
    return redirect("web:asset", asset_id)


@require_POST
@page
def hold(request: HttpRequest, actor: Actor, asset_id: UUID, act: str) -> HttpResponse:
    """``act`` is hold or lift-hold; for what lies in the trash too."""
    if act not in HOLDING:
        raise NotFound("There is no such act.")
    in_trash = Asset.objects.trashed_for(actor).filter(pk=asset_id).exists()
    try:
        HOLDING[act](asset_id=asset_id, by=actor, reason=request.POST.get("reason", "")[:MAX_REASON])
        messages.success(request, _("Done."))
    except Invalid as refusal:
        if not in_trash:
            get_visible(actor, asset_id)
        messages.error(request, refusal.message)
    return redirect("web:trash") if in_trash else redirect("web:asset", asset_id)
