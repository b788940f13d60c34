from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from assets.models import Nomination
from assets.nominations import lock_for_desk
from assets.states import NOMINATION_TRANSITIONS, NominationState, require_transition
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict, Invalid
from permissions.vocabulary import AssetState, Reason

NATIONAL = frozenset({"title", "caption", "priority"})
"""What the desk may say for itself, without touching the agency's asset."""


@transaction.atomic
def accept_nomination(
    *, nomination_id: UUID, by: Actor, national: Mapping[str, Any], revision: int | None = None
) -> Nomination:
    """Open → accepted, with the desk's own title, caption and priority where it wants them. The asset must still be
    published."""
    nomination = lock_for_desk(by, nomination_id, revision=revision)
    if nomination.asset.state != AssetState.PUBLISHED:
        raise Conflict(_("The asset is not published any more."), code=str(Reason.WRONG_STATE))
    _set(nomination, national)
    return _decide(nomination, NominationState.ACCEPTED, by=by)


@transaction.atomic
def decline_nomination(*, nomination_id: UUID, by: Actor, reason: str, revision: int | None = None) -> Nomination:
    """Open → declined, with a reason that the agency reads."""
    if not reason.strip():
        sentence = _("Say why it is declined.")
        raise Invalid(sentence, fields={"reason": [sentence]})
    nomination = lock_for_desk(by, nomination_id, revision=revision)
    nomination.reason = reason.strip()
    return _decide(nomination, NominationState.DECLINED, by=by)


@transaction.atomic
def edit_nomination(
    *, nomination_id: UUID, by: Actor, national: Mapping[str, Any], revision: int | None = None
) -> Nomination:
    """Change the national version of an accepted nomination."""
    nomination = lock_for_desk(by, nomination_id, revision=revision)
    if nomination.state != NominationState.ACCEPTED:
        raise Conflict(_("Only an accepted nomination has a national version."), code=str(Reason.WRONG_STATE))
    _set(nomination, national)
    nomination.revision += 1
    nomination.save()
    _record(nomination, "nomination.edited", by)
    return nomination


def _decide(nomination: Nomination, then: NominationState, *, by: Actor) -> Nomination:
    require_transition(NOMINATION_TRANSITIONS, NominationState(nomination.state), then)
    Nomination.objects.filter(pk=nomination.pk).update(
        state=then,
        decided_by_id=by.user_id,
        decided_at=Now(),
        reason=nomination.reason,
        **{name: getattr(nomination, name) for name in NATIONAL},
        revision=nomination.revision + 1,
    )
    nomination.refresh_from_db()
    _record(nomination, f"nomination.{then.value}", by)
    return nomination


def _set(nomination: Nomination, national: Mapping[str, Any]) -> None:
    unknown = set(national) - NATIONAL
    if unknown:
        raise Invalid("Unknown fields.", code="unknown_field", fields={name: ["Unknown field."] for name in unknown})
    for name, value in national.items():
        setattr(nomination, name, value.strip() if isinstance(value, str) else value)


def _record(nomination: Nomination, act: str, by: Actor) -> None:
    said: dict[str, Any] = {"asset": str(nomination.asset_id), "priority": nomination.priority}
    if nomination.reason:
        said["reason"] = nomination.reason
    record(act, by=by, target=nomination.pk, agency_id=nomination.agency_id, **said)
