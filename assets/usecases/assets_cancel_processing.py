from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.corrections import reject_correction
from assets.models import Asset, AssetVersion, ProcessingAttempt
from assets.queue import cancel_queued
from assets.states import VERSION_TRANSITIONS, CorrectionState, VersionState, require_transition
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict, NotFound
from permissions.vocabulary import Action

CANCELLED: Final = "cancelled"
MESSAGE: Final = (
    "Somebody cancelled the processing of this file. The file is safe; have it processed again, or replace it."
)


class NotProcessing(Conflict):
    """There is nothing to cancel: the file is ready, or was rejected."""

    code = "not_processing"


@transaction.atomic
def cancel_processing(*, asset_id: UUID, by: Actor) -> Asset:
    """End the processing of the asset's file, whether it waits or runs; of one that is to take the place of the current
    file where that is what is being processed. The original stays, and :func:`reprocess_asset` tries anew.

    A run under way loses its token here, so it can publish nothing any more, and ends within seconds. Raises
    ``NotFound``, ``NotAllowed``, :class:`NotProcessing`.
    """
    asset = lock_for(by, Action.EDIT, asset_id)
    version = _under_way(asset)
    require_transition(VERSION_TRANSITIONS, VersionState(version.state), VersionState.REJECTED)
    version.state = VersionState.REJECTED
    version.rejection_code, version.rejection_message = CANCELLED, MESSAGE
    version.attempt, version.attempts_made = None, 0
    version.save(update_fields=["state", "rejection_code", "rejection_message", "attempt", "attempts_made"])
    version.attempts.filter(state=ProcessingAttempt.State.RUNNING).update(
        state=ProcessingAttempt.State.ABANDONED, code=CANCELLED, message=MESSAGE, finished_at=Now()
    )
    cancel_queued(version)
    reject_correction(version.pk, code=CANCELLED, message=MESSAGE)
    asset.revision += 1
    asset.updated_at = timezone.now()
    asset.save(update_fields=["revision", "updated_at"])
    record("asset.processing_cancelled", by=by, target=asset.pk, agency_id=asset.agency_id, version=version.number)
    return asset


def _under_way(asset: Asset) -> AssetVersion:
    if asset.current_version_id is None:
        raise NotFound("An article has no file.")
    correction = asset.corrections.filter(state=CorrectionState.PROCESSING, restores=False).first()
    wanted = correction.version_id if correction else asset.current_version_id
    version = AssetVersion.objects.select_for_update().get(pk=wanted)
    if version.state not in (VersionState.RECEIVED, VersionState.PROCESSING):
        raise NotProcessing(_("Nothing is being processed."))
    return version
