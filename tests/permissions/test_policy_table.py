"""The policy's whole decisions, role by role, state by state."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from permissions.actor import ANONYMOUS, Actor, Grant
from permissions.policy import ALLOWED, IN_TRASH, Decision, can, can_in_agency, can_run_desk
from permissions.vocabulary import Action, AgencyAction, AssetState, Audience, PlatformRole, Reason, Role, Scope

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOME, BELOW, ABOVE, OTHER = "a/b/", "a/b/c/", "a/", "x/"
S = AssetState


@dataclass(frozen=True, kw_only=True)
class Facts:
    agency_path: str = HOME
    state: str = S.PUBLISHED
    audience: str = Audience.AGENCY
    embargo_until: datetime | None = None
    rights_end: datetime | None = None
    release_required: bool = False
    has_release: bool = False
    consent_ends: datetime | None = None
    shared_paths: tuple[str, ...] = ()
    is_rejected: bool = False
    in_trash: bool = False
    is_purging: bool = False
    is_held: bool = False
    held_by_platform: bool = False
    is_verified: bool = True
    is_processed: bool = True
    review_steps: int = 0
    made_by: tuple[UUID, ...] = ()
    approved_by: tuple[UUID, ...] = ()


def person(path: str, role: Role, **more: Any) -> Actor:
    return Actor(user_id=UUID(int=1), grants=(Grant(agency_id=UUID(int=2), path=path, role=role),), **more)


def official(role: PlatformRole) -> Actor:
    return Actor(user_id=UUID(int=1), platform_role=role)


ROLES: dict[str, Actor] = {
    "anonymous": ANONYMOUS,
    "nobody": Actor(user_id=UUID(int=1)),
    "stranger": person(OTHER, Role.AGENCY_ADMIN),
    "viewer": person(HOME, Role.VIEWER),
    "contributor": person(HOME, Role.CONTRIBUTOR),
    "editor": person(HOME, Role.EDITOR),
    "admin above": person(ABOVE, Role.AGENCY_ADMIN),
    "admin below": person(BELOW, Role.AGENCY_ADMIN),
    "central editor": official(PlatformRole.CENTRAL_EDITOR),
    "operator": official(PlatformRole.OPERATOR),
    "auditor": official(PlatformRole.AUDITOR),
}
# one letter per state, in the order of AssetState: draft, in review, changes requested, approved, scheduled, published,
# withdrawn, archived.  + allowed   . not visible   r role_too_low   s wrong_state
TABLE: dict[Action, dict[str, str]] = {
    Action.VIEW: {
        "anonymous": "........",
        "nobody": "........",
        "stranger": "........",
        "viewer": ".....+..",
        "contributor": "++++++++",
        "editor": "++++++++",
        "admin above": "++++++++",
        "admin below": "........",
        "central editor": ".....++.",
        "operator": "........",
        "auditor": "++++++++",
    },
    Action.DOWNLOAD_ORIGINAL: {
        "viewer": ".....r..",
        "contributor": "++++++++",
        "editor": "++++++++",
        "admin above": "++++++++",
        "central editor": ".....++.",
        "operator": "........",
        "auditor": "++++++++",
    },
    Action.EDIT: {
        "viewer": ".....r..",
        "contributor": "+s+sssss",
        "editor": "++++++ss",
        "admin above": "++++++ss",
        "central editor": ".....+s.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.PUBLISH: {
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "+ss++sss",
        "admin above": "+ss++sss",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.WITHDRAW: {
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "sssss+ss",
        "admin above": "sssss+ss",
        "central editor": ".....+s.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.SUBMIT: {
        "viewer": ".....r..",
        "contributor": "+s+sssss",
        "editor": "+s+sssss",
        "admin above": "+s+sssss",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.REQUEST_CHANGES: {
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "s+s+ssss",
        "admin above": "s+s+ssss",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.APPROVE: {
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "s+ssssss",
        "admin above": "s+ssssss",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.SCHEDULE: {
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "+ss++sss",
        "admin above": "+ss++sss",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.CANCEL_SCHEDULE: {
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "ssss+sss",
        "admin above": "ssss+sss",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.ARCHIVE: {
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "+s+ss++s",
        "admin above": "+s+ss++s",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.RESTORE: {
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "ssssss++",
        "admin above": "ssssss++",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.FOLLOW: {
        "viewer": ".....r..",
        "contributor": "++++++++",
        "editor": "++++++++",
        "admin above": "++++++++",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "++++++++",
    },
    Action.SEE_USES: {
        "viewer": ".....r..",
        "contributor": "++++++++",
        "editor": "++++++++",
        "admin above": "++++++++",
        "central editor": ".....++.",
        "operator": "........",
        "auditor": "++++++++",
    },
    Action.REPORT: {
        "viewer": ".....+..",
        "contributor": "++++++++",
        "editor": "++++++++",
        "admin above": "++++++++",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.COMMENT: {
        "viewer": ".....r..",
        "contributor": "++++++++",
        "editor": "++++++++",
        "admin above": "++++++++",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.ASSIGN: {
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "+++++sss",
        "admin above": "+++++sss",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.NOMINATE: {
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "sssss+ss",
        "admin above": "sssss+ss",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.DELETE: {  # contributors their own, see below
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "+s+sss++",
        "admin above": "+s+sss++",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.UNDELETE: {
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "ssssssss",
        "admin above": "ssssssss",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "rrrrrrrr",
    },
    Action.HOLD: {
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "rrrrrrrr",
        "admin above": "++++++++",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "++++++++",
    },
    Action.LIFT_HOLD: {
        "viewer": ".....r..",
        "contributor": "rrrrrrrr",
        "editor": "rrrrrrrr",
        "admin above": "ssssssss",
        "central editor": ".....rr.",
        "operator": "........",
        "auditor": "ssssssss",
    },
}
TABLE[Action.CONFIRM] = TABLE[Action.EDIT] | {
    "contributor": "rrrrrrrr",
    "central editor": ".....rr.",
}
TABLE[Action.DOWNLOAD] = TABLE[Action.VIEW]
LETTERS = {
    "+": ALLOWED,
    ".": Decision(Reason.NOT_VISIBLE),
    "r": Decision(Reason.ROLE_TOO_LOW),
    "s": Decision(Reason.WRONG_STATE),
}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("who", ROLES)
def test_the_decision_for_each_state(action: Action, who: str) -> None:
    expected = TABLE[action].get(who, "........")
    found = [can(ROLES[who], action, Facts(state=state), now=NOW) for state in AssetState]
    assert found == [LETTERS[letter] for letter in expected]


@pytest.mark.parametrize(
    ("audience", "shared", "sees"),
    [
        (Audience.AGENCY, (), {"viewer"}),
        (Audience.AGENCY, (OTHER,), {"viewer"}),
        (Audience.SHARED, (), {"viewer"}),
        (Audience.SHARED, (OTHER,), {"viewer", "stranger"}),
        (Audience.SHARED, ("x/y/",), {"viewer", "stranger"}),
        (Audience.SHARED, ("y/",), {"viewer"}),
        (Audience.NETWORK, (), {"viewer", "stranger", "admin below", "operator"}),
        (Audience.PUBLIC, (), {"viewer", "stranger", "admin below", "operator", "nobody", "anonymous"}),
    ],
)
def test_a_published_asset_is_seen_by_its_audience(audience: Audience, shared: tuple[str, ...], sees: set[str]) -> None:
    insiders = {"contributor", "editor", "admin above", "central editor", "auditor"}
    facts = Facts(audience=audience, shared_paths=shared)
    assert {who for who, actor in ROLES.items() if can(actor, Action.VIEW, facts, now=NOW)} == sees | insiders


@pytest.mark.parametrize("closed", [{"embargo_until": NOW + HOUR}, {"rights_end": NOW}])
def test_outside_its_window_only_insiders_see_it(closed: dict[str, datetime]) -> None:
    facts = Facts(audience=Audience.PUBLIC, **closed)
    insiders = {"contributor", "editor", "admin above", "central editor", "auditor"}
    assert {who for who, actor in ROLES.items() if can(actor, Action.VIEW, facts, now=NOW)} == insiders


@pytest.mark.parametrize(
    ("action", "scope"),
    [
        (Action.VIEW, Scope.READ),
        (Action.DOWNLOAD, Scope.READ),
        (Action.DOWNLOAD_ORIGINAL, Scope.ORIGINALS),
        (Action.EDIT, Scope.WRITE),
        (Action.PUBLISH, Scope.PUBLISH),
        (Action.WITHDRAW, Scope.PUBLISH),
        (Action.SUBMIT, Scope.WRITE),
        (Action.REQUEST_CHANGES, Scope.PUBLISH),
        (Action.APPROVE, Scope.PUBLISH),
        (Action.SCHEDULE, Scope.PUBLISH),
        (Action.CANCEL_SCHEDULE, Scope.PUBLISH),
        (Action.ARCHIVE, Scope.PUBLISH),
        (Action.RESTORE, Scope.PUBLISH),
        (Action.FOLLOW, Scope.READ),
        (Action.SEE_USES, Scope.READ),
        (Action.REPORT, Scope.READ),
        (Action.COMMENT, Scope.WRITE),
        (Action.ASSIGN, Scope.WRITE),
        (Action.NOMINATE, Scope.PUBLISH),
        (Action.DELETE, Scope.WRITE),
        (Action.HOLD, Scope.MANAGE),
    ],
)
def test_a_token_needs_the_scope_of_the_action(action: Action, scope: Scope) -> None:
    state = next(state for state in (S.PUBLISHED, *S) if TABLE[action]["admin above"][list(S).index(state)] == "+")
    admin = person(HOME, Role.AGENCY_ADMIN)
    just_enough = replace(admin, scopes=frozenset({Scope.READ, scope}))
    assert can(just_enough, action, Facts(state=state), now=NOW) == ALLOWED
    all_others = replace(admin, scopes=frozenset(Scope) - {scope})
    refused = Reason.NOT_VISIBLE if scope is Scope.READ else Reason.SCOPE_MISSING
    assert can(all_others, action, Facts(state=state), now=NOW) == Decision(refused)


@pytest.mark.parametrize("action", Action)
def test_without_the_scope_to_read_everything_is_absent(action: Action) -> None:
    blind = replace(person(HOME, Role.AGENCY_ADMIN), scopes=frozenset(Scope) - {Scope.READ})
    facts = Facts(audience=Audience.PUBLIC)
    assert can(blind, action, facts, now=NOW) == Decision(Reason.NOT_VISIBLE)


def test_a_stranger_who_sees_a_public_asset_is_asked_to_sign_in_for_the_rest() -> None:
    facts = Facts(audience=Audience.PUBLIC)
    for action in set(Action) - {Action.VIEW, Action.DOWNLOAD}:
        assert can(ANONYMOUS, action, facts, now=NOW) == Decision(Reason.NOT_SIGNED_IN)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (Facts(state=S.DRAFT, is_verified=False, is_processed=False), Reason.NOT_VERIFIED),
        (Facts(state=S.DRAFT, is_processed=False), Reason.NOT_PROCESSED),
        (Facts(state=S.DRAFT, is_rejected=True, is_processed=False), Reason.NOT_PROCESSED),
        (Facts(state=S.DRAFT, is_rejected=True, is_verified=False, is_processed=False), Reason.NOT_PROCESSED),
        (Facts(state=S.IN_REVIEW, is_verified=False), Reason.WRONG_STATE),
    ],
)
def test_what_is_not_verified_and_processed_is_not_published(facts: Facts, reason: Reason) -> None:
    assert can(ROLES["editor"], Action.PUBLISH, facts, now=NOW) == Decision(reason)


@pytest.mark.parametrize("action", [Action.PUBLISH, Action.SCHEDULE])
@pytest.mark.parametrize("steps", [1, 2])
def test_where_a_review_is_asked_for_drafts_are_not_published(action: Action, steps: int) -> None:
    approvers = tuple(UUID(int=number) for number in range(100, 100 + steps))
    draft = Facts(state=S.DRAFT, review_steps=steps)
    assert can(ROLES["editor"], action, draft, now=NOW) == Decision(Reason.REVIEW_NEEDED)
    for state in (S.APPROVED, S.SCHEDULED):
        enough = Facts(state=state, review_steps=steps, approved_by=approvers)
        assert can(ROLES["editor"], action, enough, now=NOW) == ALLOWED
        by_an_earlier_policy = replace(enough, approved_by=approvers[1:])
        assert can(ROLES["editor"], action, by_an_earlier_policy, now=NOW) == Decision(Reason.REVIEW_NEEDED)


def test_nobody_approves_their_own_work_nor_twice_nor_without_being_a_person() -> None:
    editor, colleague = ROLES["editor"], replace(ROLES["editor"], user_id=UUID(int=7))
    token = replace(editor, user_id=None, token_id=UUID(int=8))
    assert editor.user_id is not None
    mine = Facts(state=S.IN_REVIEW, made_by=(editor.user_id,))
    assert can(editor, Action.APPROVE, mine, now=NOW) == Decision(Reason.OWN_WORK)
    assert can(colleague, Action.APPROVE, mine, now=NOW) == ALLOWED
    once = Facts(state=S.IN_REVIEW, approved_by=(editor.user_id,))
    assert can(editor, Action.APPROVE, once, now=NOW) == Decision(Reason.ALREADY_APPROVED)
    assert can(token, Action.APPROVE, Facts(state=S.IN_REVIEW), now=NOW) == Decision(Reason.PERSON_NEEDED)


def test_only_central_editors_run_the_desk() -> None:
    assert {who for who, actor in ROLES.items() if can_run_desk(actor)} == {"central editor"}
    narrowed = replace(ROLES["central editor"], scopes=frozenset(Scope) - {Scope.PUBLISH})
    assert can_run_desk(narrowed) == Decision(Reason.SCOPE_MISSING)
    assert can_run_desk(ANONYMOUS) == Decision(Reason.NOT_SIGNED_IN)


@pytest.mark.parametrize("audience", Audience)
def test_what_needs_a_release_is_published_beyond_the_agency_only_with_one(audience: Audience) -> None:
    editor = ROLES["editor"]
    missing = Facts(state=S.DRAFT, audience=audience, release_required=True)
    refused = ALLOWED if audience == Audience.AGENCY else Decision(Reason.RELEASE_MISSING)
    assert can(editor, Action.PUBLISH, missing, now=NOW) == refused
    assert can(editor, Action.PUBLISH, replace(missing, has_release=True), now=NOW) == ALLOWED
    holding = replace(missing, has_release=True, consent_ends=NOW + HOUR)
    assert can(editor, Action.PUBLISH, holding, now=NOW) == ALLOWED
    ended = replace(missing, has_release=True, consent_ends=NOW)
    assert can(editor, Action.PUBLISH, ended, now=NOW) == Decision(Reason.RELEASE_ENDED)
    assert can(editor, Action.VIEW, ended, now=NOW) == ALLOWED


def test_the_highest_role_that_covers_the_agency_counts() -> None:
    grants = (
        Grant(agency_id=UUID(int=1), path=ABOVE, role=Role.EDITOR),
        Grant(agency_id=UUID(int=2), path=HOME, role=Role.VIEWER),
        Grant(agency_id=UUID(int=3), path=OTHER, role=Role.AGENCY_ADMIN),
    )
    assert Actor(user_id=UUID(int=9), grants=grants).role_at(HOME) is Role.EDITOR


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        (AgencyAction.VIEW, {"stranger", "viewer", "contributor", "editor", "admin above", "admin below",
                             "central editor", "operator", "auditor"}),
        (AgencyAction.UPLOAD, {"contributor", "editor", "admin above"}),
        (AgencyAction.MANAGE, {"admin above", "operator"}),
    ],
)  # fmt: skip
def test_what_each_may_do_in_an_agency(action: AgencyAction, allowed: set[str]) -> None:
    found = {who: can_in_agency(actor, action, HOME) for who, actor in ROLES.items()}
    assert {who for who, decision in found.items() if decision} == allowed
    if action is not AgencyAction.VIEW:
        assert found["anonymous"] == Decision(Reason.NOT_SIGNED_IN)
        assert found["viewer"] == Decision(Reason.ROLE_TOO_LOW)


@pytest.mark.parametrize(
    ("action", "scope"), [(AgencyAction.UPLOAD, Scope.UPLOAD), (AgencyAction.MANAGE, Scope.MANAGE)]
)
def test_a_token_acts_in_an_agency_within_its_scopes(action: AgencyAction, scope: Scope) -> None:
    admin = person(HOME, Role.AGENCY_ADMIN)
    assert can_in_agency(replace(admin, scopes=frozenset({scope})), action, HOME) == ALLOWED
    narrowed = replace(admin, scopes=frozenset(Scope) - {scope})
    assert can_in_agency(narrowed, action, HOME) == Decision(Reason.SCOPE_MISSING)
    operator = replace(official(PlatformRole.OPERATOR), scopes=frozenset(Scope) - {Scope.MANAGE})
    assert can_in_agency(operator, AgencyAction.MANAGE, HOME) == Decision(Reason.SCOPE_MISSING)


ME = UUID(int=1)
TRASHED = Facts(state=S.DRAFT, audience=Audience.PUBLIC, in_trash=True)


@pytest.mark.parametrize("action", [action for action in Action if action not in IN_TRASH])
@pytest.mark.parametrize("who", ROLES)
def test_what_lies_in_the_trash_is_absent(action: Action, who: str) -> None:
    assert can(ROLES[who], action, TRASHED, now=NOW) == Decision(Reason.NOT_VISIBLE)


def test_contributors_delete_and_take_back_their_own_drafts() -> None:
    contributor = ROLES["contributor"]
    mine = Facts(state=S.DRAFT, made_by=(ME,))
    assert can(contributor, Action.DELETE, mine, now=NOW) == ALLOWED
    assert can(contributor, Action.DELETE, replace(mine, state=S.ARCHIVED), now=NOW) == Decision(Reason.WRONG_STATE)
    assert can(contributor, Action.UNDELETE, replace(mine, in_trash=True), now=NOW) == ALLOWED
    others = replace(TRASHED, made_by=(UUID(int=9),))
    assert can(contributor, Action.UNDELETE, others, now=NOW) == Decision(Reason.NOT_VISIBLE)


def test_what_is_being_purged_is_found_by_nobody() -> None:
    for actor in ROLES.values():
        going = replace(TRASHED, is_purging=True, made_by=(ME,))
        assert not any(can(actor, action, going, now=NOW) for action in Action)


def test_a_legal_hold_keeps_and_only_the_platform_lifts_its_own() -> None:
    admin, auditor = ROLES["admin above"], ROLES["auditor"]
    held = Facts(state=S.DRAFT, is_held=True)
    assert can(ROLES["editor"], Action.DELETE, held, now=NOW) == Decision(Reason.LEGAL_HOLD)
    assert can(admin, Action.LIFT_HOLD, held, now=NOW) == ALLOWED
    assert can(admin, Action.HOLD, held, now=NOW) == Decision(Reason.WRONG_STATE)
    ours = replace(held, held_by_platform=True)
    assert can(admin, Action.LIFT_HOLD, ours, now=NOW) == Decision(Reason.ROLE_TOO_LOW)
    assert can(auditor, Action.LIFT_HOLD, ours, now=NOW) == ALLOWED
    in_trash = replace(ours, in_trash=True)
    assert can(auditor, Action.LIFT_HOLD, in_trash, now=NOW) == ALLOWED
    assert can(admin, Action.UNDELETE, in_trash, now=NOW) == ALLOWED
