"""One agency: its settings, people, invitations and tokens, and the acts of those who administer it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from assets.models import Asset
from assets.quota import usage_of
from assets.retention import MOST_POLICIES, next_to_go
from assets.usecases.agencies_merge import merge_agency
from assets.usecases.drafts_handover import hand_over_drafts
from assets.usecases.logos_set import set_logo
from mediacenter.web.agency_forms import CLIENT, AgencyForm, AgencyTokenForm, HandoverForm, InvitationForm
from mediacenter.web.presentation.agencies import above, logo_shown
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid, NotAllowed, NotFound
from permissions.inherited import review_steps_of
from permissions.models import Agency, ApiToken, Membership
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.tree import common_path
from permissions.usecases.agencies_move import move_agency
from permissions.usecases.clients import RegisteredClient, register_client
from permissions.usecases.invitations import invitations_of, invite_person, revoke_invitation
from permissions.usecases.members import (
    change_role,
    members_of,
    reactivate_member,
    remove_member,
    suspend_member,
)
from permissions.usecases.tokens import IssuedToken, issue_token
from permissions.vocabulary import AgencyAction, Role, Scope

MOST_NEXT = 20
"""Works that the retention takes next; the API lists more."""
MOST_COUNTED = 10_000
"""Works are counted up to here before a merger is confirmed."""
FEW_POLICIES = 6
"""Rules of the retention that each view of the page looks at; ``?retention=all`` looks at more."""
MOST_MEMBERS = 200
"""On the page; the API lists them all."""


def load(actor: Actor, code: str) -> Agency:
    """The agency, if the actor may know of it; a merged one too."""
    found = Agency.objects.select_related("merged_into", "parent").filter(code=code.upper()).first()
    open_or_merged = found is not None and (found.is_active or found.merged_into_id is not None)
    if found is None or not open_or_merged or not can_in_agency(actor, AgencyAction.VIEW, found.path):
        raise NotFound(_("There is no such agency."))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@page
def agency(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    found = load(actor, code)
    if found.merged_into is not None:
        return redirect("web:agency", found.merged_into.code)
    form = AgencyForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(can_in_agency(actor, AgencyAction.MANAGE, found.path))
        if form.is_valid() and _save(form, actor, found):
            messages.success(request, _("The changes are saved."))
            return redirect("web:agency", found.code)
    return show(request, actor, found, form=form)


def _save(form: AgencyForm, actor: Actor, agency: Agency) -> bool:
    """Whether the use case took it; its refusals become errors of the form."""
    try:
        values = {"fields": form.changes, "revision": form.cleaned_data["revision"]}
        set_logo(agency_id=agency.pk, by=actor, work=form.cleaned_data["logo"], **values)
    except Invalid as refusal:
        for name, sentences in refusal.data.get("fields", {}).items():
            form.add_error(name if name in form.fields else None, sentences)
    except (Conflict, NotAllowed) as refusal:
        form.add_error(None, refusal.message)
    return form.is_valid()


def show(
    request: HttpRequest,
    actor: Actor,
    agency: Agency,
    *,
    form: AgencyForm | None = None,
    invitation: InvitationForm | None = None,
    token: AgencyTokenForm | None = None,
    issued: IssuedToken | RegisteredClient | None = None,
) -> HttpResponse:
    """The page, with whichever form was filled in."""
    context: dict[str, Any] = {
        "agency": agency,
        "name": agency.name_in(get_language() or "vi"),
        "above": above(agency),
        "logo": logo_shown(agency),
        "manages": bool(can_in_agency(actor, AgencyAction.MANAGE, agency.path)),
        "sees_uses": bool(can_in_agency(actor, AgencyAction.SEE_USES, agency.path)),
        "makes_roots": agency.parent_id is not None and bool(can_in_agency(actor, AgencyAction.MANAGE, "")),
    }
    if context["manages"]:
        thorough = request.GET.get("retention") == "all"
        most_policies = MOST_POLICIES if thorough else FEW_POLICIES
        members = list(members_of(agency, by=actor).order_by("user__full_name", "pk")[:MOST_MEMBERS])
        context |= {
            "form": form or AgencyForm(agency),
            "members": members,
            "roles": Role.choices,
            "invitations": list(invitations_of(agency, by=actor)),
            "invitation_form": invitation or InvitationForm(),
            "tokens": ApiToken.objects.filter(agency=agency, revoked_at__isnull=True)
            .select_related("client")
            .order_by("-id"),
            "token_form": token or AgencyTokenForm(),
            "issued": issued,
            "now": timezone.now(),
            "usage": usage_of(agency),
            "next_to_go": next_to_go(agency, by=actor, limit=MOST_NEXT, most_policies=most_policies),
            "thorough": thorough,
            "review_steps": review_steps_of(agency.path),
            "handover_form": HandoverForm(members),
        }
    bound = [one for one in (form, invitation, token) if one is not None and one.is_bound]
    failed = any(one.errors for one in bound)
    return render(request, "web/agency.html", context, status=400 if failed else 200)


MEMBER_ACTS = {"suspend": suspend_member, "reactivate": reactivate_member, "remove": remove_member}


@require_POST
@page
def member(request: HttpRequest, actor: Actor, code: str, member_id: UUID) -> HttpResponse:
    """``act`` is role, suspend, reactivate or remove."""
    found, act, role = load(actor, code), request.POST.get("act", ""), request.POST.get("role", "")
    require(can_in_agency(actor, AgencyAction.MANAGE, found.path))
    if act not in MEMBER_ACTS and not (act == "role" and role in Role.values):
        messages.error(request, _("Choose a role."))
        return redirect("web:agency", found.code)
    try:
        if act in MEMBER_ACTS:
            MEMBER_ACTS[act](agency_id=found.pk, member_id=member_id, by=actor)
        else:
            change_role(agency_id=found.pk, member_id=member_id, role=Role(role), by=actor)
        messages.success(request, _("Done."))
    except (Conflict, Invalid) as refusal:
        messages.error(request, refusal.message)
    return redirect("web:agency", found.code)


@require_POST
@page
def invite(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    found = load(actor, code)
    require(can_in_agency(actor, AgencyAction.MANAGE, found.path))
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return show(request, actor, found, invitation=form)
    address = form.cleaned_data["email"]
    try:
        invite_person(
            agency_id=found.pk,
            email=address,
            role=Role(form.cleaned_data["role"]),
            by=actor,
            language=get_language() or "",
        )
        messages.success(request, _("A letter is on its way to %(address)s.") % {"address": address})
    except (Conflict, Invalid) as refusal:
        messages.error(request, refusal.message)
    return redirect("web:agency", found.code)


@require_POST
@page
def revoke(request: HttpRequest, actor: Actor, code: str, invitation_id: UUID) -> HttpResponse:
    found = load(actor, code)
    try:
        revoke_invitation(agency_id=found.pk, invitation_id=invitation_id, by=actor)
        messages.success(request, _("The invitation is taken back."))
    except (Conflict, Invalid) as refusal:
        messages.error(request, refusal.message)
    return redirect("web:agency", found.code)


@require_POST
@page
def handover(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    found = load(actor, code)
    form = HandoverForm(list(members_of(found, by=actor)), request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose whose drafts they are and who goes on with them."))
        return redirect("web:agency", found.code)
    people = {"from_id": UUID(form.cleaned_data["leaver"]), "to_id": UUID(form.cleaned_data["to"])}
    try:
        count = hand_over_drafts(agency_id=found.pk, by=actor, **people)
        messages.success(request, _("Drafts handed over: %(count)s.") % {"count": count})
    except (Conflict, Invalid) as refusal:
        messages.error(request, refusal.message)
    return redirect("web:agency", found.code)


@require_POST
@page
def place(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """``act`` is move (below ``other``), top (a root from now on) or merge (into ``other``, once ``confirmed``)."""
    found, act = load(actor, code), request.POST.get("act", "")
    other_code = request.POST.get("other", "").strip()[:12]
    if act not in {"move", "merge", "top"} or (act != "top" and not other_code):
        messages.error(request, _("Give the code of another agency."))
        return redirect("web:agency", found.code)
    try:
        if act == "top":
            move_agency(agency_id=found.pk, parent_id=None, by=actor)
            messages.success(request, _("Done."))
            return redirect("web:agency", found.code)
        other = load(actor, other_code)
        if act == "move":
            move_agency(agency_id=found.pk, parent_id=other.pk, by=actor)
        elif "confirmed" in request.POST:
            merge_agency(agency_id=found.pk, into_id=other.pk, by=actor)
        else:
            require(can_in_agency(actor, AgencyAction.MANAGE, common_path(found.path, other.path)))
            return render(request, "web/agency_merge.html", _merging(found, other))
        messages.success(request, _("Done."))
    except (Conflict, Invalid, NotFound) as refusal:
        messages.error(request, refusal.message)
    return redirect("web:agency", found.code)


def _merging(source: Agency, target: Agency) -> dict[str, Any]:
    language = get_language() or "vi"
    return {
        "agency": source,
        "other": target,
        "name": source.name_in(language),
        "other_name": target.name_in(language),
        "works": Asset.objects.filter(agency=source)[: MOST_COUNTED + 1].count(),
        "most": MOST_COUNTED,
        "people": Membership.objects.filter(agency=source).count(),
        "below": Agency.objects.filter(parent=source, is_active=True).count(),
    }


@require_POST
@page
def token(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """A new token of the agency; its secret is on the answer alone."""
    found = load(actor, code)
    require(can_in_agency(actor, AgencyAction.MANAGE, found.path))
    form = AgencyTokenForm(request.POST)
    if not form.is_valid():
        return show(request, actor, found, token=form)
    days = form.cleaned_data["lifetime"]
    wanted: dict[str, Any] = {
        "by": actor,
        "name": form.cleaned_data["name"],
        "scopes": [Scope(scope) for scope in form.cleaned_data["scopes"]],
        "agency": found,
        "role": Role(form.cleaned_data["role"]),
        "expires_at": timezone.now() + timedelta(days=int(days)) if days else None,
    }
    issued: IssuedToken | RegisteredClient
    try:
        issued = register_client(**wanted) if form.cleaned_data["kind"] == CLIENT else issue_token(**wanted)
    except (Conflict, Invalid) as refusal:
        messages.error(request, refusal.message)
        return redirect("web:agency", found.code)
    return show(request, actor, found, issued=issued)
