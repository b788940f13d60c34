"""The files and the history of one asset: compare, replace, confirm, decline, restore."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from api.territory import territory_of
from assets.access import decide, get_visible
from assets.revisions import compare, revisions_of
from assets.states import Kind
from assets.usecases.corrections_decide import confirm_correction, decline_correction
from assets.usecases.revisions_restore import restore_texts
from assets.usecases.versions_replace import require_no_correction, require_replaceable
from assets.usecases.versions_restore import restore_version
from assets.versions import versions_of, with_corrections
from mediacenter.web.presentation.strings import upload_strings
from mediacenter.web.presentation.versions import picture_of, shown_changes, shown_revision, shown_versions
from mediacenter.web.views.assets import wanted_number
from mediacenter.web.views.pages import looked_at, page, person
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid, NotFound
from permissions.vocabulary import Action, AssetState

SHOWN = 100
"""Revisions of one page; the API has the rest."""


@require_safe
@page
def versions(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    asset = get_visible(actor, asset_id)
    follows = bool(decide(actor, Action.FOLLOW, asset))
    found = list(revisions_of(asset, reader=actor).defer("content")[:SHOWN]) if follows else []
    territory = territory_of(request)
    context = {
        "asset": asset,
        "versions": shown_versions(
            asset, with_corrections(versions_of(asset, reader=actor)), actor, territory=territory
        ),
        "revisions": [shown_revision(each) for each in found],
        "may_edit": bool(decide(actor, Action.EDIT, asset)),
        "may_confirm": bool(decide(actor, Action.CONFIRM, asset)),
        "is_article": asset.kind == Kind.ARTICLE,
        "published": asset.state == AssetState.PUBLISHED,
        "reviewed": asset.review_steps > 0,
    }
    return render(request, "web/versions.html", context)


@require_safe
@page
def diff(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    asset = get_visible(actor, asset_id)
    before, after = wanted_number(request, "from"), wanted_number(request, "to")
    if before is None or after is None:
        raise NotFound("Say which two are to be compared.")
    found = compare(asset, *sorted((before, after)), reader=actor)
    other_file = found.before.version_id != found.after.version_id
    territory = territory_of(request)
    context = {
        "asset": asset,
        "before": shown_revision(found.before),
        "after": shown_revision(found.after),
        "sides": [
            {
                "revision": shown_revision(each),
                "picture": picture_of(asset, each.version, actor, territory) if other_file else None,
            }
            for each in (found.before, found.after)
        ],
        "changes": shown_changes(found.changes),
        "may_edit": bool(decide(actor, Action.EDIT, asset)),
    }
    return render(request, "web/diff.html", context)


@require_safe
@page
def replace(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    """Where another file is chosen; it goes by the API (``static/js/upload_page.js``)."""
    asset = get_visible(actor, asset_id)
    try:
        require_replaceable(actor, asset)
        require_no_correction(asset)
    except (Invalid, Conflict) as refusal:
        messages.error(request, refusal.message)
        return redirect("web:asset-versions", asset_id)
    context = {
        "asset": asset,
        "published": asset.state == AssetState.PUBLISHED,
        "reviewed": asset.review_steps > 0,
        "strings": upload_strings(),
        "person": person(request).pk,
    }
    return render(request, "web/replace.html", context)


@require_POST
@page
def decide_version(request: HttpRequest, actor: Actor, asset_id: UUID, number: int, what: str) -> HttpResponse:
    """``what`` is ``confirm``, ``decline`` or ``restore``."""
    reason = request.POST.get("reason", "")[:2000]
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "confirm": (
            lambda: confirm_correction(asset_id=asset_id, number=number, by=actor),
            _("Confirmed: this is the current version now."),
        ),
        "decline": (
            lambda: decline_correction(asset_id=asset_id, number=number, by=actor, reason=reason),
            _("Declined. The current version stays."),
        ),
        "restore": (
            lambda: restore_version(asset_id=asset_id, number=number, by=actor, reason=reason),
            _("The earlier file is current again, or waits for its confirmation."),
        ),
    }
    if what not in acts:
        raise NotFound("There is nothing here.")
    return _done(request, asset_id, *acts[what])


@require_POST
@page
def restore_revision(request: HttpRequest, actor: Actor, asset_id: UUID, number: int) -> HttpResponse:
    about: dict[str, Any] = {"reason": request.POST.get("reason", "")[:2000], "revision": looked_at(request)}
    return _done(
        request,
        asset_id,
        lambda: restore_texts(asset_id=asset_id, number=number, by=actor, **about),
        _("The earlier texts are current again."),
    )


def _done(request: HttpRequest, asset_id: UUID, run: Callable[[], object], said: str) -> HttpResponse:
    try:
        run()
        messages.success(request, said)
    except (Invalid, Conflict) as refusal:
        messages.error(request, refusal.message)
    return redirect("web:asset-versions", asset_id)
