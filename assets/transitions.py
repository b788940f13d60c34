"""What the use cases of the workflow share: a transition with its record, and who made the present content."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from assets.models import Asset, WorkflowEvent
from assets.states import ASSET_TRANSITIONS, WorkflowAct, require_transition
from permissions.actor import Actor
from permissions.audit import record
from permissions.models import ApiToken
from permissions.vocabulary import AssetState

MAX_COMMENT = 2000


def move(
    asset: Asset,
    then: AssetState,
    *,
    act: WorkflowAct,
    by: Actor | None,
    comment: str = "",
    step: int = 0,
    policy: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Asset:
    """Change the state of a locked asset, with ``fields``; one revision more, one event, one entry of the record.

    Raises ``IllegalTransition`` where the table does not have it; staying in a state is always possible. Call inside
    the transaction that holds the lock (``lock_for``). ``by`` None is the clock, or the ``policy`` that the record then
    names.
    """
    before = AssetState(asset.state)
    if then is not before:
        require_transition(ASSET_TRANSITIONS, before, then)
    for name, value in {"state": then, **fields}.items():
        setattr(asset, name, value)
    asset.updated_at = asset.database_now
    asset.revision += 1
    asset.save(update_fields=["state", "updated_at", "revision", *fields])
    note(asset, act, by=by, before=before, comment=comment, step=step, policy=policy)
    return asset


def note(
    asset: Asset,
    act: WorkflowAct,
    *,
    by: Actor | None,
    before: AssetState,
    comment: str = "",
    step: int = 0,
    policy: Mapping[str, Any] | None = None,
) -> None:
    """Write the event and the record of an act that brought the asset to its present state and revision."""
    WorkflowEvent.objects.create(
        asset=asset,
        act=act,
        user_id=by.user_id if by else None,
        token_id=by.token_id if by else None,
        before=before,
        after=asset.state,
        step=step,
        comment=comment,
        revision=asset.revision,
    )
    data: dict[str, Any] = {"before": str(before), "after": str(asset.state)}
    if act is WorkflowAct.PUBLISHED:
        data["audience"] = str(asset.audience)
    if act is WorkflowAct.SCHEDULED and asset.scheduled_for:
        data["scheduled_for"] = asset.scheduled_for.isoformat()
    if comment:
        data["reason"] = comment
    if step:
        data["step"] = step
    if policy:
        data["policy"] = dict(policy)
    record(f"asset.{act.value}", by=by, target=asset.pk, agency_id=asset.agency_id, **data)


def maker_ids(by: Actor) -> list[UUID]:
    """Whose work it is what this actor makes: the person's; for an agency's token, that of who issued it, so that
    nobody approves with one hand what they made with the other."""
    if by.user_id is not None:
        return [by.user_id]
    if by.token_id is None:
        return []
    return list(ApiToken.objects.filter(pk=by.token_id).values_list("created_by_id", flat=True))


def content_changed(asset: Asset, *, by: Actor, makers: Collection[UUID] | None = None) -> None:
    """Note on a locked asset who changed its content (``makers``, where it is not the work of ``by``); approvals of
    what it was lapse. The caller counts the revision before and saves the row after."""
    asset.makers = sorted({*asset.makers, *(maker_ids(by) if makers is None else makers)})
    before = AssetState(asset.state)
    lapses = before is AssetState.APPROVED or bool(asset.approved_by and before in WAITING)
    asset.approved_by = []
    if not lapses:
        return
    asset.state = AssetState.IN_REVIEW
    asset.scheduled_for = asset.scheduled_by = None
    asset.submitted_at = asset.database_now
    note(asset, WorkflowAct.APPROVAL_LAPSED, by=by, before=before)


WAITING = frozenset({AssetState.IN_REVIEW, AssetState.SCHEDULED})
"""States in which approvals may be given and not yet used."""
