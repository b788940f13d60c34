from uuid import UUID

from django.db import transaction

from assets.access import lock_for
from assets.models import Asset
from assets.states import WorkflowAct
from assets.transitions import move
from permissions.actor import Actor
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def archive_asset(*, asset_id: UUID, by: Actor, comment: str = "", revision: int | None = None) -> Asset:
    """Put away what is not worked on, or no longer shown: only the agency's people see it from then on."""
    asset = lock_for(by, Action.ARCHIVE, asset_id, revision=revision)
    return move(asset, AssetState.ARCHIVED, act=WorkflowAct.ARCHIVED, by=by, comment=comment.strip())
