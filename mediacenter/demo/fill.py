"""Fills an installation through the same use cases that people's clicks run; a second time it adds nothing."""

import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from django.utils import timezone

from assets.models import Asset, Upload
from assets.states import Kind, UploadState, VersionState
from assets.usecases.articles_create import create_article
from assets.usecases.assets_edit import edit_asset
from assets.usecases.assets_publish import publish_asset
from assets.usecases.uploads_create import DuplicateFound, NewUpload
from assets.usecases.uploads_single import sha256_of, upload_whole
from mediacenter.demo.entries import DemoAsset
from mediacenter.demo.fonts import FontMissing, require_font
from mediacenter.demo.people import EDITOR_IN_CHIEF, PEOPLE, PersonEntry
from mediacenter.demo.tree import agency_entries
from permissions.actor import Actor, actor_for_user
from permissions.models import Agency, User
from permissions.usecases.agencies import create_agency
from permissions.usecases.people import create_person
from permissions.vocabulary import AssetState

OnStep = Callable[[], None]
Agencies = Mapping[str, Agency]
SPOKEN = frozenset({Kind.VIDEO, Kind.AUDIO})


class CannotFill(Exception):
    """Something that the demo needs is not there; the text is one line that says what to do."""


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A person of the demo. ``password`` None: they were there before."""

    entry: PersonEntry
    password: str | None


@dataclass(frozen=True, kw_only=True)
class Planted:
    """An asset of the demo as a row. ``added``: by this run."""

    entry: DemoAsset
    asset_id: UUID
    added: bool


def require_tools(entries: Iterable[DemoAsset]) -> None:
    """Raise :class:`CannotFill` unless what makes these files is installed."""
    spoken = any(entry.kind in SPOKEN for entry in entries)
    missing = [name for name in ("espeak-ng", "ffmpeg") if spoken and shutil.which(name) is None]
    if missing:
        names = " ".join(missing)
        raise CannotFill(f"The demo's recordings need {' and '.join(missing)}: apt-get install {names}")
    try:
        require_font()
    except FontMissing as error:
        raise CannotFill(f"The demo's pictures cannot be written on: {error}") from error


def plant_agencies(on_step: OnStep) -> tuple[Agencies, int]:
    """All agencies of the tree by code, and how many were added. Those that are there stay as they are."""
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    added = 0
    for entry in agency_entries():
        if entry.code not in agencies:
            agencies[entry.code] = create_agency(
                by=None,
                code=entry.code,
                name_vi=entry.vi,
                name_en=entry.en,
                name_zh=entry.zh,
                parent=agencies[entry.parent] if entry.parent else None,
                default_credit_line=f"Ảnh/Nguồn: {entry.vi}",
                review_steps=None if entry.parent else 0,  # one person uploads and publishes all of it
            )
            added += 1
        on_step()
    return agencies, added


def invite_people(agencies: Agencies, on_step: OnStep) -> list[Invited]:
    """Everybody of the demo; new ones with a random password, which nobody can read again later."""
    invited = []
    for entry in PEOPLE:
        password = None
        if not User.objects.filter(email__iexact=entry.email).exists():
            password = secrets.token_urlsafe(12)
            create_person(
                by=None,
                email=entry.email,
                full_name=entry.name,
                password=password,
                agency=agencies[entry.agency] if entry.agency else None,
                role=entry.role,
                platform_role=entry.platform_role,
            )
        invited.append(Invited(entry=entry, password=password))
        on_step()
    return invited


def editor() -> Actor:
    """The person who uploads and publishes all of it."""
    return actor_for_user(User.objects.get(email__iexact=EDITOR_IN_CHIEF.email))


def plant_asset(entry: DemoAsset, agencies: Agencies, by: Actor) -> Planted:
    """Make the file, upload it, and say of it what there is to say; or find that all this was done before."""
    agency = agencies[entry.agency]
    asset_id = _find(entry, agency)
    added = asset_id is None
    if asset_id is None:
        asset_id = _upload(entry, agency, by) if entry.make else _write(entry, agency, by)
    asset = Asset.objects.prefetch_related("texts").get(pk=asset_id)
    if len(asset.texts.all()) < len(entry.texts) and asset.state == AssetState.DRAFT:
        edit_asset(
            asset_id=asset_id,
            by=by,
            fields=_fields(entry),
            texts={language: texts.as_fields() for language, texts in entry.texts.items()},
            shared_with=[agencies[code] for code in entry.shared_with] or None,
        )
    return Planted(entry=entry, asset_id=asset_id, added=added)


def _key(entry: DemoAsset) -> str:
    return f"demo:{entry.slug}:"


def _find(entry: DemoAsset, agency: Agency) -> UUID | None:
    """The asset that an earlier run made, whatever was changed since."""
    if entry.make is None:
        title = entry.texts[entry.language].title
        article = Asset.objects.filter(agency=agency, kind=Kind.ARTICLE, texts__title=title).first()
        return article.pk if article else None
    done = Upload.objects.filter(idempotency_key__startswith=_key(entry), state=UploadState.COMPLETED).first()
    return done.asset_id if done and Asset.objects.filter(pk=done.asset_id).exists() else None


def _upload(entry: DemoAsset, agency: Agency, by: Actor) -> UUID:
    assert entry.make is not None, "articles have no file"  # noqa: S101 - for the type checker
    with TemporaryDirectory(prefix="mediacenter-demo-") as folder:
        path = entry.make(Path(folder))
        with path.open("rb") as body:
            sha256 = sha256_of(body)
            size = path.stat().st_size
            new = NewUpload(
                filename=path.name,
                size=size,
                kind=entry.kind,
                sha256=sha256,
                title=entry.texts[entry.language].title,
                language=entry.language,
                album=entry.album,
            )
            try:
                upload = upload_whole(
                    by=by, agency=agency, new=new, body=body, limit=size, idempotency_key=_key(entry) + sha256[:16]
                )
            except DuplicateFound as error:
                return UUID(error.data["duplicate_of"]["id"])
    return upload.asset_id


def _write(entry: DemoAsset, agency: Agency, by: Actor) -> UUID:
    texts = {entry.language: entry.texts[entry.language].as_fields()}
    return create_article(by=by, agency=agency, texts=texts, fields={"original_language": entry.language}).pk


def _fields(entry: DemoAsset) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "audience": entry.audience,
        "urgency": entry.urgency,
        "author": entry.author,
        "licence": entry.licence,
        "keywords": list(entry.keywords),
        "place": entry.place,
        "event_date": entry.event_date,
    }
    if entry.embargo_days is not None:
        fields["embargo_until"] = timezone.now() + timedelta(days=entry.embargo_days)
    return fields


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far processing is: ``waiting`` are neither ready nor rejected; ``rejected`` with their reasons."""

    published: int
    waiting: tuple[Planted, ...]
    rejected: tuple[tuple[Planted, str], ...]
    mark: int
    """Grows while anything moves: the sum of all attempts' percent and of all ends."""


def publish_what_is_ready(planted: Sequence[Planted], by: Actor) -> Progress:
    """Publish what is meant to be and has never been, as far as its file is processed."""
    waiting, rejected, published, mark = [], [], 0, 0
    by_id = {item.asset_id: item for item in planted}
    rows = Asset.objects.filter(pk__in=by_id).select_related("current_version")
    for asset in rows.prefetch_related("current_version__attempts"):
        item, version = by_id[asset.pk], asset.current_version
        if version is not None and version.state == VersionState.REJECTED:
            rejected.append((item, version.rejection_message))
        elif not asset.is_processed:
            waiting.append(item)
            mark += sum(attempt.progress for attempt in version.attempts.all()) if version else 0
            continue
        elif item.entry.publish and asset.state == AssetState.DRAFT and asset.published_at is None:
            publish_asset(asset_id=asset.pk, by=by)
            published += 1
        mark += 1000
    return Progress(published=published, waiting=tuple(waiting), rejected=tuple(rejected), mark=mark)
