"""The policy: one table of who sees what, asked as a predicate here and as a row filter in ``permissions/rows.py``.

``tests/permissions/test_policy_agreement.py`` proves on random worlds that the two agree.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from permissions.actor import Actor
from permissions.vocabulary import Action, AgencyAction, AssetState, Audience, PlatformRole, Reason, Role, Scope


class SightFacts(Protocol):
    """What the policy needs to know of an asset to say who sees it."""

    @property
    def agency_path(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def audience(self) -> str: ...
    @property
    def embargo_until(self) -> datetime | None: ...
    @property
    def rights_end(self) -> datetime | None: ...
    @property
    def release_required(self) -> bool: ...
    @property
    def has_release(self) -> bool: ...
    @property
    def consent_ends(self) -> datetime | None: ...
    @property
    def shared_paths(self) -> Collection[str]: ...
    @property
    def in_trash(self) -> bool: ...


class AssetFacts(SightFacts, Protocol):
    """What it needs to know of an asset for every action."""

    @property
    def is_rejected(self) -> bool: ...
    @property
    def is_verified(self) -> bool: ...
    @property
    def is_processed(self) -> bool: ...
    @property
    def review_steps(self) -> int: ...
    @property
    def made_by(self) -> Collection[UUID]: ...
    @property
    def approved_by(self) -> Collection[UUID]: ...
    @property
    def is_purging(self) -> bool:
        """Whether it is decided that it goes for good."""
        ...

    @property
    def is_held(self) -> bool: ...
    @property
    def held_by_platform(self) -> bool:
        """Whether the legal hold is not the agency's own."""
        ...


@dataclass(frozen=True)
class Decision:
    """Truthy when allowed; otherwise ``reason`` says why not."""

    reason: Reason | None = None

    def __bool__(self) -> bool:
        return self.reason is None


ALLOWED = Decision()

INSIDER = Role.CONTRIBUTOR
"""From this role on, people of the owning agency see its assets in every state, embargoed or not."""

SEES_EVERYTHING = frozenset({PlatformRole.AUDITOR})
SEES_ALL_ONCE_PUBLISHED = frozenset({PlatformRole.CENTRAL_EDITOR})
ONCE_PUBLISHED = frozenset({AssetState.PUBLISHED, AssetState.WITHDRAWN})

SCOPE_FOR: dict[Action, Scope] = {
    Action.VIEW: Scope.READ,
    Action.DOWNLOAD: Scope.READ,
    Action.DOWNLOAD_ORIGINAL: Scope.ORIGINALS,
    Action.EDIT: Scope.WRITE,
    Action.PUBLISH: Scope.PUBLISH,
    Action.WITHDRAW: Scope.PUBLISH,
    Action.SUBMIT: Scope.WRITE,
    Action.REQUEST_CHANGES: Scope.PUBLISH,
    Action.APPROVE: Scope.PUBLISH,
    Action.SCHEDULE: Scope.PUBLISH,
    Action.CANCEL_SCHEDULE: Scope.PUBLISH,
    Action.ARCHIVE: Scope.PUBLISH,
    Action.RESTORE: Scope.PUBLISH,
    Action.FOLLOW: Scope.READ,
    Action.SEE_USES: Scope.READ,
    Action.REPORT: Scope.READ,
    Action.COMMENT: Scope.WRITE,
    Action.ASSIGN: Scope.WRITE,
    Action.NOMINATE: Scope.PUBLISH,
    Action.CONFIRM: Scope.PUBLISH,
    Action.DELETE: Scope.WRITE,
    Action.UNDELETE: Scope.WRITE,
    Action.HOLD: Scope.MANAGE,
    Action.LIFT_HOLD: Scope.MANAGE,
}
ROLE_FOR: dict[Action, Role] = {
    Action.DOWNLOAD_ORIGINAL: Role.CONTRIBUTOR,
    Action.EDIT: Role.CONTRIBUTOR,
    Action.PUBLISH: Role.EDITOR,
    Action.WITHDRAW: Role.EDITOR,
    Action.SUBMIT: Role.CONTRIBUTOR,
    Action.REQUEST_CHANGES: Role.EDITOR,
    Action.APPROVE: Role.EDITOR,
    Action.SCHEDULE: Role.EDITOR,
    Action.CANCEL_SCHEDULE: Role.EDITOR,
    Action.ARCHIVE: Role.EDITOR,
    Action.RESTORE: Role.EDITOR,
    Action.FOLLOW: Role.CONTRIBUTOR,
    Action.SEE_USES: Role.CONTRIBUTOR,
    Action.COMMENT: Role.CONTRIBUTOR,
    Action.ASSIGN: Role.EDITOR,
    Action.NOMINATE: Role.EDITOR,
    Action.CONFIRM: Role.EDITOR,
    Action.DELETE: Role.CONTRIBUTOR,
    Action.UNDELETE: Role.CONTRIBUTOR,
    Action.HOLD: Role.AGENCY_ADMIN,
    Action.LIFT_HOLD: Role.AGENCY_ADMIN,
}
PLATFORM_ROLES_FOR: dict[Action, frozenset[PlatformRole]] = {
    Action.DOWNLOAD_ORIGINAL: frozenset({PlatformRole.CENTRAL_EDITOR, PlatformRole.AUDITOR}),
    Action.EDIT: frozenset({PlatformRole.CENTRAL_EDITOR}),
    Action.WITHDRAW: frozenset({PlatformRole.CENTRAL_EDITOR}),
    Action.FOLLOW: frozenset({PlatformRole.AUDITOR}),
    Action.SEE_USES: frozenset({PlatformRole.CENTRAL_EDITOR, PlatformRole.AUDITOR}),
    Action.HOLD: frozenset({PlatformRole.AUDITOR}),
    Action.LIFT_HOLD: frozenset({PlatformRole.AUDITOR}),
}
CONTRIBUTOR_EDITS = frozenset({AssetState.DRAFT, AssetState.CHANGES_REQUESTED})
DELETABLE = CONTRIBUTOR_EDITS | {AssetState.WITHDRAWN, AssetState.ARCHIVED}
"""What may lie in the trash. What is published is withdrawn first; what is in review is taken back first."""
CONTRIBUTOR_LIMITED = frozenset({Action.EDIT, Action.DELETE, Action.UNDELETE})
"""What contributors do with work in their hands alone; to delete and to take back, it must be their own."""
IN_TRASH = frozenset({Action.UNDELETE, Action.HOLD, Action.LIFT_HOLD})
"""All that is possible with what lies there."""
STATES_FOR: dict[Action, frozenset[AssetState]] = {
    Action.EDIT: frozenset(AssetState) - {AssetState.ARCHIVED, AssetState.WITHDRAWN},
    Action.PUBLISH: frozenset({AssetState.DRAFT, AssetState.APPROVED, AssetState.SCHEDULED}),
    Action.WITHDRAW: frozenset({AssetState.PUBLISHED}),
    Action.SUBMIT: frozenset({AssetState.DRAFT, AssetState.CHANGES_REQUESTED}),
    Action.REQUEST_CHANGES: frozenset({AssetState.IN_REVIEW, AssetState.APPROVED}),
    Action.APPROVE: frozenset({AssetState.IN_REVIEW}),
    Action.SCHEDULE: frozenset({AssetState.DRAFT, AssetState.APPROVED, AssetState.SCHEDULED}),
    Action.CANCEL_SCHEDULE: frozenset({AssetState.SCHEDULED}),
    Action.ARCHIVE: frozenset(
        {AssetState.DRAFT, AssetState.CHANGES_REQUESTED, AssetState.PUBLISHED, AssetState.WITHDRAWN}
    ),
    Action.RESTORE: frozenset({AssetState.WITHDRAWN, AssetState.ARCHIVED}),
    Action.ASSIGN: frozenset(AssetState) - ONCE_PUBLISHED - {AssetState.ARCHIVED},
    Action.NOMINATE: frozenset({AssetState.PUBLISHED}),
    Action.CONFIRM: frozenset(AssetState) - {AssetState.ARCHIVED, AssetState.WITHDRAWN},
    Action.DELETE: DELETABLE,
}
NEEDS_READY_FILE = frozenset({Action.PUBLISH, Action.SCHEDULE, Action.APPROVE})

NEEDS_CONSENT = frozenset({Action.PUBLISH})
"""What is refused while the people or the property shown have not released the work."""


def consent_gap(asset: SightFacts, now: datetime) -> Reason | None:
    """Why the releases do not admit that the work leaves the agency at ``now``; None when they do.

    A release that ended or was withdrawn closes it for every audience; one that is needed and was never given only
    for audiences beyond the agency.
    """
    if asset.consent_ends is not None and asset.consent_ends <= now:
        return Reason.RELEASE_ENDED
    if asset.release_required and not asset.has_release and asset.audience != Audience.AGENCY:
        return Reason.RELEASE_MISSING
    return None


def in_window(asset: SightFacts, now: datetime) -> Reason | None:
    """Whether embargo, rights and releases admit others than insiders at ``now``; the reason if not."""
    if asset.embargo_until is not None and asset.embargo_until > now:
        return Reason.UNDER_EMBARGO
    if asset.rights_end is not None and asset.rights_end <= now:
        return Reason.RIGHTS_ENDED
    return consent_gap(asset, now)


def _reached_by_audience(actor: Actor, asset: SightFacts) -> bool:
    if asset.audience == Audience.PUBLIC or actor.role_at(asset.agency_path) is not None:
        return True
    if asset.audience == Audience.NETWORK:
        return actor.is_network_member
    if asset.audience == Audience.SHARED:
        return any(grant.covers(path) for grant in actor.grants for path in asset.shared_paths)
    return False


def _sees(actor: Actor, asset: SightFacts, now: datetime) -> bool:
    if asset.in_trash:
        return False
    role = actor.role_at(asset.agency_path)
    if role is not None and role.includes(INSIDER):
        return True
    if actor.platform_role in SEES_EVERYTHING:
        return True
    if actor.platform_role in SEES_ALL_ONCE_PUBLISHED and asset.state in ONCE_PUBLISHED:
        return True
    return asset.state == AssetState.PUBLISHED and in_window(asset, now) is None and _reached_by_audience(actor, asset)


def sees(actor: Actor, asset: SightFacts, *, now: datetime) -> bool:
    """:func:`can` of ``Action.VIEW``, which takes less knowledge of the asset than other actions."""
    return actor.has_scope(SCOPE_FOR[Action.VIEW]) and _sees(actor, asset, now)


def sees_in_trash(actor: Actor, asset: AssetFacts) -> bool:
    """Whether the actor finds it in the trash: the agency's editors, who made it, and those who see everything.

    Nobody does once it is being purged. ``permissions.rows.trashed_assets`` is the same as a row filter.
    """
    if not asset.in_trash or asset.is_purging or not actor.has_scope(Scope.READ):
        return False
    role = actor.role_at(asset.agency_path)
    if role is not None and role.includes(Role.EDITOR):
        return True
    return actor.platform_role in SEES_EVERYTHING or (
        role is not None and role.includes(INSIDER) and actor.user_id in asset.made_by
    )


def can(actor: Actor, action: Action, asset: AssetFacts, *, now: datetime) -> Decision:
    """May this actor do this with this asset at ``now`` (the database's clock)? ``NOT_VISIBLE`` must look like absence.

    A token without ``assets:read`` sees nothing at all. Of what lies in the trash only :data:`IN_TRASH` is possible.
    """
    found = sees_in_trash(actor, asset) if asset.in_trash and action in IN_TRASH else _sees(actor, asset, now)
    if not actor.has_scope(Scope.READ) or not found:
        return Decision(Reason.NOT_VISIBLE)
    if not actor.has_scope(SCOPE_FOR[action]):
        return Decision(Reason.SCOPE_MISSING)
    decision = _may(actor, action, asset)
    return Decision(consent_gap(asset, now)) if decision and action in NEEDS_CONSENT else decision


def _may(actor: Actor, action: Action, asset: AssetFacts) -> Decision:
    if action is Action.REPORT:
        return Decision(_refused_as_stranger(actor))
    if action in ROLE_FOR:
        refusal = _refused_by_role(actor, action, asset)
        if refusal is not None:
            return Decision(refusal)
    refusal = _refused_by_hold(actor, action, asset) or _refused_by_review(actor, action, asset)
    return Decision(refusal or _refused_by_file(action, asset))


def _refused_as_stranger(actor: Actor) -> Reason | None:
    """What takes a role in some agency, whichever: an agency reports its own publications of whatever it may see."""
    if actor.is_anonymous:
        return Reason.NOT_SIGNED_IN
    return None if actor.grants else Reason.ROLE_TOO_LOW


def _refused_by_hold(actor: Actor, action: Action, asset: AssetFacts) -> Reason | None:
    """What is held is kept. A hold that the platform placed is not the agency's to lift."""
    if action is Action.DELETE and asset.is_held:
        return Reason.LEGAL_HOLD
    by_platform = actor.platform_role in PLATFORM_ROLES_FOR[Action.LIFT_HOLD]
    if action is Action.LIFT_HOLD and asset.held_by_platform and not by_platform:
        return Reason.ROLE_TOO_LOW
    wanted = {Action.HOLD: not asset.is_held, Action.LIFT_HOLD: asset.is_held, Action.UNDELETE: asset.in_trash}
    return None if wanted.get(action, True) else Reason.WRONG_STATE


def _refused_by_review(actor: Actor, action: Action, asset: AssetFacts) -> Reason | None:
    """Four eyes: what an agency wants reviewed is not published unseen, and nobody approves their own work."""
    if action in {Action.PUBLISH, Action.SCHEDULE} and lacks_review(asset):
        return Reason.REVIEW_NEEDED
    if action is not Action.APPROVE:
        return None
    if actor.user_id is None:
        return Reason.PERSON_NEEDED
    if actor.user_id in asset.made_by:
        return Reason.OWN_WORK
    return Reason.ALREADY_APPROVED if actor.user_id in asset.approved_by else None


def lacks_review(asset: AssetFacts) -> bool:
    """Whether it may not be published for want of approvals: those that the policy in force now asks for count, not
    those that were asked for when they were given, since an agency may have moved or have tightened its policy."""
    if asset.state == AssetState.DRAFT:
        return asset.review_steps > 0
    return len(asset.approved_by) < asset.review_steps


def _refused_by_file(action: Action, asset: AssetFacts) -> Reason | None:
    if action in NEEDS_READY_FILE | {Action.SUBMIT} and asset.is_rejected:
        return Reason.NOT_PROCESSED  # perhaps before it was verified, but nothing is being checked any more
    if action in NEEDS_READY_FILE and not asset.is_verified:
        return Reason.NOT_VERIFIED
    return Reason.NOT_PROCESSED if action in NEEDS_READY_FILE and not asset.is_processed else None


def _refused_by_role(actor: Actor, action: Action, asset: AssetFacts) -> Reason | None:
    if actor.is_anonymous:
        return Reason.NOT_SIGNED_IN
    role = actor.role_at(asset.agency_path)
    by_platform = actor.platform_role in PLATFORM_ROLES_FOR.get(action, frozenset())
    if not by_platform and (role is None or not role.includes(ROLE_FOR[action])):
        return Reason.ROLE_TOO_LOW
    states = STATES_FOR.get(action, frozenset(AssetState))
    if action in CONTRIBUTOR_LIMITED and not by_platform and role is Role.CONTRIBUTOR:
        states &= CONTRIBUTOR_EDITS
        if action is not Action.EDIT and actor.user_id not in asset.made_by:
            return Reason.ROLE_TOO_LOW
    return None if asset.state in states else Reason.WRONG_STATE


def can_in_agency(actor: Actor, action: AgencyAction, path: str) -> Decision:
    """May this actor do this in the agency with this path?

    Every network member may know that an agency exists (names are public facts); uploading takes a contributor.
    """
    if action is AgencyAction.VIEW:
        return ALLOWED if actor.is_network_member and actor.has_scope(Scope.READ) else Decision(Reason.NOT_VISIBLE)
    if actor.is_anonymous:
        return Decision(Reason.NOT_SIGNED_IN)
    needed, scope, platform = {
        AgencyAction.UPLOAD: (Role.CONTRIBUTOR, Scope.UPLOAD, frozenset[PlatformRole]()),
        AgencyAction.MANAGE: (Role.AGENCY_ADMIN, Scope.MANAGE, frozenset({PlatformRole.OPERATOR})),
        AgencyAction.SEE_USES: (Role.CONTRIBUTOR, Scope.READ, PLATFORM_ROLES_FOR[Action.SEE_USES]),
    }[action]
    if not actor.has_scope(scope):
        return Decision(Reason.SCOPE_MISSING)
    if actor.platform_role in platform:
        return ALLOWED
    role = actor.role_at(path)
    return ALLOWED if role is not None and role.includes(needed) else Decision(Reason.ROLE_TOO_LOW)


def can_run_desk(actor: Actor) -> Decision:
    """May this actor decide on nominations at the central desk?"""
    if actor.is_anonymous:
        return Decision(Reason.NOT_SIGNED_IN)
    if not actor.has_scope(Scope.PUBLISH):
        return Decision(Reason.SCOPE_MISSING)
    return ALLOWED if actor.platform_role is PlatformRole.CENTRAL_EDITOR else Decision(Reason.ROLE_TOO_LOW)
