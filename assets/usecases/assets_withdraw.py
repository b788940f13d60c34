from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.models import Asset
from assets.on_demand.cache import forget_of
from assets.publications.telling import WITHDRAWN, ask_to_tell
from assets.states import WorkflowAct
from assets.transitions import move
from permissions.actor import Actor
from permissions.errors import Invalid
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def withdraw_asset(*, asset_id: UUID, by: Actor, reason: str, revision: int | None = None) -> Asset:
    """Published → withdrawn, with a reason for the record. Delivery answers 410 from the commit on; caches may hold a
    public rendition for ``PUBLIC_MAX_AGE`` and a signed URL lives for ``MEDIA_URL_LIFETIME``, no longer."""
    if not reason.strip():
        sentence = _("Say why it is withdrawn.")
        raise Invalid(sentence, fields={"reason": [sentence]})
    asset = lock_for(by, Action.WITHDRAW, asset_id, revision=revision)
    withdrawn = move(
        asset,
        AssetState.WITHDRAWN,
        act=WorkflowAct.WITHDRAWN,
        by=by,
        comment=reason.strip(),
        withdrawn_at=asset.database_now,
    )
    forget_of(asset_id)
    ask_to_tell(withdrawn, WITHDRAWN)
    return withdrawn
