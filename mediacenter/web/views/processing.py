"""Ending the processing of a file, and having it done again."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assets.access import get_visible
from assets.usecases.assets_cancel_processing import cancel_processing
from assets.usecases.assets_reprocess import reprocess_asset
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Conflict, NotFound

ACTS: dict[str, Callable[..., Any]] = {"cancel": cancel_processing, "retry": reprocess_asset}


@require_POST
@page
def act(request: HttpRequest, actor: Actor, asset_id: UUID, what: str) -> HttpResponse:
    """``what`` is cancel or retry."""
    get_visible(actor, asset_id)
    if what not in ACTS:
        raise NotFound("There is no such act.")
    try:
        ACTS[what](asset_id=asset_id, by=actor)
        messages.success(request, _("Done."))
    except Conflict as conflict:
        messages.error(request, conflict.message)
    return redirect("web:asset", asset_id)
