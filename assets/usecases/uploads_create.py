"""Begin an upload: reserve the ids, ask the store for a multipart upload at the final key, remember it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from assets.access import duplicate_visible_to
from assets.albums import CollectionFull, may_fill_album, require_place_in_album
from assets.models import Asset, Upload
from assets.names import clean_filename, guess_kind
from assets.quota import hold_room, require_room
from assets.states import Kind, Language
from assets.storage import get_store
from assets.storage.base import MAX_OBJECT_SIZE, MAX_PARTS, MIB, MIN_PART_SIZE
from assets.usecases.versions_replace import checked_replacement, replaceable, require_no_correction
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid
from permissions.idempotency import IdempotencyKeyReused
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.vocabulary import AgencyAction

USUAL_PART_SIZE = 16 * MIB
MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,49}/[a-z0-9.+-]{1,50}", re.ASCII | re.IGNORECASE)
SHA256 = re.compile(r"[0-9a-f]{64}")


class DuplicateFound(Conflict):
    """These very bytes are already in an asset that the actor may see (``data["duplicate_of"]``)."""

    code = "duplicate"


@dataclass(frozen=True, kw_only=True)
class NewUpload:
    """What a client announces. ``size`` in bytes; ``sha256`` of the whole file in lower-case hex or empty."""

    filename: str
    size: int
    kind: Kind | None = None
    media_type: str = ""
    sha256: str = ""
    part_checksums: bool = False
    part_size: int | None = None
    title: str = ""
    language: Language = Language.VI
    album: str = ""
    allow_duplicate: bool = False
    replaces: str = ""
    """Id or reference of the asset that gets another original, for a ``reason``."""
    reason: str = ""


def part_size_for(size: int, *, usual: int = USUAL_PART_SIZE) -> int:
    """Bytes of all parts but the last: ``usual``, or as many whole MiB as keep the file within 10,000 parts."""
    needed = -(-size // MAX_PARTS)
    return max(usual, -(-needed // MIB) * MIB)


def create_upload(
    *, by: Actor, agency: Agency | None, new: NewUpload, idempotency_key: str | None = None
) -> tuple[Upload, bool]:
    """Begin an upload and say whether it is new (False: the same request came before with this key).

    ``agency`` None is that of the asset that ``new`` replaces the original of, and any other is refused.

    Raises ``NotAllowed``, :class:`Invalid` with ``fields``, :class:`DuplicateFound`, ``QuotaExceeded``,
    :class:`IdempotencyKeyReused`, or ``StoreUnavailable``; for a replacement also what ``replaceable`` raises.
    """
    asset = replaceable(by, new.replaces) if new.replaces else None
    agency = _agency_for(by, agency, asset)
    digest = _digest(agency, new)
    if idempotency_key is not None:
        before = _replayed(by, idempotency_key, digest)
        if before is not None:
            return before, False
    if asset is not None:
        require_no_correction(asset)
        reason = checked_replacement(asset, filename=clean_filename(new.filename), kind=new.kind, reason=new.reason)
        new = replace(new, kind=Kind(asset.kind), reason=reason)
    filename, kind = check_announcement(new)
    if new.album and asset is None:
        _require_album(by, agency, new.album)
    refuse_duplicate(by, new.sha256, allowed=new.allow_duplicate)
    require_room(agency, size=new.size, items=0 if asset else 1)
    upload = Upload(
        agency=agency,
        user_id=by.user_id,
        token_id=by.token_id,
        actor_key=by.key,
        filename=filename,
        size=new.size,
        part_size=new.part_size or part_size_for(new.size),
        part_checksums=new.part_checksums,
        sha256=new.sha256,
        kind=kind,
        media_type=new.media_type if MEDIA_TYPE.fullmatch(new.media_type) else "",
        title=new.title,
        language=new.language,
        album=new.album,
        allow_duplicate=new.allow_duplicate,
        idempotency_key=idempotency_key,
        request_digest=digest,
        asset_id=asset.pk if asset else uuid7(),
        replacement=asset is not None,
        reason=new.reason if asset else "",
        version_id=uuid7(),
        expires_at=timezone.now() + settings.UPLOAD_LIFETIME,
    )
    upload.key = original_key(upload.asset_id, upload.version_id)
    return _begin(upload, by)


def original_key(asset_id: UUID, version_id: UUID) -> str:
    """Where an original lives, for ever."""
    return f"originals/{asset_id}/{version_id}"


def _begin(upload: Upload, by: Actor) -> tuple[Upload, bool]:
    store = get_store()
    upload.store_upload_id = store.create_multipart(
        upload.key, media_type="application/octet-stream", part_checksums=upload.part_checksums
    )
    try:
        with transaction.atomic():
            upload.agency = hold_room(upload.agency_id, size=upload.size, items=0 if upload.replacement else 1)
            upload.save(force_insert=True)
    except IntegrityError:
        store.abort_multipart(upload.key, upload.store_upload_id)
        before = _replayed(by, upload.idempotency_key or "", upload.request_digest)
        if before is None:
            raise
        return before, False
    except Conflict:
        store.abort_multipart(upload.key, upload.store_upload_id)
        raise
    return upload, True


def check_announcement(new: NewUpload) -> tuple[str, Kind]:
    """The cleaned file name and the kind, or :class:`Invalid` naming each field that cannot be used."""
    fields: dict[str, list[str]] = {}
    if not 0 < new.size <= MAX_OBJECT_SIZE:
        fields["size"] = [_("The size must be between 1 byte and 5 TiB.")]
    if new.sha256 and not SHA256.fullmatch(new.sha256):
        fields["sha256"] = ["Give the SHA-256 as 64 lower-case hexadecimal digits."]
    if new.part_size is not None and not new.part_size >= MIN_PART_SIZE:
        fields["part_size"] = ["A part has at least 5 MiB."]
    filename = clean_filename(new.filename)
    kind = new.kind or guess_kind(filename)
    if kind is None:
        fields["kind"] = [_("The kind cannot be told from the file name. Say photo, infographic, video or audio.")]
    elif kind == Kind.ARTICLE:
        fields["kind"] = [_("An article has no file; create it as an asset.")]
    if fields or kind is None:
        raise Invalid(_("The upload cannot begin as announced."), fields=fields)
    return filename, kind


def refuse_duplicate(by: Actor, sha256: str, *, allowed: bool) -> None:
    """Point out an asset the actor may see that has these bytes, unless that is wanted."""
    if not sha256 or allowed:
        return
    found = duplicate_visible_to(by, sha256)
    if found is not None:
        raise DuplicateFound(
            _("This file is already here, as %(reference)s. Use that, or send allow_duplicate to store it again.")
            % {"reference": found.reference},
            duplicate_of=describe_duplicate(found),
        )


def describe_duplicate(asset: Asset) -> Mapping[str, Any]:
    return {"id": str(asset.pk), "reference": asset.reference, "url": f"{settings.SITE_URL}/assets/{asset.pk}"}


def _agency_for(by: Actor, agency: Agency | None, asset: Asset | None) -> Agency:
    if asset is not None:
        if agency is not None and agency.pk != asset.agency_id:
            sentence = _("The asset belongs to another agency.")
            raise Invalid(sentence, fields={"agency": [sentence]})
        return asset.agency
    if agency is None:
        sentence = _("Say which agency the file is for.")
        raise Invalid(sentence, fields={"agency": [sentence]})
    require(can_in_agency(by, AgencyAction.UPLOAD, agency.path))
    return agency


def _require_album(by: Actor, agency: Agency, title: str) -> None:
    if not may_fill_album(by, agency=agency, title=title):
        sentence = _("Others see this collection: filling it takes an editor who may publish. Choose another album.")
        raise Invalid(sentence, fields={"album": [sentence]})
    try:
        require_place_in_album(agency=agency, title=title)
    except CollectionFull as full:
        raise Invalid(full.message, fields={"album": [full.message]}) from full


def _digest(agency: Agency, new: NewUpload) -> str:
    said = {"agency": str(agency.pk), **asdict(new)}
    if not new.replaces:  # as releases digested it that knew of no replacements
        del said["replaces"], said["reason"]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _replayed(by: Actor, key: str, digest: str) -> Upload | None:
    before = Upload.objects.filter(actor_key=by.key, idempotency_key=key).select_related("agency").first()
    if before is not None and before.request_digest != digest:
        raise IdempotencyKeyReused("This Idempotency-Key was used for another request. Use a new one.")
    return before
