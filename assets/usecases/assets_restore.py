from uuid import UUID

from django.db import transaction

from assets.access import lock_for
from assets.models import Asset
from assets.states import WorkflowAct
from assets.transitions import move
from permissions.actor import Actor
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def restore_asset(*, asset_id: UUID, by: Actor, comment: str = "", revision: int | None = None) -> Asset:
    """Archived or withdrawn → draft, to go through the whole process again."""
    asset = lock_for(by, Action.RESTORE, asset_id, revision=revision)
    return move(
        asset,
        AssetState.DRAFT,
        act=WorkflowAct.RESTORED,
        by=by,
        comment=comment.strip(),
        approved_by=[],
        submitted_at=None,
        due_at=None,
    )
