from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.corrections import settle
from assets.models import Asset, Correction
from assets.states import IllegalTransition, VersionState
from assets.transitions import maker_ids
from assets.usecases.versions_replace import checked_replacement, require_no_correction
from assets.versions import version_of
from permissions.actor import Actor
from permissions.vocabulary import Action


@transaction.atomic
def restore_version(*, asset_id: UUID, number: int, by: Actor, reason: str, revision: int | None = None) -> Asset:
    """An earlier file becomes current again: a correction like any other, confirmed where the agency reviews its work.

    Raises ``NotFound``, ``NotAllowed``, ``Invalid`` without a reason for what is published, ``RevisionChanged``,
    ``CorrectionOpen``, or ``IllegalTransition`` for the current file and for one that never was current.
    """
    asset = lock_for(by, Action.EDIT, asset_id, revision=revision)
    version = version_of(asset, number, reader=by)
    current = version.pk == asset.current_version_id
    if current or version.proposed or version.state != VersionState.READY:
        sentence = _("Only a file that was current before can become current again.")
        raise IllegalTransition(sentence, state="current" if current else version.state, wanted="current")
    said = checked_replacement(asset, filename="", kind=None, reason=reason)
    require_no_correction(asset)
    correction = Correction.objects.create(
        asset=asset,
        version=version,
        restores=True,
        reason=said,
        made_by_id=by.user_id,
        token_id=by.token_id,
        makers=maker_ids(by),
    )
    settle(asset, correction, maker=by)
    return asset
