"""A correction takes the place of the current file, or waits for somebody else, or never does.

All of it is called on a locked asset that came with its policy facts.
"""

from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from assets.access import decide
from assets.history import MAX_REASON, begin_change, keep_revision
from assets.models import Asset, AssetVersion, Correction
from assets.publications.telling import CORRECTED, ask_to_tell
from assets.search import refresh_entries
from assets.states import CORRECTION_TRANSITIONS, CorrectionState, RevisionAct, require_transition
from assets.transitions import content_changed
from permissions.actor import Actor
from permissions.audit import record
from permissions.vocabulary import Action, AssetState


def needs_confirmation(asset: Asset, maker: Actor) -> bool:
    """Whether somebody else has to look first: where the agency reviews what it publishes, and wherever the maker could
    not change the asset as it is now."""
    reviewed = asset.state == AssetState.PUBLISHED and asset.review_steps > 0
    return reviewed or not decide(maker, Action.EDIT, asset)


def settle(asset: Asset, correction: Correction, *, maker: Actor) -> bool:
    """The file is ready: it becomes current, or waits. Whether it became current; nothing happens to a correction that
    was decided meanwhile."""
    if correction.state != CorrectionState.PROCESSING:
        return False
    if needs_confirmation(asset, maker):
        close(correction, CorrectionState.WAITING)
        record(
            "asset.correction_waits",
            by=maker,
            target=asset.pk,
            agency_id=asset.agency_id,
            version=correction.version.number,
        )
        return False
    adopt(asset, correction, by=maker)
    return True


def adopt(asset: Asset, correction: Correction, *, by: Actor, confirmed: bool = False) -> None:
    """The correction's version becomes the current one, everywhere at once when the transaction commits."""
    begin_change(asset)
    before, after = asset.current_version, correction.version
    published = asset.state == AssetState.PUBLISHED
    if before is not None and not published:
        AssetVersion.objects.filter(pk=before.pk).update(hidden=True)
    AssetVersion.objects.filter(pk=after.pk).update(hidden=False, proposed=False)
    after.hidden = after.proposed = False
    asset.current_version = after
    if published:
        asset.corrected_at = asset.database_now
    asset.updated_at = asset.database_now
    asset.revision += 1
    content_changed(asset, by=by, makers=correction.makers)
    asset.save()
    refresh_entries([asset.pk])  # its picture has other colours
    if published:
        ask_to_tell(asset, CORRECTED)
    close(correction, CorrectionState.ADOPTED, by=by if confirmed else None)
    act = RevisionAct.FILE_RESTORED if correction.restores else RevisionAct.REPLACED
    keep_revision(asset, act, by=by, reason=correction.reason)
    record(
        f"asset.original_{'restored' if correction.restores else 'replaced'}",
        by=by,
        target=asset.pk,
        agency_id=asset.agency_id,
        before=_facts(before),
        after=_facts(after),
        reason=correction.reason,
        makers=[str(maker) for maker in correction.makers],
        confirmed=confirmed,
    )


def reject_correction(version_id: UUID, *, code: str, message: str) -> None:
    """The file cannot be used: what is current stays, and another correction may be sent."""
    found = Correction.objects.select_for_update().filter(version_id=version_id, restores=False).first()
    if found is None or found.state != CorrectionState.PROCESSING:
        return
    close(found, CorrectionState.REJECTED, decision=message[:MAX_REASON] or code)
    asset = Asset.objects.only("agency_id").get(pk=found.asset_id)
    record("asset.correction_rejected", by=None, target=asset.pk, agency_id=asset.agency_id, code=code)


def close(correction: Correction, state: CorrectionState, *, by: Actor | None = None, decision: str = "") -> None:
    """Bring a correction to another state. Raises ``IllegalTransition``."""
    require_transition(CORRECTION_TRANSITIONS, CorrectionState(correction.state), state)
    correction.state, correction.decision = state, decision
    correction.decided_by_id = by.user_id if by else None
    ends = state is not CorrectionState.WAITING
    fields: dict[str, Any] = {"decided_at": Now()} if ends else {}
    for name, value in fields.items():
        setattr(correction, name, value)
    correction.save(update_fields=["state", "decision", "decided_by", *fields])


def _facts(version: AssetVersion | None) -> dict[str, Any] | None:
    if version is None:
        return None
    return {"version": version.number, "sha256": version.sha256, "size": version.size}
