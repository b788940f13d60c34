from uuid import UUID

from django.db import transaction

from assets.access import lock_for
from assets.models import Asset
from assets.states import WorkflowAct
from assets.transitions import move
from permissions.actor import Actor
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def approve_asset(*, asset_id: UUID, by: Actor, comment: str = "", revision: int | None = None) -> Asset:
    """One approval more; with the last that the agency's policy asks for, in review → approved.

    Refused as ``own_work`` to whoever made or changed the content, as ``already_approved`` to who gave an earlier step.
    """
    asset = lock_for(by, Action.APPROVE, asset_id, revision=revision)
    approvals = [*asset.approved_by, *([by.user_id] if by.user_id else [])]
    complete = len(approvals) >= max(1, asset.review_steps)
    return move(
        asset,
        AssetState.APPROVED if complete else AssetState.IN_REVIEW,
        act=WorkflowAct.APPROVED,
        by=by,
        comment=comment.strip(),
        step=len(approvals),
        approved_by=approvals,
    )
