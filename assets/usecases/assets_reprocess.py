from uuid import UUID

from django.db import transaction
from django.utils import timezone

from assets.access import lock_for
from assets.models import Asset, AssetVersion
from assets.queue import defer_processing
from assets.states import VERSION_TRANSITIONS, VersionState, require_transition
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import NotFound
from permissions.vocabulary import Action


@transaction.atomic
def reprocess_asset(*, asset_id: UUID, by: Actor) -> Asset:
    """Give a rejected file another run, for example after the installation learned a format."""
    asset = lock_for(by, Action.EDIT, asset_id)
    if asset.current_version_id is None:
        raise NotFound("An article has no file.")
    version = AssetVersion.objects.select_for_update().get(pk=asset.current_version_id)
    require_transition(VERSION_TRANSITIONS, VersionState(version.state), VersionState.RECEIVED)
    version.state = VersionState.RECEIVED
    version.rejection_code = version.rejection_message = ""
    version.attempts_made = 0
    version.save(update_fields=["state", "rejection_code", "rejection_message", "attempts_made"])
    asset.revision += 1
    asset.updated_at = timezone.now()
    asset.save(update_fields=["revision", "updated_at"])
    defer_processing(version)
    record("asset.reprocessed", by=by, target=asset.pk, agency_id=asset.agency_id)
    return asset
