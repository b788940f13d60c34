from uuid import UUID

from django.db import transaction

from assets.access import lock_for
from assets.models import Asset
from assets.states import WorkflowAct
from assets.transitions import move
from permissions.actor import Actor
from permissions.policy import lacks_review
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def cancel_schedule(*, asset_id: UUID, by: Actor, revision: int | None = None) -> Asset:
    """Scheduled → approved, → in review where more approvals are asked for by now, or → draft where nobody approved.
    The queued job will find nothing to do."""
    asset = lock_for(by, Action.CANCEL_SCHEDULE, asset_id, revision=revision)
    return move(
        asset,
        state_without_schedule(asset),
        act=WorkflowAct.SCHEDULE_CANCELLED,
        by=by,
        scheduled_for=None,
        scheduled_by_id=None,
    )


def state_without_schedule(asset: Asset) -> AssetState:
    """Where a scheduled asset goes that is not to be published by the clock any more."""
    if not asset.approved_by:
        return AssetState.DRAFT
    return AssetState.IN_REVIEW if lacks_review(asset) else AssetState.APPROVED
