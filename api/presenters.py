"""From rows to the plain values of answers and pages. The caller fetched the rows through ``visible_to``."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing

from api.listed_presenters import best_of, processing_of, summary_of, untitled
from api.presenters_base import Values, agency_ref, asset_ref
from api.rights_presenters import asks_out, rights_of
from assets.access import decide, judge
from assets.articles.stored import bodies_of
from assets.delivery import DASH_MANIFEST, MASTER_PLAYLIST, AssetUrls
from assets.diffing import Change
from assets.estimates import estimate_of
from assets.focal_points import focal_point_of
from assets.growing import growing_of
from assets.lists.listed import listed_of, listed_version
from assets.logos import chosen_for, logo_of
from assets.models import (
    Asset,
    AssetQuerySet,
    AssetText,
    AssetVersion,
    Correction,
    ProcessingAttempt,
    Rendition,
    Revision,
    Upload,
)
from assets.models.revision import OPEN_CORRECTIONS
from assets.quota import Amount, Usage, usage_of, warning_sentence
from assets.rejections import rejection_sentence
from assets.reviews import URGENT, with_review_clock
from assets.states import UploadState
from assets.tracks import tracks_shown
from permissions.actor import ANONYMOUS, Actor
from permissions.conditions import Conditions, asks_statement_of, asks_terms_of, conditions_of
from permissions.inherited import av1_policy_of, embeds_credits, review_steps_of
from permissions.models import Agency, ApiToken, Invitation, Membership, User
from permissions.vocabulary import Action, Reason, Use

EMBED_SALT = "mediacenter.embed"
PRESS_SALT = "mediacenter.embed.press"


def for_lists(rows: AssetQuerySet) -> AssetQuerySet:
    """Everything a summary needs, in a bounded number of queries."""
    return rows.with_policy_facts().prefetch_related(
        "texts", "current_version__renditions", "current_version__attempts"
    )


def for_detail(rows: AssetQuerySet) -> AssetQuerySet:
    return with_review_clock(for_lists(rows)).select_related("created_by", "duplicate_of", "assignee", "held_by")


def agency_out(agency: Agency) -> Values:
    names = {"vi": agency.name_vi, "en": agency.name_en, "zh": agency.name_zh}
    return agency_ref(agency) | {"names": names, "parent": agency.parent_id, "depth": agency.depth}


def administration_out(agency: Agency) -> Values:
    """What those see who administer the agency."""
    logo = chosen_for(agency)
    return {
        "embed_origins": agency.embed_origins,
        "api_origins": agency.api_origins,
        "logo": asset_ref(logo) if logo else None,
        "quota_bytes": agency.quota_bytes,
        "quota_items": agency.quota_items,
        "quota_warn_percent": agency.quota_warn_percent,
        "review_steps": agency.review_steps,
        "review_steps_now": review_steps_of(agency.path),
        "embed_credits": agency.embed_credits,
        "embed_credits_now": embeds_credits(agency.path),
        "asks_terms": agency.asks_terms,
        "asks_terms_now": asks_terms_of(agency.path),
        "asks_statement": agency.asks_statement,
        "asks_statement_now": asks_statement_of(agency.path),
        "av1": agency.av1,
        "av1_now": av1_policy_of(agency.path),
        "retention_days": agency.retention_days,
        "retention_draft_days": agency.retention_draft_days,
        "retention_publish_days": agency.retention_publish_days,
        "usage": usage_out(usage_of(agency), agency),
    }


def agency_detail(agency: Agency, *, manages: bool) -> Values:
    """``manages``: whether the reader administers it."""
    logo = logo_of(agency)
    return agency_out(agency) | {
        "active": agency.is_active,
        "merged_into": agency_ref(agency.merged_into) if agency.merged_into else None,
        "default_credit_line": agency.default_credit_line,
        "default_licence": agency.default_licence,
        "domains": agency.domains,
        "logo_url": logo.url if logo else None,
        "administration": administration_out(agency) if manages else None,
        "revision": agency.revision,
    }


def member_out(member: Membership) -> Values:
    user = member.user
    return {
        "id": member.pk,
        "person": {"id": user.pk, "full_name": user.full_name, "email": user.email, "active": user.is_active},
        "role": member.role,
        "suspended_at": member.suspended_at,
        "created_at": member.created_at,
    }


def invitation_out(invitation: Invitation) -> Values:
    return {
        "id": invitation.pk,
        "email": invitation.email,
        "role": invitation.role,
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
    }


def usage_out(usage: Usage, agency: Agency) -> Values:
    def amount(one: Amount) -> Values:
        return {"used": one.used, "reserved": one.reserved, "limit": one.limit, "soft_limit": one.soft_limit}

    return {
        "bytes": amount(usage.bytes),
        "items": amount(usage.items),
        "warn_percent": agency.quota_warn_percent,
        "warnings": usage.warnings,
    }


def formerly(asset: Asset) -> Agency | None:
    """The agency that the asset's reference names, where that was merged into the one that has the asset now."""
    code = asset.reference.partition("-")[0]
    if code == asset.agency.code:
        return None
    return Agency.objects.filter(code=code, merged_into__isnull=False).first()


def best_text(asset: Asset) -> AssetText | None:
    """The text in the reader's language, else in the original one, else any that has a title."""
    return best_of(asset.texts.all(), asset.original_language)


def display_title(asset: Asset) -> str:
    """Never empty: the title, else the file's name while only insiders see the asset, else the reference."""
    text, version = best_text(asset), asset.current_version
    return text.title if text is not None else untitled(asset, version.filename if version else None)


def processing_detail(version: AssetVersion | None) -> Values | None:
    """With an estimate, which takes some queries: of one asset, not of lists."""
    if version is None:
        return None
    estimate = estimate_of(version)
    return processing_of(listed_version(version)) | {
        "standing": estimate.standing if estimate else "",
        "estimated_ready_at": estimate.ready_at if estimate else None,
        "ahead": estimate.ahead if estimate else 0,
    }


def asset_summary(actor: Actor, asset: Asset, *, territory: str | None) -> Values:
    """What lists tell of it (``api.listed_presenters``), for a row that came by ``for_lists``."""
    return summary_of(actor, listed_of(asset), territory=territory)


def rendition_out(asset: Asset, urls: AssetUrls, rendition: Rendition, *, downloads: bool) -> Values:
    download = urls.download(rendition, name=download_name(asset, rendition)).url if downloads else None
    return {
        "profile": rendition.profile,
        "media_type": rendition.media_type,
        "width": rendition.width,
        "height": rendition.height,
        "size": rendition.size,
        "bitrate": rendition.bitrate,
        "duration": rendition.duration,
        "url": urls.rendition(rendition),
        "download_url": download,
    }


def download_name(asset: Asset, rendition: Rendition) -> str:
    """Readable and unique, without the extension: ``VGP-20261121-P0042-w1280``."""
    stem = rendition.profile.rsplit(".", 1)[0].replace("/", "-")
    return f"{asset.reference}-{stem}"


def is_deliverable(rendition: Rendition) -> bool:
    """Files of a stream are not listed one by one: the player finds them through the playlist."""
    return not rendition.profile.startswith("hls/")


def renditions_of(
    actor: Actor, asset: Asset, *, territory: str | None, asked: Conditions | None = None
) -> list[Values]:
    """The files that the actor may look at, with download links where they may be taken away as they are: where terms
    are to be accepted first, or a purpose is to be stated, the route of downloads hands them out. ``asked``: what is
    known already of that."""
    version = asset.current_version
    if version is None or not judge(actor, Use.PREVIEW, asset, territory=territory):
        return []
    urls = AssetUrls(asset, version, now=asset.database_now)
    downloads = bool(judge(actor, Use.DOWNLOAD, asset, territory=territory))
    downloads = downloads and (asked or conditions_of(actor, asset.agency.path)).lets_take
    found = (rendition for rendition in version.renditions.all() if is_deliverable(rendition))
    return [rendition_out(asset, urls, rendition, downloads=downloads) for rendition in found]


def focal_point_out(version: AssetVersion | None) -> Values | None:
    found = focal_point_of(version) if version is not None else None
    return {"x": found.x, "y": found.y, "source": str(found.source)} if found else None


def playback_of(actor: Actor, asset: Asset, *, territory: str | None, asked: Conditions) -> Values | None:
    version = asset.current_version
    if version is None or not judge(actor, Use.PREVIEW, asset, territory=territory):
        return None
    by_profile = {rendition.profile: rendition for rendition in version.renditions.all()}
    master = by_profile.get(MASTER_PLAYLIST)
    urls = AssetUrls(asset, version, now=asset.database_now)
    if master is None:
        return growing_playback_of(actor, asset, urls)

    def url(*profiles: str) -> str | None:
        found = next((by_profile[name] for name in profiles if name in by_profile), None)
        return urls.rendition(found) if found else None

    return {
        "hls": urls.rendition(master),
        "dash": url(DASH_MANIFEST),
        "poster": url("poster.jpg"),
        "sprite": url("sprite.vtt"),
        "download": url("download.mp4", "download.m4a", "download.mp3")
        if asked.lets_take and judge(actor, Use.DOWNLOAD, asset, territory=territory)
        else None,
        "tracks": [asdict(track) for track in tracks_shown(asset)],
        "growing": False,
        "playable_seconds": version.duration,
    }


def growing_playback_of(actor: Actor, asset: Asset, urls: AssetUrls) -> Values | None:
    """What can be watched before the set is whole, for those who follow the work; None while there is nothing."""
    stream = growing_of(asset.current_version) if decide(actor, Action.FOLLOW, asset) else None
    if stream is None:
        return None
    return {
        "hls": urls.growing(),
        "dash": None,
        "poster": None,
        "sprite": None,
        "download": None,
        "tracks": [asdict(track) for track in tracks_shown(asset)],
        "growing": True,
        "playable_seconds": stream.playable,
    }


def embed_url(asset: Asset) -> str:
    """The embed page; with a token that ends as signed URLs do for what is not public, and with one for the members of
    the network, who alone are given it, for what is for the press only."""
    url = f"{settings.SITE_URL}/embed/{asset.pk}"
    verdict = judge(ANONYMOUS, Use.EMBED, asset)
    if verdict:
        return url
    salt = PRESS_SALT if verdict.reason is Reason.PRESS_USE_ONLY else EMBED_SALT
    return f"{url}?t={signing.dumps(str(asset.pk), salt=salt, compress=False)}"


def embed_url_for(actor: Actor, asset: Asset, *, territory: str | None) -> str | None:
    """None for those who may not look at the work, or not put it into their pages by its licence."""
    verdict = judge(actor, Use.EMBED, asset, territory=territory)
    by_terms = verdict.reason in {Reason.PRESS_USE_ONLY, Reason.TERRITORY_EXCLUDED}
    return None if by_terms or not judge(actor, Use.PREVIEW, asset, territory=territory) else embed_url(asset)


def embed_token_holds(asset_id: UUID, token: str) -> bool:
    """Whether ``?t=`` was made for this asset and is younger than ``MEDIA_URL_LIFETIME``."""
    return _signed_for(asset_id, token, salt=EMBED_SALT, max_age=settings.MEDIA_URL_LIFETIME)


def press_token_holds(asset_id: UUID, token: str) -> bool:
    """Whether ``?t=`` was made for a member of the network; it holds for as long as the asset is public."""
    return _signed_for(asset_id, token, salt=PRESS_SALT, max_age=None)


def _signed_for(asset_id: UUID, token: str, *, salt: str, max_age: timedelta | None) -> bool:
    try:
        return bool(signing.loads(token, salt=salt, max_age=max_age) == str(asset_id))
    except signing.BadSignature:
        return False


def texts_of(actor: Actor, asset: Asset, *, known: Mapping[UUID, str] | None = None) -> dict[str, Values]:
    """``known``: what ``works_named`` said, where the texts of many are shown."""
    bodies = bodies_of(asset, reader=actor, known=known)
    return {
        text.language: {
            "title": text.title,
            "caption": text.caption,
            "alt_text": text.alt_text,
            "body": bodies[text.language],
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


def versions_item(actor: Actor, asset: Asset, version: AssetVersion) -> Values:
    """A version as the reader may know it; ``with_corrections`` fetched it. The original's facts are for those with the
    right, who proposed what for those who follow the work."""
    follows = bool(decide(actor, Action.FOLLOW, asset))
    said = version_out(version) or {}
    if not decide(actor, Action.DOWNLOAD_ORIGINAL, asset):
        said |= {"filename": "", "facts": {}, "sha256": ""}
    return said | {
        "current": version.pk == asset.current_version_id,
        "width": version.width,
        "height": version.height,
        "duration": version.duration,
        "created_at": version.created_at,
        "created_by": version.created_by.full_name if follows and version.created_by else None,
        "corrections": [correction_out(each) for each in version.corrections.all()] if follows else [],
    }


def correction_out(correction: Correction) -> Values:
    decided = correction.decided_by
    return {
        "state": correction.state,
        "restores": correction.restores,
        "reason": correction.reason,
        "by": _name(correction.made_by, correction.token),
        "created_at": correction.created_at,
        "decided_by": decided.full_name if decided else None,
        "decided_at": correction.decided_at,
        "decision": correction.decision,
    }


def revision_item(revision: Revision) -> Values:
    return {
        "number": revision.number,
        "at": revision.at,
        "act": revision.act,
        "by": _name(revision.user, revision.token),
        "reason": revision.reason,
        "version": revision.version.number if revision.version else None,
        "revision": revision.asset_revision,
    }


def change_out(change: Change) -> Values:
    return {
        "name": change.name,
        "language": change.language or None,
        "before": change.before,
        "after": change.after,
        "segments": [{"side": each.side, "text": each.text} for each in change.segments],
    }


def open_correction_of(actor: Actor, asset: Asset) -> Values | None:
    """The correction that is under way, for those who follow the work on the asset."""
    if not decide(actor, Action.FOLLOW, asset):
        return None
    rows = Correction.objects.filter(asset=asset, state__in=OPEN_CORRECTIONS)
    found = rows.select_related("version", "made_by", "token", "decided_by").first()
    return correction_out(found) | {"version": found.version.number} if found else None


def _name(user: User | None, token: ApiToken | None) -> str | None:
    if user is not None:
        return user.full_name
    return token.name if token is not None else None


def may(actor: Actor, asset: Asset) -> Values:
    """What the actor may do with the asset now, and why not."""
    actions = {
        "edit": Action.EDIT,
        "publish": Action.PUBLISH,
        "withdraw": Action.WITHDRAW,
        "download_original": Action.DOWNLOAD_ORIGINAL,
        "submit": Action.SUBMIT,
        "request_changes": Action.REQUEST_CHANGES,
        "approve": Action.APPROVE,
        "schedule": Action.SCHEDULE,
        "cancel_schedule": Action.CANCEL_SCHEDULE,
        "archive": Action.ARCHIVE,
        "restore": Action.RESTORE,
        "follow": Action.FOLLOW,
        "see_uses": Action.SEE_USES,
        "report": Action.REPORT,
        "comment": Action.COMMENT,
        "assign": Action.ASSIGN,
        "nominate": Action.NOMINATE,
        "confirm": Action.CONFIRM,
        "delete": Action.DELETE,
        "hold": Action.HOLD,
        "lift_hold": Action.LIFT_HOLD,
    }
    found = {name: decide(actor, action, asset) for name, action in actions.items()}
    return {
        name: {"allowed": bool(decision), "reason": str(decision.reason) if decision.reason else None}
        for name, decision in found.items()
    }


def workflow_out(asset: Asset) -> Values:
    """Where the work on it stands. For rows that came through ``with_review_clock``."""
    return {
        "review_steps": asset.review_steps,
        "approvals": len(asset.approved_by),
        "submitted_at": asset.submitted_at,
        "due_at": asset.review_due,
        "overdue": asset.overdue,
        "urgent": asset.urgency <= URGENT,
        "assignee": person_ref(asset.assignee),
        "scheduled_for": asset.scheduled_for,
    }


def hold_out(asset: Asset) -> Values | None:
    if not asset.is_held:
        return None
    by = asset.held_by.full_name if asset.held_by else None
    return {"since": asset.held_at, "by": by, "reason": asset.hold_reason, "by_platform": asset.held_by_platform}


def person_ref(person: User | None) -> Values | None:
    return {"id": person.pk, "name": person.full_name} if person else None


def asset_detail(actor: Actor, asset: Asset, *, duplicate: Asset | None, territory: str | None = None) -> Values:
    """``duplicate``: the asset that has the same bytes, if the actor may see it. ``territory``: where the actor is."""
    insider = bool(decide(actor, Action.DOWNLOAD_ORIGINAL, asset))
    former = formerly(asset)
    asked = conditions_of(actor, asset.agency.path)
    version = version_out(asset.current_version)
    if version is not None and not insider:
        version |= {"filename": "", "facts": {}, "sha256": ""}  # the original's facts are for those with the right
    return asset_summary(actor, asset, territory=territory) | {
        "processing": processing_detail(asset.current_version),
        "formerly": agency_ref(former) if former else None,
        "texts": texts_of(actor, asset),
        "original_language": asset.original_language,
        "author": asset.author,
        "source": asset.source,
        "licence": asset.licence,
        "licence_terms": asset.licence_terms.code if asset.licence_terms else None,
        "territories": asset.territories,
        "release_required": asset.release_required,
        "keywords": asset.keywords,
        "people": asset.people,
        "place": asset.place,
        "event_date": asset.event_date,
        "rights_end": asset.rights_end,
        "shared_with": [agency_ref(share.agency) for share in asset.shares.all()] if insider else [],
        "created_by": asset.created_by.full_name if insider and asset.created_by else None,
        "duplicate_of": asset_ref(duplicate) if duplicate else None,
        "version": version,
        "correction": open_correction_of(actor, asset),
        "focal_point": focal_point_out(asset.current_version),
        "asks": asks_out(asked),
        "renditions": renditions_of(actor, asset, territory=territory, asked=asked),
        "playback": playback_of(actor, asset, territory=territory, asked=asked),
        "embed_url": embed_url_for(actor, asset, territory=territory),
        "may": may(actor, asset),
        "workflow": workflow_out(asset) if decide(actor, Action.FOLLOW, asset) else None,
        "legal_hold": hold_out(asset) if decide(actor, Action.FOLLOW, asset) else None,
        "rights": rights_of(actor, asset, territory=territory),
        "revision": asset.revision,
    }


def upload_out(upload: Upload, *, asset: Asset | None, quota_warnings: Sequence[str] = ()) -> Values:
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
        "quota_warnings": list(quota_warnings),
        "warnings": [
            {"code": "quota_soft_limit", "of": kind, "detail": warning_sentence(kind)} for kind in quota_warnings
        ],
    }


def token_out(token: ApiToken) -> Values:
    return {
        "id": token.pk,
        "name": token.name,
        "prefix": f"mc_{token.prefix}",
        "client_id": token.client.client_id if hasattr(token, "client") else None,
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
