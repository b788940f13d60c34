"""Rows for tests, one factory per model. Each makes what it needs around it; give what the test is about.

``make_version`` and ``make_rendition`` store real bytes in the test's object store.
"""

import hashlib
import io
import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pgtrigger
from PIL import Image
from uuid_utils.compat import uuid7

from assets.captions.cues import Cue, as_json, digest_of
from assets.models import (
    Asset,
    AssetShare,
    AssetText,
    AssetVersion,
    Collection,
    CollectionItem,
    CueSheet,
    ProcessingAttempt,
    Rendition,
    TextTrack,
    Upload,
)
from assets.search import refresh_search_text
from assets.states import Kind, TrackKind, UploadState, VersionState
from assets.storage import get_store
from permissions.actor import Actor, actor_for_user
from permissions.models import PATH_SEPARATOR, Agency, ApiToken, Invitation, Membership, User
from permissions.vocabulary import AssetState, Role, Scope

PASSWORD = "correct horse battery staple"
SAYING = frozenset({"place", "keywords", "author", "credit_line", "source", "people"})
_numbers = itertools.count(1)


def jpeg(
    *, width: int = 64, height: int = 48, colour: tuple[int, int, int] = (200, 30, 30), comment: str = ""
) -> bytes:
    """A real JPEG of one colour; the same arguments, the same bytes."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "JPEG", quality=85, comment=comment.encode())
    return file.getvalue()


def distinct_jpeg(**size: int) -> bytes:
    """A real JPEG that no other call returns: by its comment, since near colours may compress to the same bytes."""
    return jpeg(comment=f"number {next(_numbers)}", **size)


def make_agency(*, code: str = "", parent: Agency | None = None, **fields: Any) -> Agency:
    number = next(_numbers)
    identity = uuid7()
    path = (parent.path if parent else "") + identity.hex + PATH_SEPARATOR
    fields.setdefault("name_vi", f"Cơ quan {code or number}")
    fields.setdefault("review_steps", 0)
    return Agency.objects.create(id=identity, parent=parent, path=path, code=code or f"AG{number}", **fields)


def make_user(*, email: str = "", password: str | None = None, **fields: Any) -> User:
    """A person without rights; ``password`` None is one who cannot log in by password."""
    number = next(_numbers)
    fields.setdefault("full_name", f"Người {number}")
    return User.objects.create_user(email=email or f"person{number}@example.vn", password=password, **fields)


def make_membership(
    *, user: User | None = None, agency: Agency | None = None, role: Role = Role.CONTRIBUTOR
) -> Membership:
    return Membership.objects.create(user=user or make_user(), agency=agency or make_agency(), role=role)


def make_member(agency: Agency, role: Role = Role.CONTRIBUTOR, *, password: str | None = None) -> User:
    """A new person with this role in this agency."""
    user = make_user(password=password)
    make_membership(user=user, agency=agency, role=role)
    return user


def actor_in(agency: Agency, role: Role = Role.CONTRIBUTOR) -> Actor:
    """A new person with this role, as the policy sees them."""
    return actor_for_user(make_member(agency, role))


def make_invitation(*, agency: Agency | None = None, role: Role = Role.CONTRIBUTOR, **fields: Any) -> Invitation:
    """An open invitation whose secret nobody knows."""
    number = next(_numbers)
    fields.setdefault("expires_at", datetime.now(UTC) + timedelta(days=7))
    return Invitation.objects.create(
        agency=agency or make_agency(),
        email=fields.pop("email", f"invited{number}@example.vn"),
        role=role,
        digest=hashlib.sha256(f"invitation {number}".encode()).hexdigest(),
        **fields,
    )


def make_token(
    *,
    user: User | None = None,
    agency: Agency | None = None,
    role: Role | None = None,
    scopes: tuple[Scope, ...] = tuple(Scope),
    **fields: Any,
) -> tuple[ApiToken, str]:
    """The row and the secret text ``mc_<prefix>_<secret>``; of a new person when neither owner is given."""
    number = next(_numbers)
    prefix, secret = f"{number:08x}", hashlib.sha256(str(number).encode()).hexdigest()
    text = f"mc_{prefix}_{secret}"
    if user is None and agency is None:
        user = make_user()
    return (
        ApiToken.objects.create(
            name=fields.pop("name", f"token {number}"),
            prefix=prefix,
            digest=hashlib.sha256(text.encode()).hexdigest(),
            user=user,
            agency=agency,
            role=(role or Role.CONTRIBUTOR) if agency else "",
            scopes=[str(scope) for scope in scopes],
            created_by=fields.pop("created_by", None) or user or make_user(),
            **fields,
        ),
        text,
    )


def make_asset(
    *,
    agency: Agency | None = None,
    kind: Kind = Kind.PHOTO,
    texts: Mapping[str, Mapping[str, str]] | None = None,
    shared_with: tuple[Agency, ...] = (),
    **fields: Any,
) -> Asset:
    """An asset without a version. A published one gets its time; ``texts`` maps languages to fields. It is found by its
    words where it has some."""
    agency = agency or make_agency()
    if fields.get("state") == AssetState.PUBLISHED:
        fields.setdefault("published_at", datetime.now(UTC) - timedelta(minutes=1))
    reference = fields.pop("reference", f"{agency.code}-20261121-{kind.value[0].upper()}{next(_numbers):04d}")
    asset = Asset.objects.create(agency=agency, kind=kind, reference=reference, **fields)
    for language, words in (texts or {}).items():
        make_text(asset, language=language, **words)
    for other in shared_with:
        AssetShare.objects.create(asset=asset, agency=other)
    if texts or SAYING & set(fields):
        refresh_search_text(asset)
    return asset


def make_text(asset: Asset, *, language: str = "vi", title: str = "", **fields: str) -> AssetText:
    return AssetText.objects.create(asset=asset, language=language, title=title, **fields)


def make_version(
    asset: Asset | None = None,
    *,
    original: bytes | Path | None = None,
    state: VersionState = VersionState.RECEIVED,
    **fields: Any,
) -> AssetVersion:
    """A version whose original is in the store; it becomes the asset's current one.

    ``original`` None is a new small JPEG. In the states that need it, the version is verified.
    """
    asset = asset or make_asset()
    identity = fields.pop("id", None) or uuid7()
    key = f"originals/{asset.pk}/{identity}"
    content = original if original is not None else distinct_jpeg()
    size, digest = store_object(key, content)
    if state in (VersionState.PROCESSING, VersionState.READY):
        fields = {"verified_at": datetime.now(UTC), "sha256": digest, "media_type": "image/jpeg", **fields}
    if state == VersionState.REJECTED:
        fields = {"rejection_code": "media_rejected", "rejection_message": "This file cannot be read.", **fields}
    version = AssetVersion.objects.create(
        id=identity,
        asset=asset,
        number=fields.pop("number", asset.versions.count() + 1),
        state=state,
        original_key=key,
        filename=fields.pop("filename", "cầu Long Biên.jpg"),
        size=fields.pop("size", size),
        **fields,
    )
    asset.current_version = version
    asset.save(update_fields=["current_version"])
    return version


def store_object(key: str, content: bytes | Path, *, media_type: str = "application/octet-stream") -> tuple[int, str]:
    """Store bytes or a file under ``key``; their size and SHA-256."""
    with TemporaryDirectory() as folder:
        path = content
        if isinstance(path, bytes):
            path = Path(folder, "object")
            path.write_bytes(content if isinstance(content, bytes) else b"")
        get_store().put_file(key, path, media_type=media_type)
        with path.open("rb") as file:
            return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def make_attempt(
    version: AssetVersion, *, state: ProcessingAttempt.State = ProcessingAttempt.State.RUNNING, **fields: Any
) -> ProcessingAttempt:
    """An attempt; a running one holds the version's token."""
    if state == ProcessingAttempt.State.RUNNING:
        attempt = ProcessingAttempt.objects.create(version=version, **fields)
        version.attempt = attempt.pk
        version.save(update_fields=["attempt"])
        return attempt
    fields.setdefault("finished_at", datetime.now(UTC))
    return ProcessingAttempt.objects.create(version=version, state=state, **fields)


def make_rendition(
    version: AssetVersion,
    *,
    profile: str = "w320.webp",
    content: bytes | None = None,
    media_type: str = "image/webp",
    attempt: UUID | None = None,
    **fields: Any,
) -> Rendition:
    """A rendition whose object is in the store."""
    attempt = attempt or version.attempt or uuid7()
    key = f"renditions/{version.asset_id}/{version.pk}/{attempt}/{profile}"
    size, _ = store_object(key, content if content is not None else profile.encode(), media_type=media_type)
    return Rendition.objects.create(
        version=version, attempt=attempt, profile=profile, key=key, media_type=media_type, size=size, **fields
    )


def make_ready_asset(**fields: Any) -> Asset:
    """A photo that went through processing: verified original, one rendition."""
    original = fields.pop("original", None)
    later = {name: fields.pop(name) for name in ("state", "published_at") if name in fields}  # published needs a file
    asset = make_asset(**fields)
    version = make_version(asset, original=original, state=VersionState.READY, width=64, height=48)
    attempt = make_attempt(version, state=ProcessingAttempt.State.SUCCEEDED, progress=100)
    version.attempt = attempt.pk
    version.save(update_fields=["attempt"])
    make_rendition(version, width=64, height=48)
    if later:
        asset.state = later.get("state", asset.state)
        published = datetime.now(UTC) - timedelta(minutes=1) if asset.state == AssetState.PUBLISHED else None
        asset.published_at = later.get("published_at", published)
        with pgtrigger.ignore("assets.Asset:asset_state"):  # made as it is to be, not brought there
            asset.save(update_fields=["state", "published_at"])
    return asset


def make_upload(*, agency: Agency | None = None, user: User | None = None, **fields: Any) -> Upload:
    """An open upload that the store knows too."""
    agency = agency or make_agency()
    user = user or make_member(agency)
    number = next(_numbers)
    asset_id, version_id = fields.pop("asset_id", None) or uuid7(), fields.pop("version_id", None) or uuid7()
    key = f"originals/{asset_id}/{version_id}"
    part_checksums = fields.pop("part_checksums", False)
    if fields.get("state", UploadState.OPEN) != UploadState.OPEN:
        fields.setdefault("finished_at", datetime.now(UTC))
    fields.setdefault("expires_at", datetime.now(UTC) + timedelta(hours=72))
    return Upload.objects.create(
        agency=agency,
        user=user,
        actor_key=fields.pop("actor_key", f"user:{user.pk}"),
        asset_id=asset_id,
        version_id=version_id,
        key=key,
        store_upload_id=get_store().create_multipart(key, media_type="image/jpeg", part_checksums=part_checksums),
        filename=fields.pop("filename", "ảnh.jpg"),
        size=fields.pop("size", 1000),
        part_size=fields.pop("part_size", 5 * 1024 * 1024),
        part_checksums=part_checksums,
        kind=fields.pop("kind", Kind.PHOTO),
        request_digest=hashlib.sha256(str(number).encode()).hexdigest(),
        **fields,
    )


def make_track(asset: Asset, *, words: str = "Xin chào", **fields: Any) -> TextTrack:
    """Published captions of one cue, from the first second to the second, in Vietnamese."""
    cues = (Cue(start=1000, end=2000, text=words),)
    sheet, _ = CueSheet.objects.get_or_create(asset=asset, digest=digest_of(cues), defaults={"cues": as_json(cues)})
    values = {"kind": TrackKind.CAPTIONS, "language": "vi", "cue_count": 1, "made_for_id": asset.current_version_id}
    return TextTrack.objects.create(asset=asset, sheet=sheet, **{**values, **fields})


def make_collection(*assets: Asset, agency: Agency | None = None, title: str = "") -> Collection:
    agency = agency or (assets[0].agency if assets else make_agency())
    collection = Collection.objects.create(agency=agency, title=title or f"Album {next(_numbers)}")
    for position, asset in enumerate(assets, start=1):
        CollectionItem.objects.create(collection=collection, asset=asset, position=position)
    return collection
