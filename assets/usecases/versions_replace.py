"""Give an asset another original: as it is announced, and when its file is whole in the store."""

from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from assets.access import decide, get_visible, lock_for
from assets.history import MAX_REASON
from assets.models import Asset, AssetVersion, Correction, Upload
from assets.models.revision import OPEN_CORRECTIONS
from assets.names import guess_kind
from assets.queue import defer_processing
from assets.states import Kind
from assets.transitions import maker_ids
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict, Invalid, NotFound
from permissions.policy import Decision
from permissions.reasons import require
from permissions.vocabulary import Action, AssetState, Reason, Scope

PICTURES = frozenset({Kind.PHOTO, Kind.INFOGRAPHIC})
"""Kinds that a file's name does not tell apart."""


class CorrectionOpen(Conflict):
    """Another correction of this asset is under way; ``version`` is its number."""

    code = "correction_open"


def replaceable(by: Actor, key: str) -> Asset:
    """The asset of this id or reference, if ``by`` may give it another original now.

    Raises ``NotFound``, ``NotAllowed`` with the policy's reason, or :class:`Invalid` for an article.
    """
    asset = get_visible(by, _id_of(key))
    require_replaceable(by, asset)
    return asset


def require_replaceable(by: Actor, asset: Asset) -> None:
    """Whoever may edit the asset may, with the right to upload. The asset came with its policy facts."""
    require(decide(by, Action.EDIT, asset))
    if not by.has_scope(Scope.UPLOAD):
        require(Decision(Reason.SCOPE_MISSING))
    if asset.kind == Kind.ARTICLE:
        raise Invalid(
            _("An article has no file."), code="kind_mismatch", fields={"asset": [_("An article has no file.")]}
        )


def require_no_correction(asset: Asset) -> None:
    """Raises :class:`CorrectionOpen` while another one is being processed or waits for its confirmation."""
    waiting = Correction.objects.filter(asset=asset, state__in=OPEN_CORRECTIONS).select_related("version").first()
    if waiting is not None:
        raise CorrectionOpen(
            _("Another correction of this is under way. It has to be confirmed or declined first."),
            version=waiting.version.number,
        )


def checked_replacement(asset: Asset, *, filename: str, kind: Kind | None, reason: str) -> str:
    """The reason, tidy; :class:`Invalid` where it is missing or the file cannot be of the asset's kind. The file's own
    bytes are asked later."""
    said = reason.strip()
    if asset.state == AssetState.PUBLISHED and not said:
        sentence = _("Say why what is published is corrected.")
        raise Invalid(sentence, code="reason_needed", fields={"reason": [sentence]})
    if len(said) > MAX_REASON:
        sentence = _("At most %(most)d characters.") % {"most": MAX_REASON}
        raise Invalid(sentence, fields={"reason": [sentence]})
    guessed = guess_kind(filename)
    both_pictures = guessed in PICTURES and asset.kind in PICTURES
    if kind not in (None, asset.kind) or not (guessed in (None, asset.kind) or both_pictures):
        sentence = _("This asset is of another kind: %(kind)s. A replacement has to be of the same.")
        sentence %= {"kind": asset.get_kind_display()}
        raise Invalid(sentence, code="kind_mismatch", fields={"kind": [sentence]})
    return said


def add_version(*, by: Actor, upload: Upload) -> AssetVersion:
    """The next version of the upload's asset, proposed, and the job that processes it. Call inside the transaction that
    completes the upload. Raises as :func:`replaceable` does, and :class:`CorrectionOpen`."""
    asset = lock_for(by, Action.EDIT, upload.asset_id)
    require_replaceable(by, asset)
    require_no_correction(asset)
    last = AssetVersion.objects.filter(asset=asset).aggregate(last=Max("number"))["last"] or 0
    version = AssetVersion.objects.create(
        id=upload.version_id,
        asset=asset,
        number=last + 1,
        original_key=upload.key,
        filename=upload.filename,
        size=upload.size,
        announced_sha256=upload.sha256,
        created_by_id=by.user_id,
        proposed=True,
        hidden=True,
    )
    Correction.objects.create(
        asset=asset,
        version=version,
        reason=upload.reason,
        made_by_id=by.user_id,
        token_id=by.token_id,
        makers=maker_ids(by),
    )
    defer_processing(version)
    record(
        "asset.correction_proposed",
        by=by,
        target=asset.pk,
        agency_id=asset.agency_id,
        version=version.number,
        upload=str(upload.pk),
        size=upload.size,
        reason=upload.reason,
    )
    return version


def _id_of(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        found = Asset.objects.filter(reference=key.strip().upper()).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(_("There is nothing here, or you may not see it."))
    return found
