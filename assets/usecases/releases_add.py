"""Attach the release of a person or a property to a work."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.consent import covered_until, refresh_consent, subject_of
from assets.models import Asset, Release
from assets.models.rights import ReleaseKind
from assets.usecases.releases_withdraw import touch
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Invalid
from permissions.moments import require_sensible
from permissions.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class NewRelease:
    """``valid_from`` None: since ever; ``valid_until`` None: for ever. ``document``: the signed paper, as an asset of
    the same agency; ``reference``: where it is filed."""

    kind: ReleaseKind
    name: str
    is_minor: bool = False
    reference: str = ""
    scope: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    document: UUID | None = None


@transaction.atomic
def add_release(*, by: Actor, asset_id: UUID, new: NewRelease, revision: int | None = None) -> Release:
    """Takes who may edit the work. :class:`Invalid` names the fields that cannot be used.

    A release may begin later only where it follows on a valid one of the same person or property: until then it would
    cover nothing, and the two columns that the row filter asks could not say so.

    Approvals stay: what was approved shows nothing more by it, and papers often come after the review. A person named
    anew can only narrow the time in which the work may be shown.
    """
    asset = lock_for(by, Action.EDIT, asset_id, revision=revision)
    require_sensible({"valid_from": new.valid_from, "valid_until": new.valid_until})
    release = Release(
        asset=asset,
        kind=new.kind,
        name=" ".join(new.name.split()),
        is_minor=new.is_minor,
        reference=new.reference.strip(),
        scope=new.scope.strip(),
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        document=_document(by, asset, new.document),
        created_by_id=by.user_id,
    )
    _check(asset, release)
    release.save(force_insert=True)
    refresh_consent(asset)
    touch(asset)
    said = {"kind": release.kind, "minor": release.is_minor, "valid_until": _iso(release.valid_until)}
    record("asset.release_added", by=by, target=asset.pk, agency_id=asset.agency_id, release=str(release.pk), **said)
    return release


def _check(asset: Asset, release: Release) -> None:
    fields: dict[str, list[str]] = {}
    now = asset.database_now
    if not release.name:
        fields["name"] = [_("Say whose release it is.")]
    if release.is_minor and release.kind == ReleaseKind.PROPERTY:
        fields["is_minor"] = [_("A property has no age.")]
    if release.valid_until is not None and release.valid_until <= (release.valid_from or now):
        fields["valid_until"] = [_("It must end after it begins.")]
    if release.valid_from is not None and release.valid_from > now and not _follows_on(asset, release):
        fields["valid_from"] = [_("It can begin later only where it follows on a valid release of the same name.")]
    if fields:
        raise Invalid(_("The release cannot be attached as given."), fields=fields)


def _follows_on(asset: Asset, release: Release) -> bool:
    same = [each for each in asset.releases.all() if subject_of(each) == subject_of(release)]
    if not same or release.valid_from is None:
        return False
    reached = covered_until(same, asset.database_now)
    return reached is None or reached >= release.valid_from


def _document(by: Actor, asset: Asset, document: UUID | None) -> Asset | None:
    if document is None:
        return None
    found = Asset.objects.visible_to(by).filter(pk=document, agency=asset.agency_id).first()
    if found is None:
        sentence = _("Name an asset of the same agency.")
        raise Invalid(sentence, fields={"document": [sentence]})
    return found


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
