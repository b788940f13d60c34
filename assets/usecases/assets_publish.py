from uuid import UUID

from django.db import transaction

from assets.access import lock_for
from assets.models import Asset, AssetVersion
from assets.parity import require_parity
from assets.states import WorkflowAct
from assets.transitions import move
from permissions.actor import Actor
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def publish_asset(*, asset_id: UUID, by: Actor, revision: int | None = None) -> Asset:
    """Approved or scheduled (or, where the agency asks for no review, draft) → published, for its audience.

    Refused with a policy reason when the file is not verified and processed, a review is missing or the role too low,
    and with ``TextsMissing`` where the agency asks for more texts.
    """
    asset = lock_for(by, Action.PUBLISH, asset_id, revision=revision)
    return publish_locked(asset, by=by, published_by_id=by.user_id)


def publish_locked(asset: Asset, *, by: Actor | None, published_by_id: UUID | None) -> Asset:
    """Publish a locked asset at the database's present time; ``TextsMissing`` where its texts are not complete.

    What the asset was before stays its people's own: a pinned link leads to what this publication has shown.
    """
    require_parity(asset)
    versions = AssetVersion.objects.filter(asset=asset)
    versions.exclude(pk__in=[asset.current_version_id]).filter(hidden=False).update(hidden=True)
    versions.filter(pk__in=[asset.current_version_id], hidden=True).update(hidden=False)
    return move(
        asset,
        AssetState.PUBLISHED,
        act=WorkflowAct.PUBLISHED,
        by=by,
        published_at=asset.database_now,
        published_by_id=published_by_id,
        scheduled_for=None,
        scheduled_by_id=None,
        corrected_at=None,
    )
