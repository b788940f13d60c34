"""Legal hold: what must be kept, whatever anybody or any policy wants."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.models import Asset
from assets.states import WorkflowAct
from assets.transitions import move
from assets.trash import lock_in_trash_or_out, said
from permissions.actor import Actor
from permissions.policy import PLATFORM_ROLES_FOR
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def hold_asset(*, asset_id: UUID, by: Actor, reason: str) -> Asset:
    """Place a legal hold, also on what lies in the trash: it is neither deleted nor purged until the hold is lifted.

    Takes an administrator of the agency or above, or an auditor, whose hold only an auditor lifts. Raises ``NotFound``,
    ``NotAllowed``, ``Invalid`` without a reason.
    """
    text = said(reason, _("Say why it must be kept."))
    asset = lock_in_trash_or_out(by, Action.HOLD, asset_id)
    return move(
        asset,
        AssetState(asset.state),
        act=WorkflowAct.HELD,
        by=by,
        comment=text,
        held_at=asset.database_now,
        held_by_id=by.user_id,
        hold_reason=text,
        held_by_platform=by.platform_role in PLATFORM_ROLES_FOR[Action.HOLD],
    )


@transaction.atomic
def lift_hold(*, asset_id: UUID, by: Actor, reason: str) -> Asset:
    """Lift the hold; what lies in the trash goes when its time there is over. Raises like :func:`hold_asset`."""
    text = said(reason, _("Say why the hold is lifted."))
    asset = lock_in_trash_or_out(by, Action.LIFT_HOLD, asset_id)
    return move(
        asset,
        AssetState(asset.state),
        act=WorkflowAct.HOLD_LIFTED,
        by=by,
        comment=text,
        held_at=None,
        held_by_id=None,
        hold_reason="",
        held_by_platform=False,
    )
