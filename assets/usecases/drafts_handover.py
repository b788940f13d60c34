"""Give the drafts of somebody who leaves to a colleague."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.models import Asset
from permissions.actor import Actor, actor_for_user
from permissions.audit import record
from permissions.errors import Invalid, NotFound
from permissions.models import Agency, User
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.tree import hold_tree, open_agency
from permissions.vocabulary import AgencyAction, AssetState, Role

HANDED_OVER = (AssetState.DRAFT, AssetState.CHANGES_REQUESTED)


@transaction.atomic
def hand_over_drafts(*, agency_id: UUID, from_id: UUID, to_id: UUID, by: Actor) -> int:
    """Make ``to_id`` the owner of the drafts that ``from_id`` has in this very agency; how many. Idempotent.

    Whom they come from need not be a member any more. Takes an administrator of the agency or above, or an operator.
    Raises ``NotAllowed``, :class:`NotFound`, or :class:`Invalid` for somebody who could not go on with the work.
    """
    hold_tree()
    agency = open_agency(agency_id)
    require(can_in_agency(by, AgencyAction.MANAGE, agency.path))
    leaver, heir = _people(agency, from_id, to_id)
    rows = Asset.objects.filter(agency=agency, created_by=leaver, state__in=HANDED_OVER)
    drafts = list(rows.select_for_update(no_key=True).order_by("pk"))
    for draft in drafts:
        draft.makers = sorted({*draft.makers, leaver.pk})  # who may not approve it, now as before
        draft.created_by = heir
        if draft.assignee_id == leaver.pk:
            draft.assignee = heir
        draft.revision += 1
        draft.save(update_fields=["makers", "created_by", "assignee", "revision"])
        record(
            "asset.handed_over",
            by=by,
            target=draft.pk,
            agency_id=agency.pk,
            before=str(leaver.pk),
            after=str(heir.pk),
        )
    return len(drafts)


def _people(agency: Agency, from_id: UUID, to_id: UUID) -> tuple[User, User]:
    """Both must have something to do with the agency, so that nobody learns of anybody else by asking."""
    leaver = User.objects.filter(pk=from_id).first()
    heir = User.objects.filter(pk=to_id).first()
    known = leaver is not None and (
        leaver.memberships.filter(agency=agency).exists()
        or Asset.objects.filter(agency=agency, created_by=leaver).exists()
    )
    role = actor_for_user(heir).role_at(agency.path) if heir is not None else None
    if leaver is None or not known:
        raise NotFound(_("There is no such person in this agency."))
    if heir is None or role is None or not role.includes(Role.CONTRIBUTOR) or heir.pk == leaver.pk:
        raise Invalid(
            _("The drafts must go to another person who works in this agency."),
            fields={"to": [_("Choose another person who may contribute to this agency.")]},
        )
    return leaver, heir
