from uuid import UUID

from django.db import transaction

from assets.access import lock_for
from assets.models import Asset
from assets.states import WorkflowAct
from assets.transitions import move
from permissions.actor import Actor
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def submit_for_review(*, asset_id: UUID, by: Actor, comment: str = "", revision: int | None = None) -> Asset:
    """Draft or changes requested → in review. A new round: approvals of an earlier one do not count."""
    asset = lock_for(by, Action.SUBMIT, asset_id, revision=revision)
    return move(
        asset,
        AssetState.IN_REVIEW,
        act=WorkflowAct.SUBMITTED,
        by=by,
        comment=comment.strip(),
        approved_by=[],
        submitted_at=asset.database_now,
    )
