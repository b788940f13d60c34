from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.consent import refresh_consent, subject_of
from assets.models import Asset, Release
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict, NotFound
from permissions.vocabulary import Action


class ReleaseWithdrawn(Conflict):
    """It was withdrawn before."""

    code = "release_withdrawn"


@transaction.atomic
def withdraw_release(*, by: Actor, asset_id: UUID, release_id: UUID, revision: int | None = None) -> Release:
    """End a release at once, and with it those of the same person or property that have not begun.

    Takes who may edit the work. Unless another release of the same name holds, only the owner's people see the work
    from now on.

    Approvals stay: without consent nothing is published, by hand or by the clock, whoever approved it
    (``policy.NEEDS_CONSENT``), and a new release of the same name brings back exactly what was approved.
    """
    asset = lock_for(by, Action.EDIT, asset_id, revision=revision)
    release = asset.releases.filter(pk=release_id).first()
    if release is None:
        raise NotFound("There is no such release.")
    if release.withdrawn_at is not None:
        raise ReleaseWithdrawn(_("This release was withdrawn before."))
    ended = [release, *(each for each in asset.releases.all() if _goes_with(each, release, asset))]
    Release.objects.filter(pk__in=[each.pk for each in ended]).update(withdrawn_at=asset.database_now)
    refresh_consent(asset)
    touch(asset)
    release.refresh_from_db(fields=["withdrawn_at"])
    for each in ended:
        record("asset.release_withdrawn", by=by, target=asset.pk, agency_id=asset.agency_id, release=str(each.pk))
    return release


def _goes_with(other: Release, release: Release, asset: Asset) -> bool:
    later = other.valid_from is not None and other.valid_from > asset.database_now
    same = subject_of(other) == subject_of(release) and other.pk != release.pk
    return same and later and other.withdrawn_at is None


def touch(asset: Asset) -> None:
    """One revision more."""
    asset.revision += 1
    asset.updated_at = timezone.now()
    asset.save(update_fields=["revision", "updated_at"])
