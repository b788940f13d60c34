from datetime import datetime
from uuid import UUID

from django.db import transaction

from assets.access import lock_for
from assets.colleagues import find_colleague
from assets.models import Asset
from assets.states import WorkflowAct
from assets.transitions import move
from permissions.actor import Actor
from permissions.moments import require_sensible
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def assign_asset(
    *, asset_id: UUID, by: Actor, assignee: UUID | None, due_at: datetime | None = None, revision: int | None = None
) -> Asset:
    """Say who looks after it and until when; None takes either away. The person must be able to see it."""
    asset = lock_for(by, Action.ASSIGN, asset_id, revision=revision)
    require_sensible({"due_at": due_at})
    person = find_colleague(asset, assignee, field="assignee") if assignee else None
    return move(
        asset,
        AssetState(asset.state),
        act=WorkflowAct.ASSIGNED,
        by=by,
        comment=person.full_name if person else "",
        assignee=person,
        due_at=due_at,
    )
