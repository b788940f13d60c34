"""Publish what is scheduled once its time has come, by the database's clock."""

import logging
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from assets.models import Asset
from assets.parity import TextsMissing, require_parity
from assets.states import WorkflowAct
from assets.transitions import move
from assets.usecases.assets_cancel_schedule import state_without_schedule
from assets.usecases.assets_publish import publish_locked
from permissions.errors import DomainError
from permissions.policy import consent_gap, lacks_review
from permissions.reasons import SENTENCES
from permissions.vocabulary import AssetState, Reason

logger = logging.getLogger(__name__)


@transaction.atomic
def publish_due(asset_id: UUID) -> bool:
    """Publish the asset if it is scheduled, its time has come and its file is ready; whether that was so.

    May run any number of times and anywhere at once: a schedule that was cancelled, moved to later or used up publishes
    nothing. A file that is being processed again keeps its asset waiting. The right to publish was asked for when it
    was scheduled, in the name of who did that it is published. What has become unpublishable since (reviews or texts
    that the agency asks for, releases, the file) loses its schedule, with the reason among its events, so that people
    see it.

    The review policy is that of this moment: where the agency came below one that asks for reviews, or asks for more of
    them now, what has fewer approvals is not published; those that were given stay, and the missing ones are asked for.
    """
    due = Asset.objects.filter(pk=asset_id, state=AssetState.SCHEDULED, scheduled_for__lte=Now())
    if due.select_for_update().values_list("pk").first() is None:
        return False
    asset = Asset.objects.with_policy_facts().get(pk=asset_id)
    obstacle = _obstacle(asset)
    if obstacle:
        logger.warning("asset %s loses its schedule: %s", asset_id, obstacle)
        _lapse(asset, obstacle)
        return False
    if not asset.is_verified or not asset.is_processed:
        logger.warning("asset %s is due but its file is not ready", asset_id)
        return False
    publish_locked(asset, by=None, published_by_id=asset.scheduled_by_id)
    return True


def _obstacle(asset: Asset) -> str:
    """What only people can put right, as a sentence; empty when there is nothing."""
    if asset.is_rejected:
        return str(SENTENCES[Reason.NOT_PROCESSED])
    if lacks_review(asset):
        return str(SENTENCES[Reason.REVIEW_NEEDED])
    closed = consent_gap(asset, asset.database_now)
    if closed is not None:
        return str(SENTENCES[closed])
    try:
        require_parity(asset)
    except TextsMissing as missing:
        return missing.message
    return ""


def _lapse(asset: Asset, why: str) -> None:
    move(
        asset,
        state_without_schedule(asset),
        act=WorkflowAct.SCHEDULE_CANCELLED,
        by=None,
        comment=why,
        scheduled_for=None,
        scheduled_by_id=None,
    )


def publish_all_due() -> int:
    """The safety net under the queued jobs: publish everything that is due; how many."""
    due = Asset.objects.filter(state=AssetState.SCHEDULED, scheduled_for__lte=Now()).order_by("scheduled_for")
    count = 0
    for asset_id in list(due.values_list("pk", flat=True)[:1000]):
        try:
            count += publish_due(asset_id)
        except (DomainError, IntegrityError):
            logger.exception("asset %s is due and could not be published", asset_id)
    return count
