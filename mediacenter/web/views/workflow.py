"""The work list, the acts on the way to publication, and the central desk."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from api.territory import territory_of
from assets.access import get_visible
from assets.models import Nomination
from assets.nominations import get_nomination
from assets.reviews import WORK_STATES, ReviewFilters, work_list
from assets.states import NominationState
from assets.transitions import MAX_COMMENT
from assets.usecases.assets_approve import approve_asset
from assets.usecases.assets_archive import archive_asset
from assets.usecases.assets_assign import assign_asset
from assets.usecases.assets_cancel_schedule import cancel_schedule
from assets.usecases.assets_comment import comment_on_asset
from assets.usecases.assets_request_changes import request_changes
from assets.usecases.assets_restore import restore_asset
from assets.usecases.assets_schedule import schedule_asset
from assets.usecases.assets_submit import submit_for_review
from assets.usecases.nominations_decide import accept_nomination, decline_nomination
from assets.usecases.nominations_make import nominate_asset
from mediacenter.web.forms_rights import moment
from mediacenter.web.presentation.assets import card_for, for_pages
from mediacenter.web.views.pages import looked_at, page
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid, NotFound
from permissions.policy import can_run_desk
from permissions.vocabulary import AssetState

MOST_SHOWN = 100
SAYING: dict[str, Callable[..., Any]] = {
    "submit": submit_for_review,
    "approve": approve_asset,
    "request-changes": request_changes,
    "archive": archive_asset,
    "restore": restore_asset,
}


class ReviewForm(forms.Form):
    """What the address of the work list may ask for; anything unusable is left out."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=[(state.value, state.label) for state in WORK_STATES], required=False
    )
    whose = forms.ChoiceField(
        label=gettext_lazy("Assigned to"),
        choices=[("", gettext_lazy("Everybody")), ("me", gettext_lazy("Me")), ("none", gettext_lazy("Nobody"))],
        required=False,
    )

    def filters(self, actor: Actor) -> ReviewFilters:
        self.is_valid()
        whose = self.cleaned_data.get("whose")
        return ReviewFilters(
            state=self.cleaned_data.get("state") or AssetState.IN_REVIEW,
            assignee=actor.user_id if whose == "me" else None,
            unassigned=whose == "none",
        )


@require_safe
@page
def reviews(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = ReviewForm(request.GET)
    rows = for_pages(work_list(actor, form.filters(actor))).select_related("assignee")
    found = list(rows.order_by(F("review_place"))[: MOST_SHOWN + 1])
    territory = territory_of(request)
    context = {
        "form": form,
        "items": [{"asset": asset, "card": card_for(asset, actor, territory)} for asset in found[:MOST_SHOWN]],
        "more": len(found) > MOST_SHOWN,
    }
    return render(request, "web/reviews.html", context)


@require_POST
@page
def act(request: HttpRequest, actor: Actor, asset_id: UUID, action: str) -> HttpResponse:
    """One step of the workflow, by a button of the asset's page. ``revision`` guards what the person looked at."""
    get_visible(actor, asset_id)
    said = request.POST.get("comment", "")[:MAX_COMMENT]
    about: dict[str, Any] = {"asset_id": asset_id, "by": actor, "revision": looked_at(request)}
    try:
        if action in SAYING:
            SAYING[action](comment=said, **about)
        elif action == "schedule":
            schedule_asset(at=_time(request, "at"), **about)
        elif action == "cancel-schedule":
            cancel_schedule(**about)
        elif action == "nominate":
            nominate_asset(note=said, **about)
        else:
            raise NotFound("There is no such act.")
        messages.success(request, _("Done."))
    except (Invalid, Conflict) as refusal:
        messages.error(request, refusal.message)
    return redirect("web:asset", asset_id)


@require_POST
@page
def comment(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    get_visible(actor, asset_id)
    try:
        comment_on_asset(
            asset_id=asset_id, by=actor, text=request.POST.get("text", ""), mention=_person(request, "mention")
        )
    except Invalid as refusal:
        messages.error(request, refusal.message)
    return redirect("web:asset", asset_id)


@require_POST
@page
def assign(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    get_visible(actor, asset_id)
    try:
        due_at = _time(request, "due_at") if request.POST.get("due_at") else None
        person = _person(request, "assignee")
        assign_asset(asset_id=asset_id, by=actor, assignee=person, due_at=due_at, revision=looked_at(request))
        messages.success(request, _("Done."))
    except (Invalid, Conflict) as refusal:
        messages.error(request, refusal.message)
    return redirect("web:asset", asset_id)


@require_safe
@page
def nominations(request: HttpRequest, actor: Actor) -> HttpResponse:
    rows = Nomination.objects.visible_to(actor).select_related("agency", "nominated_by", "asset__current_version")
    rows = rows.prefetch_related("asset__texts")
    return render(
        request,
        "web/nominations.html",
        {
            "waiting": rows.filter(state=NominationState.OPEN)[:MOST_SHOWN],
            "decided": rows.exclude(state=NominationState.OPEN).order_by("-decided_at")[:MOST_SHOWN],
            "runs_desk": bool(can_run_desk(actor)),
        },
    )


class NationalForm(forms.Form):
    title = forms.CharField(max_length=300, required=False)
    priority = forms.IntegerField(min_value=1, max_value=5)


@require_POST
@page
def decide_nomination(request: HttpRequest, actor: Actor, nomination_id: UUID) -> HttpResponse:
    get_nomination(actor, nomination_id)
    about: dict[str, Any] = {"nomination_id": nomination_id, "by": actor, "revision": looked_at(request)}
    try:
        if "accept" in request.POST:
            accept_nomination(national=_national(request), **about)
        else:
            decline_nomination(reason=request.POST.get("reason", "")[:MAX_COMMENT], **about)
        messages.success(request, _("Done."))
    except (Invalid, Conflict) as refusal:
        messages.error(request, refusal.message)
    return redirect("web:nominations")


def _national(request: HttpRequest) -> dict[str, Any]:
    form = NationalForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Give a priority from 1 to 5 and a title of up to 300 characters."))
    return form.cleaned_data


def _person(request: HttpRequest, name: str) -> UUID | None:
    value = request.POST.get(name, "")
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError as error:
        raise Invalid(_("Choose a person of the list.")) from error


def _time(request: HttpRequest, name: str) -> datetime:
    """What a ``datetime-local`` field sent, in the site's time zone."""
    field, unreadable = moment(), _("Give a date and a time.")
    field.error_messages["invalid"] = unreadable
    try:
        found: datetime | None = field.clean(request.POST.get(name, "")[:40])
    except forms.ValidationError as error:
        raise Invalid(" ".join(error.messages)) from error
    if found is None:
        raise Invalid(unreadable)
    return found
