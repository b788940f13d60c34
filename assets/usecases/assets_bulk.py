"""One transition for many assets: each in a transaction of its own, so that one refusal stops no other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from assets.models import Asset
from assets.usecases.assets_approve import approve_asset
from assets.usecases.assets_archive import archive_asset
from assets.usecases.assets_cancel_schedule import cancel_schedule
from assets.usecases.assets_publish import publish_asset
from assets.usecases.assets_request_changes import request_changes
from assets.usecases.assets_restore import restore_asset
from assets.usecases.assets_schedule import schedule_asset
from assets.usecases.assets_submit import submit_for_review
from assets.usecases.assets_withdraw import withdraw_asset
from permissions.actor import Actor
from permissions.errors import DomainError, InfrastructureError, Invalid

MOST = 100


class BulkAction(StrEnum):
    SUBMIT = "submit"
    REQUEST_CHANGES = "request_changes"
    APPROVE = "approve"
    SCHEDULE = "schedule"
    CANCEL_SCHEDULE = "cancel_schedule"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    ARCHIVE = "archive"
    RESTORE = "restore"


@dataclass(frozen=True, kw_only=True)
class BulkItem:
    """What became of one of them: the asset after the act, or the refusal."""

    asset_id: UUID
    asset: Asset | None = None
    refusal: DomainError | None = None


def act_on_many(
    *, asset_ids: Sequence[UUID], action: BulkAction, by: Actor, comment: str = "", at: datetime | None = None
) -> list[BulkItem]:
    """Do one thing with up to ``MOST`` different assets, in the order given. ``comment`` is the reason where one is
    needed, ``at`` the time of a schedule. Refusals are answers; a failing installation ends it
    (``InfrastructureError``)."""
    if not 0 < len(asset_ids) <= MOST or len(set(asset_ids)) != len(asset_ids):
        sentence = _("Name 1 to 100 different assets.")
        raise Invalid(sentence, fields={"ids": [sentence]})
    if action is BulkAction.SCHEDULE and at is None:
        sentence = _("Choose a time that is still to come.")
        raise Invalid(sentence, fields={"at": [sentence]})
    run, said = _ACTS[action], _arguments(action, comment, at)
    return [_one(run, asset_id, by, said) for asset_id in asset_ids]


def _one(run: Callable[..., Asset], asset_id: UUID, by: Actor, said: Mapping[str, Any]) -> BulkItem:
    try:
        return BulkItem(asset_id=asset_id, asset=run(asset_id=asset_id, by=by, **said))
    except InfrastructureError:
        raise
    except DomainError as refusal:
        return BulkItem(asset_id=asset_id, refusal=refusal)


def _arguments(action: BulkAction, comment: str, at: datetime | None) -> dict[str, Any]:
    if action is BulkAction.SCHEDULE:
        return {"at": at}
    if action is BulkAction.WITHDRAW:
        return {"reason": comment}
    return {} if action in {BulkAction.PUBLISH, BulkAction.CANCEL_SCHEDULE} else {"comment": comment}


_ACTS: Mapping[BulkAction, Callable[..., Asset]] = {
    BulkAction.SUBMIT: submit_for_review,
    BulkAction.REQUEST_CHANGES: request_changes,
    BulkAction.APPROVE: approve_asset,
    BulkAction.SCHEDULE: schedule_asset,
    BulkAction.CANCEL_SCHEDULE: cancel_schedule,
    BulkAction.PUBLISH: publish_asset,
    BulkAction.WITHDRAW: withdraw_asset,
    BulkAction.ARCHIVE: archive_asset,
    BulkAction.RESTORE: restore_asset,
}
