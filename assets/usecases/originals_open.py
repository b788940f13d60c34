"""Give somebody the link to an original. Every link that is given, and every one that is refused, is recorded."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from assets.access import get_visible, judge
from assets.delivery import AssetUrls, SignedUrl
from assets.models import Asset, AssetVersion
from assets.usecases.downloads_admit import Taking, admit_downloads
from assets.versions import version_of
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import NotAllowed, NotFound
from permissions.models import AuditEvent
from permissions.rights import Verdict, require_use
from permissions.vocabulary import Reason, Use

REFUSED: Final = "original.refused"
ORIGINAL: Final = "original"
"""As which statements name it."""
SAID_ONCE_IN: Final = timedelta(minutes=10)
"""How long the same refusal to the same caller is not recorded again: trying must not fill the record."""


def open_original(
    *,
    asset_id: UUID,
    by: Actor,
    number: int | None = None,
    territory: str | None = None,
    inscribed: bool = False,
    statement: str = "",
) -> tuple[AssetVersion, SignedUrl]:
    """The current version of an asset, or the one of this ``number``, and a signed URL of its original, recorded as
    ``original.linked``.

    ``inscribed``: of a copy with the work's words in it; else byte for byte. The link is recorded, not each fetch by
    it: it is good for ``MEDIA_URL_LIFETIME``, for whoever holds it. Raises ``NotFound`` where there is nothing to see
    or no file, what ``admit_downloads`` raises, and ``NotAllowed``, which is recorded as ``original.refused`` for
    everybody who is somebody.
    """
    asset = get_visible(by, asset_id)
    version = asset.current_version if number is None else version_of(asset, number, reader=by)
    if version is None:
        raise NotFound("An article has no file.")
    verdict = judge(by, Use.DOWNLOAD_ORIGINAL, asset, territory=territory)
    try:
        require_use(verdict)
    except NotAllowed:
        _refused(asset, version, by, verdict)
        raise
    urls = AssetUrls(asset, version, now=asset.database_now)
    url = urls.inscribed(version.original_key) if inscribed else urls.original()
    with transaction.atomic():
        taking = Taking(asset_id=asset.pk, agency_path=asset.agency.path, file=ORIGINAL)
        admit_downloads([taking], by=by, statement=statement)
        record(
            "original.linked",
            by=by,
            target=asset.pk,
            agency_id=asset.agency_id,
            version=str(version.pk),
            number=version.number,
            sha256=version.sha256,
            inscribed=inscribed,
            expires_at=url.expires_at.isoformat() if url.expires_at else None,
        )
    return version, url


def _refused(asset: Asset, version: AssetVersion, by: Actor, verdict: Verdict) -> None:
    if verdict.reason is Reason.NOT_SIGNED_IN:
        return  # a stranger is asked to sign in, not refused
    caller: dict[str, Any] = {"user": by.user_id, "token": by.token_id}
    said = AuditEvent.objects.filter(target=asset.pk, at__gt=Now() - SAID_ONCE_IN, act=REFUSED, **caller)
    if not said.exists():
        record(
            REFUSED,
            by=by,
            target=asset.pk,
            agency_id=asset.agency_id,
            version=str(version.pk),
            reason=str(verdict.reason),
        )
