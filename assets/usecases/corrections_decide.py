"""Confirm the correction that waits for it, or decline it with a reason."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.corrections import adopt, close
from assets.history import MAX_REASON
from assets.models import Asset, Correction
from assets.models.revision import OPEN_CORRECTIONS
from assets.states import CorrectionState, IllegalTransition
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Invalid, NotFound
from permissions.policy import Decision
from permissions.reasons import require
from permissions.vocabulary import Action, Reason


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
    """The current version stays, and the other is kept for the record. Its maker may take it back in the same way.

    Raises as :func:`confirm_correction`, and :class:`Invalid` without a reason.
    """
    said = reason.strip()[:MAX_REASON]
    if not said:
        sentence = _("Say why it is declined.")
        raise Invalid(sentence, code="reason_needed", fields={"reason": [sentence]})
    own = by.user_id is not None and Correction.objects.filter(asset_id=asset_id, made_by_id=by.user_id)
    takes_back = bool(own) and own.filter(version__number=number, state__in=OPEN_CORRECTIONS).exists()  # type: ignore[union-attr]
    asset = lock_for(by, Action.VIEW if takes_back else Action.CONFIRM, asset_id, revision=revision)
    correction = _open(asset, number)
    close(correction, CorrectionState.DECLINED, by=by, decision=said)
    record("asset.correction_declined", by=by, target=asset.pk, agency_id=asset.agency_id, version=number, reason=said)
    return asset


def _open(asset: Asset, number: int) -> Correction:
    rows = Correction.objects.select_for_update(of=("self",)).select_related("version")
    found = rows.filter(asset=asset, version__number=number, state__in=OPEN_CORRECTIONS).first()
    if found is None:
        raise NotFound(_("There is no such correction to decide on."))
    return found
