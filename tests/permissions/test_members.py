"""Delegated administration: who may do which act where, and that it works at once."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assets.models import Asset
from assets.usecases.drafts_handover import hand_over_drafts
from permissions.actor import ANONYMOUS, Actor, actor_for_user
from permissions.errors import Conflict, Invalid, NotAllowed, NotFound
from permissions.models import Agency, AuditEvent, Membership
from permissions.usecases.agencies_edit import clean_domain, edit_agency
from permissions.usecases.invitations import invite_person, revoke_invitation
from permissions.usecases.members import (
    change_member,
    change_role,
    members_of,
    reactivate_member,
    remove_member,
    suspend_member,
)
from permissions.usecases.people import grant_role
from permissions.usecases.people_suspend import reactivate_person, suspend_person
from permissions.usecases.tokens import recognise
from permissions.vocabulary import AssetState, PlatformRole, Role, Scope
from tests.factories import (
    actor_in,
    make_agency,
    make_asset,
    make_invitation,
    make_member,
    make_membership,
    make_token,
    make_user,
)

pytestmark = pytest.mark.django_db


def platform(role: PlatformRole) -> Actor:
    return actor_for_user(make_user(platform_role=role))


@pytest.fixture
def agency() -> Agency:
    return make_agency(parent=make_agency())


# --- Every act × every role × own, parent, child, sibling


def leave(member: Membership) -> dict[str, Any]:
    return {"agency_id": member.agency_id, "member_id": member.pk}


def revoke(member: Membership, by: Actor) -> None:
    made = make_invitation(agency=member.agency)
    revoke_invitation(agency_id=member.agency_id, invitation_id=made.pk, by=by)


ACTS: dict[str, Callable[[Membership, Actor], object]] = {
    "list": lambda member, by: list(members_of(member.agency, by=by)),
    "role": lambda member, by: change_role(**leave(member), role=Role.EDITOR, by=by),
    "remove": lambda member, by: remove_member(**leave(member), by=by),
    "suspend": lambda member, by: suspend_member(**leave(member), by=by),
    "reactivate": lambda member, by: reactivate_member(**leave(member), by=by),
    "grant": lambda member, by: grant_role(user=make_user(), agency=member.agency, role=Role.VIEWER, by=by),
    "invite": lambda member, by: invite_person(
        agency_id=member.agency_id, email="new@example.vn", role=Role.VIEWER, by=by
    ),
    "revoke": revoke,
    "settings": lambda member, by: edit_agency(agency_id=member.agency_id, by=by, fields={"name_en": "Health"}),
    "hand over": lambda member, by: hand_over_drafts(
        agency_id=member.agency_id, from_id=member.user_id, to_id=make_member(member.agency).pk, by=by
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_each_act_takes_an_administrator_of_the_agency_or_above_or_an_operator(act: str, agency: Agency) -> None:
    parent = agency.parent
    assert parent is not None
    places = {
        "own": agency,
        "parent": parent,
        "child": make_agency(parent=agency),
        "sibling": make_agency(parent=parent),
    }
    actors = [(f"{role} {where}", actor_in(place, role)) for where, place in places.items() for role in Role]
    actors += [(str(role), platform(role)) for role in PlatformRole] + [("nobody", actor_for_user(make_user()))]
    allowed = {"agency_admin own", "agency_admin parent", "operator"}
    for who, by in actors:
        member = make_membership(agency=agency)
        refused = ""
        try:
            ACTS[act](member, by)
        except NotAllowed as refusal:
            refused = refusal.reason
        assert refused == ("" if who in allowed else "role_too_low"), who
    with pytest.raises(NotAllowed) as stranger:
        ACTS[act](make_membership(agency=agency), ANONYMOUS)
    assert stranger.value.reason == "not_signed_in"


@pytest.mark.parametrize("act", ACTS)
def test_a_token_needs_the_scope(act: str, agency: Agency) -> None:
    narrow, _ = make_token(user=make_member(agency, Role.AGENCY_ADMIN), scopes=(Scope.READ, Scope.WRITE))
    assert narrow.user is not None
    with pytest.raises(NotAllowed) as refusal:
        ACTS[act](make_membership(agency=agency), actor_for_user(narrow.user, token=narrow))
    assert refusal.value.reason == "scope_missing"


def test_every_act_is_recorded_with_what_was_before(agency: Agency) -> None:
    by = actor_in(agency, Role.AGENCY_ADMIN)
    member = make_membership(agency=agency, role=Role.VIEWER)
    change_role(**leave(member), role=Role.EDITOR, by=by)
    suspend_member(**leave(member), by=by)
    suspend_member(**leave(member), by=by)
    reactivate_member(**leave(member), by=by)
    remove_member(**leave(member), by=by)
    events = AuditEvent.objects.filter(target=member.user_id, agency=agency, user_id=by.user_id).order_by("id")
    assert [(event.act, event.data["before"], event.data["after"]) for event in events] == [
        ("role.changed", "viewer", "editor"),
        ("member.suspended", False, True),
        ("member.reactivated", True, False),
        ("role.removed", "editor", None),
    ]


def test_a_member_of_another_agency_is_not_found(agency: Agency) -> None:
    elsewhere = make_membership()
    by = actor_in(agency, Role.AGENCY_ADMIN)
    with pytest.raises(NotFound):
        remove_member(agency_id=agency.pk, member_id=elsewhere.pk, by=by)
    with pytest.raises(NotFound):
        remove_member(agency_id=agency.pk, member_id=uuid4(), by=by)


def test_role_and_suspension_change_together_or_not_at_all(agency: Agency) -> None:
    only = make_membership(agency=make_agency(), role=Role.AGENCY_ADMIN)
    with pytest.raises(Conflict):
        change_member(**leave(only), by=platform(PlatformRole.OPERATOR), role=Role.AGENCY_ADMIN, suspended=True)
    member = make_membership(agency=agency)
    changed = change_member(**leave(member), by=actor_in(agency, Role.AGENCY_ADMIN), role=Role.EDITOR, suspended=True)
    assert (changed.role, changed.suspended_at is not None) == (Role.EDITOR, True)


# --- Somebody is left to administer


END: dict[str, Callable[[Membership, Actor], object]] = {
    "demote": lambda member, by: change_role(**leave(member), role=Role.EDITOR, by=by),
    "grant less": lambda member, by: grant_role(user=member.user, agency=member.agency, role=Role.VIEWER, by=by),
    "remove": lambda member, by: remove_member(**leave(member), by=by),
    "suspend": lambda member, by: suspend_member(**leave(member), by=by),
}


@pytest.mark.parametrize("end", END)
def test_the_last_administrator_stays(end: str) -> None:
    root = make_agency()
    only = make_membership(agency=root, role=Role.AGENCY_ADMIN)
    make_membership(agency=root, role=Role.EDITOR)
    make_membership(agency=make_agency(parent=root), role=Role.AGENCY_ADMIN)  # below, so of no help
    suspended = make_membership(agency=root, role=Role.AGENCY_ADMIN)
    suspend_member(**leave(suspended), by=actor_for_user(only.user))
    make_membership(user=make_user(is_active=False), agency=root, role=Role.AGENCY_ADMIN)
    with pytest.raises(Conflict) as refusal:
        END[end](only, actor_for_user(only.user))
    assert refusal.value.reason == "last_administrator"
    reactivate_member(**leave(suspended), by=actor_for_user(only.user))
    END[end](only, actor_for_user(only.user))


@pytest.mark.parametrize("end", END)
def test_an_administrator_above_is_enough(end: str, agency: Agency) -> None:
    only = make_membership(agency=agency, role=Role.AGENCY_ADMIN)
    with pytest.raises(Conflict):
        END[end](only, actor_for_user(only.user))
    assert agency.parent is not None
    END[end](only, actor_in(agency.parent, Role.AGENCY_ADMIN))


# --- Suspension works at once


def test_a_suspended_member_has_nothing_by_session_or_token_from_this_moment_on(agency: Agency) -> None:
    asset = make_asset(agency=agency)
    member = make_membership(agency=agency, role=Role.EDITOR)
    elsewhere = make_membership(user=member.user, role=Role.VIEWER)
    _, secret = make_token(user=member.user)
    by = actor_in(agency, Role.AGENCY_ADMIN)

    def sees() -> tuple[bool, bool]:
        actors = actor_for_user(member.user), recognise(secret)[1]
        return tuple(Asset.objects.visible_to(actor).filter(pk=asset.pk).exists() for actor in actors)  # type: ignore[return-value]

    assert sees() == (True, True)
    suspend_member(**leave(member), by=by)
    assert sees() == (False, False)
    assert [grant.agency_id for grant in actor_for_user(member.user).grants] == [elsewhere.agency_id]
    reactivate_member(**leave(member), by=by)
    assert sees() == (True, True)


def test_an_operator_shuts_a_person_out_of_everything(agency: Agency) -> None:
    member = make_membership(agency=agency)
    _, secret = make_token(user=member.user)
    by = platform(PlatformRole.OPERATOR)
    suspend_person(user_id=member.user_id, by=by)
    member.user.refresh_from_db()
    assert actor_for_user(member.user) == ANONYMOUS
    assert recognise(secret) == (None, ANONYMOUS)
    reactivate_person(user_id=member.user_id, by=by)
    assert not recognise(secret)[1].is_anonymous
    acts = AuditEvent.objects.filter(target=member.user_id).order_by("id").values_list("act", flat=True)
    assert list(acts) == ["person.suspended", "person.reactivated"]


def test_only_operators_shut_people_out_and_none_themselves(agency: Agency) -> None:
    person = make_user()
    for by in (actor_in(agency, Role.AGENCY_ADMIN), platform(PlatformRole.CENTRAL_EDITOR)):
        with pytest.raises(NotAllowed):
            suspend_person(user_id=person.pk, by=by)
    operator = platform(PlatformRole.OPERATOR)
    assert operator.user_id is not None
    with pytest.raises(Conflict) as refusal:
        suspend_person(user_id=operator.user_id, by=operator)
    assert refusal.value.reason == "suspend_oneself"
    with pytest.raises(NotFound):
        suspend_person(user_id=uuid4(), by=operator)


# --- Handing over


def test_a_leavers_drafts_go_to_a_colleague_and_nothing_else(agency: Agency) -> None:
    leaver, heir = make_member(agency), make_member(agency)
    drafts = [make_asset(agency=agency, created_by=leaver, state=s) for s in ("draft", "changes_requested")]
    others = [
        make_asset(agency=agency, created_by=leaver, state=AssetState.APPROVED),
        make_asset(agency=make_agency(), created_by=leaver),
        make_asset(agency=agency),
    ]
    owners = [asset.created_by for asset in others]
    by = actor_in(agency, Role.AGENCY_ADMIN)
    Membership.objects.filter(user=leaver).delete()
    given = {"agency_id": agency.pk, "from_id": leaver.pk, "to_id": heir.pk}
    assert hand_over_drafts(**given, by=by) == 2
    for asset in (*drafts, *others):
        asset.refresh_from_db()
    assert [(asset.created_by, asset.revision) for asset in drafts] == [(heir, 2)] * 2
    assert [asset.created_by for asset in others] == owners
    event = AuditEvent.objects.get(act="asset.handed_over", target=drafts[0].pk)
    assert event.data == {"before": str(leaver.pk), "after": str(heir.pk)}
    assert hand_over_drafts(**given, by=by) == 0


def test_drafts_go_only_to_who_can_go_on_with_them(agency: Agency) -> None:
    leaver = make_member(agency)
    make_asset(agency=agency, created_by=leaver)
    by = actor_in(agency, Role.AGENCY_ADMIN)
    suspended = make_membership(agency=agency)
    suspend_member(**leave(suspended), by=by)
    for heir in (make_user().pk, make_member(agency, Role.VIEWER).pk, suspended.user_id, leaver.pk, uuid4()):
        with pytest.raises(Invalid) as refusal:
            hand_over_drafts(agency_id=agency.pk, from_id=leaver.pk, to_id=heir, by=by)
        assert "to" in refusal.value.data["fields"]
    with pytest.raises(NotFound):
        hand_over_drafts(agency_id=agency.pk, from_id=make_user().pk, to_id=make_member(agency).pk, by=by)


# --- Settings


def test_settings_are_cleaned_and_recorded(agency: Agency) -> None:
    by = actor_in(agency, Role.AGENCY_ADMIN)
    fields = {
        "domains": ["MOH.gov.vn.", "tin.moh.gov.vn", "moh.gov.vn"],
        "embed_origins": ["https://BAO.vn/", "https://bao.vn:8443", "https://bao.vn:443"],
        "retention_days": 3650,
    }
    changed = edit_agency(agency_id=agency.pk, by=by, fields=fields)
    assert changed.domains == ["moh.gov.vn", "tin.moh.gov.vn"]
    assert changed.embed_origins == ["https://bao.vn", "https://bao.vn:8443"]
    assert changed.revision == 2
    event = AuditEvent.objects.get(act="agency.edited", target=agency.pk)
    assert event.data["changed"]["retention_days"] == [None, 3650]
    assert edit_agency(agency_id=agency.pk, by=by, fields=fields).revision == 2
    assert AuditEvent.objects.filter(act="agency.edited").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("domains", ["no host"]),
        ("domains", ["localhost"]),
        ("domains", ["127.0.0.1"]),
        ("domains", ["a.vn/path"]),
        ("domains", [f"h{n}.vn" for n in range(51)]),
        ("embed_origins", ["http://bao.vn"]),
        ("embed_origins", ["https://bao.vn/path"]),
        ("embed_origins", ["https://u@bao.vn"]),
        ("embed_origins", ["https://bao.vn; script-src *"]),
        ("embed_origins", ["*"]),
        ("embed_origins", ["https://bao.vn:99999"]),
        ("retention_days", -1),
        ("quota_warn_percent", 101),
        ("quota_warn_percent", None),
        ("quota_bytes", -1),
        ("name_vi", " "),
        ("default_licence", "x" * 121),
    ],
)
def test_unusable_settings_are_named(agency: Agency, field: str, value: object) -> None:
    with pytest.raises(Invalid) as refusal:
        edit_agency(agency_id=agency.pk, by=platform(PlatformRole.OPERATOR), fields={field: value})
    assert list(refusal.value.data["fields"]) == [field]


def test_a_quota_comes_from_above(agency: Agency) -> None:
    own = actor_in(agency, Role.AGENCY_ADMIN)
    with pytest.raises(NotAllowed):
        edit_agency(agency_id=agency.pk, by=own, fields={"quota_bytes": 1})
    assert agency.parent is not None
    above = actor_in(agency.parent, Role.AGENCY_ADMIN)
    assert edit_agency(agency_id=agency.pk, by=above, fields={"quota_bytes": 1}).quota_bytes == 1
    assert edit_agency(agency_id=agency.pk, by=own, fields={"quota_bytes": 1, "name_en": "x"}).name_en == "x"
    with pytest.raises(NotAllowed):
        edit_agency(agency_id=agency.parent.pk, by=above, fields={"quota_items": 1})
    assert edit_agency(
        agency_id=agency.parent.pk, by=platform(PlatformRole.OPERATOR), fields={"quota_items": 1}
    ).quota_items


def test_an_international_host_name_is_kept_in_its_ascii_form() -> None:
    assert clean_domain("Bộ-Y-Tế.vn").encode().decode("idna") == "bộ-y-tế.vn"


# --- Size


def test_an_actor_costs_one_query_however_large_the_tree_is(agency: Agency) -> None:
    user = make_member(agency)
    with CaptureQueriesContext(connection) as asked:
        actor_for_user(user)
    assert len(asked) == 1
