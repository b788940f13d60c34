from uuid import UUID

from django.db import transaction
from django.utils import timezone

from assets.access import lock_for
from assets.models import Asset
from assets.parity import require_parity
from assets.states import ASSET_TRANSITIONS, require_transition
from permissions.actor import Actor
from permissions.audit import record
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def publish_asset(*, asset_id: UUID, by: Actor, revision: int | None = None) -> Asset:
    """Draft (or approved, scheduled) → published, for its audience.

    Refused with a policy reason when the file is not verified and processed, or the role too low, and with
    ``TextsMissing`` where the agency asks for more texts.
    """
    asset = lock_for(by, Action.PUBLISH, asset_id, revision=revision)
    require_transition(ASSET_TRANSITIONS, AssetState(asset.state), AssetState.PUBLISHED)
    require_parity(asset)
    before = asset.state
    asset.state = AssetState.PUBLISHED
    asset.published_at = asset.database_now
    asset.published_by_id = by.user_id
    asset.updated_at = timezone.now()
    asset.revision += 1
    asset.save(update_fields=["state", "published_at", "published_by", "updated_at", "revision"])
    record("asset.published", by=by, target=asset.pk, agency_id=asset.agency_id, before=before, audience=asset.audience)
    return asset
