"""Confirm the correction that waits for it, or decline it with a reason."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import decide, lock_for
from assets.corrections import adopt, close
from assets.history import MAX_REASON
from assets.models import Asset, Correction
from assets.models.revision import OPEN_CORRECTIONS
from assets.states import CorrectionState, IllegalTransition
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Invalid, NotFound
from permissions.policy import INSIDER, PLATFORM_ROLES_FOR, Decision
from permissions.reasons import require
from permissions.vocabulary import Action, Reason, Scope


@transaction.atomic
def confirm_correction(*, asset_id: UUID, number: int, by: Actor, revision: int | None = None) -> Asset:
    """The version takes the place of the current one at once, as somebody else's decision.

    Where the agency reviews its work this takes a person who did not make the correction. Raises ``NotFound``,
    ``NotAllowed`` (``own_work``, ``person_needed``), ``RevisionChanged``, or ``IllegalTransition`` while the file is
    being processed or after the correction was decided.
    """
    asset = lock_for(by, Action.CONFIRM, asset_id, revision=revision)
    correction = _open(asset, number)
    if asset.review_steps > 0:
        if by.user_id is None:
            require(Decision(Reason.PERSON_NEEDED))
        if by.user_id in correction.makers:
            require(Decision(Reason.OWN_WORK))
    if correction.state != CorrectionState.WAITING:
        raise IllegalTransition(_("The file is still being processed."), state=correction.state, wanted="adopted")
    adopt(asset, correction, by=by, confirmed=True)
    return asset


@transaction.atomic
def decline_correction(*, asset_id: UUID, number: int, by: Actor, reason: str, revision: int | None = None) -> Asset:
    """The current version stays, and the other is kept for the record. Its maker, while they work for the agency, may
    take it back in the same way; that is to write, by a token too.

    Raises as :func:`confirm_correction`, and :class:`Invalid` without a reason.
    """
    said = reason.strip()[:MAX_REASON]
    if not said:
        sentence = _("Say why it is declined.")
        raise Invalid(sentence, code="reason_needed", fields={"reason": [sentence]})
    takes_back = by.has_scope(Scope.WRITE) and _made(by, asset_id, number)
    asset = lock_for(by, Action.VIEW if takes_back else Action.CONFIRM, asset_id, revision=revision)
    if takes_back and not _works_for(by, asset):
        require(decide(by, Action.CONFIRM, asset))
    correction = _open(asset, number)
    close(correction, CorrectionState.DECLINED, by=by, decision=said)
    record("asset.correction_declined", by=by, target=asset.pk, agency_id=asset.agency_id, version=number, reason=said)
    return asset


def _made(by: Actor, asset_id: UUID, number: int) -> bool:
    found = Correction.objects.filter(asset_id=asset_id, version__number=number, state__in=OPEN_CORRECTIONS)
    return by.user_id is not None and found.filter(made_by_id=by.user_id).exists()


def _works_for(by: Actor, asset: Asset) -> bool:
    """Whether they are still somebody who may send corrections of the agency's work, in whichever state it is now."""
    role = by.role_at(asset.agency_path)
    return (role is not None and role.includes(INSIDER)) or by.platform_role in PLATFORM_ROLES_FOR[Action.EDIT]


def _open(asset: Asset, number: int) -> Correction:
    rows = Correction.objects.select_for_update(of=("self",)).select_related("version")
    found = rows.filter(asset=asset, version__number=number, state__in=OPEN_CORRECTIONS).first()
    if found is None:
        raise NotFound(_("There is no such correction to decide on."))
    return found
