"""An editor says where the subject of a photo is, or leaves it to the guess again."""

from math import isfinite
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.focal_points import has_focal_point, is_waiting
from assets.history import begin_change, keep_revision
from assets.models import Asset, AssetVersion
from assets.queue import defer_crops, waits_for_crops
from assets.states import RevisionAct, VersionState
from assets.transitions import content_changed
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Invalid
from permissions.vocabulary import Action

DECIMALS = 4
"""A ten-thousandth of the picture: finer than anybody points."""


class FocalPointInvalid(Invalid):
    """There is nothing to point at, or the point is outside."""

    code = "focal_point_invalid"


@transaction.atomic
def set_focal_point(
    *, asset_id: UUID, by: Actor, point: tuple[float, float] | None, revision: int | None = None
) -> Asset:
    """Set the point of the current version's picture (0 to 1 from the left and the top; None: the guess again) and have
    its crops made anew. What already is so writes nothing; crops that are still missing are asked for again.

    One revision more of the photo, whose content it is: crops can say something else than the picture. Raises as
    ``edit_asset`` does, and :class:`FocalPointInvalid`.
    """
    asset = lock_for(by, Action.EDIT, asset_id, revision=revision)
    if not has_focal_point(asset) or asset.current_version_id is None:
        raise _refusal(_("Only a photo has a focal point."))
    version = AssetVersion.objects.select_for_update().get(pk=asset.current_version_id)
    before, after = version.focus, None if point is None else _checked(point)
    if before == after:
        _try_again(asset, version)
        return asset
    begin_change(asset)
    version.focus_x, version.focus_y = after or (None, None)
    if version.state == VersionState.READY:
        version.attempts_made = 0  # what broke down around the old point is tried around the new one
    version.save(update_fields=["focus_x", "focus_y", "attempts_made"])
    asset.updated_at = asset.database_now
    asset.revision += 1
    content_changed(asset, by=by)
    asset.save()
    keep_revision(asset, RevisionAct.EDITED, by=by)
    version.asset = asset
    defer_crops(version)
    said = {"before": list(before) if before else None, "after": list(after) if after else None}
    record("asset.focal_point_set", by=by, target=asset.pk, agency_id=asset.agency_id, version=version.number, **said)
    return asset


def _try_again(asset: Asset, version: AssetVersion) -> None:
    """Where crops around this point are missing and nobody is at them, their run failed for good."""
    if version.state == VersionState.READY and is_waiting(version) and not waits_for_crops(version):
        AssetVersion.objects.filter(pk=version.pk).update(attempts_made=0)
        version.asset = asset
        defer_crops(version)


def _checked(point: tuple[float, float]) -> tuple[float, float]:
    if not all(isfinite(each) and 0 <= each <= 1 for each in point):
        raise _refusal(_("The point must be inside the picture."))
    return round(point[0], DECIMALS), round(point[1], DECIMALS)


def _refusal(sentence: str) -> FocalPointInvalid:
    return FocalPointInvalid(sentence, fields={"focal_point": [sentence]})
