from uuid import UUID

from django.db import transaction

from assets.models import Asset
from assets.states import WorkflowAct
from assets.transitions import move
from assets.trash import lock_in_trash_or_out
from permissions.actor import Actor
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def undelete_asset(*, asset_id: UUID, by: Actor) -> Asset:
    """Take it out of the trash, in the state that it had. What is being purged is not found any more."""
    asset = lock_in_trash_or_out(by, Action.UNDELETE, asset_id)
    return move(
        asset,
        AssetState(asset.state),
        act=WorkflowAct.UNDELETED,
        by=by,
        deleted_at=None,
        deleted_by_id=None,
        deletion_reason="",
    )
