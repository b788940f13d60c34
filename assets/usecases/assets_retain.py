"""Carry out the retention policies."""

import logging
from uuid import UUID

from django.db import DatabaseError, transaction

from assets.models import Asset
from assets.retention import Outcome, Policy, due, policies
from assets.states import WorkflowAct
from assets.transitions import move
from assets.usecases.assets_delete import put_into_trash
from permissions.errors import DomainError
from permissions.vocabulary import AssetState

logger = logging.getLogger(__name__)
BATCH = 500
"""Assets that one run takes by one policy; the rest waits for the next."""


def carry_out_policies() -> int:
    """Put into the trash, or archive, what the policies take; how many. One that fails does not keep the others."""
    count = 0
    for policy in policies():
        for asset_id in list(due(policy).values_list("pk", flat=True)[:BATCH]):
            try:
                count += _carry_out(policy, asset_id)
            except (DomainError, DatabaseError):
                logger.exception("asset %s stays although %s takes it", asset_id, policy.reason)
    return count


@transaction.atomic
def _carry_out(policy: Policy, asset_id: UUID) -> bool:
    """Ask again with the row locked: somebody may work on it, or hold it, since it was listed."""
    row = Asset.objects.filter(pk__in=due(policy).filter(pk=asset_id).order_by().values("pk"))
    if Asset.objects.select_for_update(skip_locked=True).filter(pk=asset_id).values_list("pk").first() is None:
        return False
    asset = row.with_policy_facts().first()
    if asset is None:
        return False
    if policy.outcome is Outcome.ARCHIVE:
        act = WorkflowAct.ARCHIVED
        move(asset, AssetState.ARCHIVED, act=act, by=None, comment=policy.reason, policy=policy.answerable)
    else:
        put_into_trash(asset, by=None, reason=policy.reason, policy=policy.answerable)
    return True
