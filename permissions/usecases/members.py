"""Members of an agency: another role, an end, a suspension and its end."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import NotFound
from permissions.models import Agency, Membership, User
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.tree import ancestors_of, hold_tree, open_agency
from permissions.usecases.administration import lock_administration, require_another_administrator, require_not_above
from permissions.usecases.invitations import withdraw_open_invitations
from permissions.vocabulary import AgencyAction, MembershipSource, Role


def members_of(agency: Agency, *, by: Actor) -> "QuerySet[Membership]":
    """The memberships of this very agency, for those who administer it. Order and pages are the caller's."""
    require(can_in_agency(by, AgencyAction.MANAGE, agency.path))
    return Membership.objects.filter(agency=agency).select_related("user")


@transaction.atomic
def change_role(*, agency_id: UUID, member_id: UUID, role: Role, by: Actor) -> Membership:
    """Give the member another role; the same one writes nothing. Nobody gives a role above their own. From then on the
    identity provider's groups leave it alone.

    Like all acts here it takes an administrator of the agency or above, or an operator, and raises ``NotAllowed``,
    :class:`NotFound`, or ``LastAdministrator``.
    """
    member = _locked(agency_id, member_id, by)
    require_not_above(by, member.agency, role)
    if member.role == role and member.source == MembershipSource.MANUAL:
        return member
    if role is not Role.AGENCY_ADMIN:
        require_another_administrator(member)
    before, member.role, member.source = member.role, role, MembershipSource.MANUAL
    member.save(update_fields=["role", "source"])
    record("role.changed", by=by, target=member.user_id, agency_id=agency_id, before=before, after=str(role))
    return member


@transaction.atomic
def change_member(
    *, agency_id: UUID, member_id: UUID, by: Actor, role: Role | None = None, suspended: bool | None = None
) -> Membership:
    """Role and suspension together, or neither. Without either it only looks."""
    member = _locked(agency_id, member_id, by)
    if role is not None:
        member = change_role(agency_id=agency_id, member_id=member_id, role=role, by=by)
    if suspended is not None:
        change = suspend_member if suspended else reactivate_member
        member = change(agency_id=agency_id, member_id=member_id, by=by)
    return member


@transaction.atomic
def remove_member(*, agency_id: UUID, member_id: UUID, by: Actor) -> None:
    """End the membership at once, and open invitations of the person to the agency with it."""
    member = _locked(agency_id, member_id, by)
    require_another_administrator(member)
    withdraw_open_invitations(agency_id, member.user.email)
    member.delete()
    record("role.removed", by=by, target=member.user_id, agency_id=agency_id, before=member.role, after=None)


@transaction.atomic
def suspend_member(*, agency_id: UUID, member_id: UUID, by: Actor) -> Membership:
    """From now on the membership gives nothing, to sessions and tokens alike. Idempotent."""
    member = _locked(agency_id, member_id, by)
    if member.suspended_at is not None:
        return member
    require_another_administrator(member)
    withdraw_open_invitations(agency_id, member.user.email)
    Membership.objects.filter(pk=member.pk).update(suspended_at=Now())
    member.refresh_from_db(fields=["suspended_at"])
    record("member.suspended", by=by, target=member.user_id, agency_id=agency_id, before=False, after=True)
    return member


@transaction.atomic
def reactivate_member(*, agency_id: UUID, member_id: UUID, by: Actor) -> Membership:
    """The membership gives its role again. Nobody gives a role above their own so either. Idempotent."""
    member = _locked(agency_id, member_id, by)
    if member.suspended_at is None:
        return member
    require_not_above(by, member.agency, Role(member.role))
    member.suspended_at = None
    member.save(update_fields=["suspended_at"])
    record("member.reactivated", by=by, target=member.user_id, agency_id=agency_id, before=True, after=False)
    return member


def _locked(agency_id: UUID, member_id: UUID, by: Actor) -> Membership:
    hold_tree()
    agency = open_agency(agency_id)
    require(can_in_agency(by, AgencyAction.MANAGE, agency.path))
    lock_administration(agency)
    rows = Membership.objects.select_for_update(of=("self",)).select_related("user", "agency")
    member = rows.filter(pk=member_id, agency=agency).first()
    if member is None:
        raise NotFound("There is no such member.")
    return member


def administrators_of(agency: Agency) -> list[User]:
    """The active administrators of the agency; where it has none, those of the nearest agency above that has."""
    for agency_id in [agency.pk, *reversed(ancestors_of(agency.path))]:
        rows = Membership.objects.filter(
            agency_id=agency_id, role=Role.AGENCY_ADMIN, suspended_at__isnull=True, user__is_active=True
        )
        if found := [row.user for row in rows.select_related("user").order_by("pk")]:
            return found
    return []
