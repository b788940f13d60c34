from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.models import Asset
from assets.parity import require_parity
from assets.queue import defer_publication
from assets.states import WorkflowAct
from assets.transitions import move
from permissions.actor import Actor
from permissions.errors import Invalid
from permissions.moments import require_sensible
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def schedule_asset(*, asset_id: UUID, by: Actor, at: datetime, revision: int | None = None) -> Asset:
    """Publish at ``at`` by the database's clock: approved (or, without review, draft) → scheduled; again for another
    time. The job that publishes is queued in this transaction. Raises :class:`Invalid` for a time that has passed, and
    ``TextsMissing`` as publishing would."""
    asset = lock_for(by, Action.SCHEDULE, asset_id, revision=revision)
    require_sensible({"at": at})
    if at <= asset.database_now:
        sentence = _("Choose a time that is still to come.")
        raise Invalid(sentence, fields={"at": [sentence]})
    require_parity(asset)
    move(
        asset,
        AssetState.SCHEDULED,
        act=WorkflowAct.SCHEDULED,
        by=by,
        scheduled_for=at,
        scheduled_by_id=by.user_id,
    )
    defer_publication(asset)
    return asset
