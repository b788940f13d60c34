"""From rows to the plain values of answers and pages. The caller fetched the rows through ``visible_to``."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.translation import get_language

from assets.access import decide
from assets.delivery import MASTER_PLAYLIST, AssetUrls, is_public
from assets.html import sanitise
from assets.models import Asset, AssetQuerySet, AssetText, AssetVersion, ProcessingAttempt, Rendition, Upload
from assets.rejections import rejection_sentence
from assets.states import UploadState, VersionState
from permissions.actor import Actor
from permissions.models import Agency, ApiToken
from permissions.policy import ONCE_PUBLISHED
from permissions.vocabulary import Action

THUMBNAIL_PROFILES = ("w320.webp", "w640.webp", "full.webp", "poster.jpg")
EMBED_SALT = "mediacenter.embed"
Values = dict[str, Any]


def for_lists(rows: AssetQuerySet) -> AssetQuerySet:
    """Everything a summary needs, in a bounded number of queries."""
    return rows.with_policy_facts().prefetch_related(
        "texts", "current_version__renditions", "current_version__attempts"
    )


def for_detail(rows: AssetQuerySet) -> AssetQuerySet:
    return for_lists(rows).select_related("created_by", "duplicate_of")


def agency_ref(agency: Agency) -> Values:
    return {"id": agency.pk, "code": agency.code, "name": agency.name_in(get_language() or "vi")}


def agency_out(agency: Agency) -> Values:
    names = {"vi": agency.name_vi, "en": agency.name_en, "zh": agency.name_zh}
    return agency_ref(agency) | {"names": names, "parent": agency.parent_id, "depth": agency.depth}


def asset_ref(asset: Asset) -> Values:
    return {"id": asset.pk, "reference": asset.reference, "url": asset_page(asset.pk)}


def asset_page(asset_id: UUID) -> str:
    return f"{settings.SITE_URL}/assets/{asset_id}"


def best_text(asset: Asset) -> AssetText | None:
    """The text in the reader's language, else in the original one, else any that has a title."""
    texts = {text.language: text for text in asset.texts.all() if text.title}
    for language in ((get_language() or "vi")[:2], asset.original_language):
        if language in texts:
            return texts[language]
    return next(iter(texts.values()), None)


def display_title(asset: Asset) -> str:
    """Never empty: the title, else the file's name while only insiders see the asset, else the reference."""
    text = best_text(asset)
    if text is not None:
        return text.title
    version = asset.current_version
    return version.filename if version is not None and asset.state not in ONCE_PUBLISHED else asset.reference


def processing_of(version: AssetVersion | None) -> Values | None:
    if version is None:
        return None
    latest = next(iter(version.attempts.all()), None)
    progress = 100 if version.state == VersionState.READY else (latest.progress if latest else 0)
    return {
        "state": version.state,
        "progress": progress,
        "stage": latest.stage if latest and version.state != VersionState.READY else "",
        "code": version.rejection_code,
        "message": rejection_sentence(version.rejection_code, version.rejection_message),
    }


def asset_summary(asset: Asset) -> Values:
    version = asset.current_version
    text = best_text(asset)
    return {
        "id": asset.pk,
        "reference": asset.reference,
        "kind": asset.kind,
        "state": asset.state,
        "audience": asset.audience,
        "agency": agency_ref(asset.agency),
        "title": display_title(asset),
        "language": text.language if text else asset.original_language,
        "languages": [t.language for t in asset.texts.all()],
        "credit_line": asset.credit_line,
        "urgency": asset.urgency,
        "created_at": asset.created_at,
        "published_at": asset.published_at,
        "embargo_until": asset.embargo_until,
        "width": version.width if version else None,
        "height": version.height if version else None,
        "duration": version.duration if version else None,
        "placeholder": version.placeholder if version else "",
        "processing": processing_of(version),
        "thumbnail": thumbnail_of(asset),
        "url": asset_page(asset.pk),
    }


def thumbnail_of(asset: Asset) -> Values | None:
    version = asset.current_version
    if version is None:
        return None
    by_profile = {rendition.profile: rendition for rendition in version.renditions.all()}
    found = next((by_profile[name] for name in THUMBNAIL_PROFILES if name in by_profile), None)
    if found is None:
        return None
    url = AssetUrls(asset, version, now=asset.database_now).rendition(found)
    return {"url": url, "width": found.width, "height": found.height}


def rendition_out(asset: Asset, urls: AssetUrls, rendition: Rendition) -> Values:
    return {
        "profile": rendition.profile,
        "media_type": rendition.media_type,
        "width": rendition.width,
        "height": rendition.height,
        "size": rendition.size,
        "bitrate": rendition.bitrate,
        "duration": rendition.duration,
        "url": urls.rendition(rendition),
        "download_url": urls.download(rendition, name=download_name(asset, rendition)).url,
    }


def download_name(asset: Asset, rendition: Rendition) -> str:
    """Readable and unique, without the extension: ``VGP-20261121-P0042-w1280``."""
    stem = rendition.profile.rsplit(".", 1)[0].replace("/", "-")
    return f"{asset.reference}-{stem}"


def is_deliverable(rendition: Rendition) -> bool:
    """Files of a stream are not listed one by one: the player finds them through the playlist."""
    return not rendition.profile.startswith("hls/")


def renditions_of(asset: Asset) -> list[Values]:
    version = asset.current_version
    if version is None:
        return []
    urls = AssetUrls(asset, version, now=asset.database_now)
    return [rendition_out(asset, urls, r) for r in version.renditions.all() if is_deliverable(r)]


def playback_of(asset: Asset) -> Values | None:
    version = asset.current_version
    if version is None:
        return None
    by_profile = {rendition.profile: rendition for rendition in version.renditions.all()}
    master = by_profile.get(MASTER_PLAYLIST)
    if master is None:
        return None
    urls = AssetUrls(asset, version, now=asset.database_now)

    def url(*profiles: str) -> str | None:
        found = next((by_profile[name] for name in profiles if name in by_profile), None)
        return urls.rendition(found) if found else None

    return {
        "hls": urls.rendition(master),
        "poster": url("poster.jpg"),
        "sprite": url("sprite.vtt"),
        "download": url("download.mp4", "download.m4a", "download.mp3"),
    }


def embed_url(asset: Asset) -> str:
    """The embed page; for what is not public, with a token that ends as signed URLs do."""
    url = f"{settings.SITE_URL}/embed/{asset.pk}"
    if is_public(asset, asset.database_now):
        return url
    return f"{url}?t={signing.dumps(str(asset.pk), salt=EMBED_SALT, compress=False)}"


def embed_token_holds(asset_id: UUID, token: str) -> bool:
    """Whether ``?t=`` was made for this asset and is younger than ``MEDIA_URL_LIFETIME``."""
    try:
        return bool(signing.loads(token, salt=EMBED_SALT, max_age=settings.MEDIA_URL_LIFETIME) == str(asset_id))
    except signing.BadSignature:
        return False


def texts_of(asset: Asset) -> dict[str, Values]:
    return {
        text.language: {
            "title": text.title,
            "caption": text.caption,
            "alt_text": text.alt_text,
            "body": sanitise(text.body),
            "state": text.state,
            "revision": text.revision,
            "source_revision": text.source_revision,
        }
        for text in asset.texts.all()
    }


def version_out(version: AssetVersion | None) -> Values | None:
    if version is None:
        return None
    message = rejection_sentence(version.rejection_code, version.rejection_message)
    rejection = {"code": version.rejection_code, "message": message}
    return {
        "id": version.pk,
        "number": version.number,
        "state": version.state,
        "filename": version.filename,
        "size": version.size,
        "sha256": version.sha256,
        "media_type": version.media_type,
        "verified_at": version.verified_at,
        "facts": version.facts,
        "rejection": rejection if version.rejection_code else None,
    }


def may(actor: Actor, asset: Asset) -> Values:
    """What the actor may do with the asset now, and why not."""
    actions = {
        "edit": Action.EDIT,
        "publish": Action.PUBLISH,
        "withdraw": Action.WITHDRAW,
        "download_original": Action.DOWNLOAD_ORIGINAL,
    }
    found = {name: decide(actor, action, asset) for name, action in actions.items()}
    return {
        name: {"allowed": bool(decision), "reason": str(decision.reason) if decision.reason else None}
        for name, decision in found.items()
    }


def asset_detail(actor: Actor, asset: Asset, *, duplicate: Asset | None) -> Values:
    """``duplicate``: the asset that has the same bytes, if the actor may see it."""
    insider = bool(decide(actor, Action.DOWNLOAD_ORIGINAL, asset))
    version = version_out(asset.current_version)
    if version is not None and not insider:
        version |= {"filename": "", "facts": {}, "sha256": ""}  # the original's facts are for those with the right
    return asset_summary(asset) | {
        "texts": texts_of(asset),
        "original_language": asset.original_language,
        "author": asset.author,
        "source": asset.source,
        "licence": asset.licence,
        "keywords": asset.keywords,
        "place": asset.place,
        "event_date": asset.event_date,
        "rights_end": asset.rights_end,
        "shared_with": [agency_ref(share.agency) for share in asset.shares.all()] if insider else [],
        "created_by": asset.created_by.full_name if insider and asset.created_by else None,
        "duplicate_of": asset_ref(duplicate) if duplicate else None,
        "version": version,
        "renditions": renditions_of(asset),
        "playback": playback_of(asset),
        "embed_url": embed_url(asset),
        "may": may(actor, asset),
        "revision": asset.revision,
    }


def upload_out(upload: Upload, *, asset: Asset | None) -> Values:
    base = f"{settings.SITE_URL}/api/v1/uploads/{upload.pk}"
    return {
        "id": upload.pk,
        "state": upload.state,
        "agency": agency_ref(upload.agency),
        "filename": upload.filename,
        "size": upload.size,
        "kind": upload.kind,
        "part_size": upload.part_size,
        "part_count": upload.part_count,
        "part_checksums": "sha256" if upload.part_checksums else "none",
        "sha256": upload.sha256,
        "expires_at": upload.expires_at,
        "asset": asset_ref(asset) if asset and upload.state == UploadState.COMPLETED else None,
        "parts_url": f"{base}/parts",
        "complete_url": f"{base}/complete",
    }


def token_out(token: ApiToken) -> Values:
    return {
        "id": token.pk,
        "name": token.name,
        "prefix": f"mc_{token.prefix}",
        "scopes": token.scopes,
        "agency": agency_ref(token.agency) if token.agency else None,
        "role": token.role,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
        "created_at": token.created_at,
    }


def job_out(attempt: ProcessingAttempt) -> Values:
    return {
        "id": attempt.pk,
        "asset": asset_ref(attempt.version.asset),
        "version": attempt.version.number,
        "state": attempt.state,
        "stage": attempt.stage,
        "progress": attempt.progress,
        "code": attempt.code,
        "message": rejection_sentence(attempt.code, attempt.message),
        "started_at": attempt.started_at,
        "finished_at": attempt.finished_at,
    }
