"""What lists tell of a work, and all that is asked of it before they do: one statement for a page of them.

Models would be thirty objects for each work, of which a list tells some twenty values; ``docs/decisions/0046`` has the
measurements. ``tests/assets/test_listed.py`` holds both to be the same.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from assets.models import Asset, AssetVersion
from assets.prepared import prepared_rows
from assets.states import Kind, VersionState
from permissions.actor import Actor
from permissions.inherited import REVIEW_STEPS_AT_FIRST
from permissions.policy import can
from permissions.vocabulary import Action

THUMBNAILS: Final = ("w320.webp", "w640.webp", "full.webp", "poster.jpg")
"""The renditions that a list shows of a work: the first of these that there is."""


@dataclass(frozen=True, kw_only=True)
class ListedText:
    language: str
    title: str
    caption: str


@dataclass(frozen=True, kw_only=True)
class ListedAgency:
    pk: UUID
    code: str
    path: str
    name_vi: str
    name_en: str
    name_zh: str

    def name_in(self, language: str) -> str:
        """As ``Agency.name_in``."""
        return {"en": self.name_en, "zh": self.name_zh}.get(language[:2]) or self.name_vi


@dataclass(frozen=True, kw_only=True)
class ListedLicence:
    code: str
    url: str
    allows_alteration: bool
    allows_commercial: bool
    allows_redistribution: bool
    press_only: bool


@dataclass(frozen=True, kw_only=True)
class ListedFile:
    key: str
    media_type: str
    width: int | None
    height: int | None


@dataclass(frozen=True, kw_only=True)
class ListedAttempt:
    progress: int
    playable: int
    stage: str


@dataclass(frozen=True, kw_only=True)
class ListedVersion:
    """``attempt``: the latest one of a version that is not ready."""

    pk: UUID
    asset_id: UUID
    state: str
    hidden: bool
    filename: str
    width: int | None
    height: int | None
    duration: float | None
    placeholder: str
    is_verified: bool
    rejection_code: str
    rejection_message: str
    attempt: ListedAttempt | None


@dataclass(frozen=True, kw_only=True)
class ListedWork:
    """``permissions.rights.RightsFacts`` with what lists tell. ``texts`` are in the order of their languages."""

    id: UUID
    reference: str
    kind: str
    state: str
    audience: str
    embargo_until: datetime | None
    rights_end: datetime | None
    original_language: str
    urgency: int
    credit_line: str
    territories: Collection[str]
    release_required: bool
    has_release: bool
    consent_ends: datetime | None
    revision: int
    created_by_id: UUID | None
    created_at: datetime
    published_at: datetime | None
    corrected_at: datetime | None
    makers: Collection[UUID]
    approved_by: Collection[UUID]
    in_trash: bool
    is_purging: bool
    is_held: bool
    held_by_platform: bool
    database_now: datetime
    review_steps: int
    agency: ListedAgency
    shared_paths: Collection[str]
    licence_terms: ListedLicence | None
    current_version: ListedVersion | None
    texts: Sequence[ListedText]
    thumbnail: ListedFile | None

    @property
    def pk(self) -> UUID:
        return self.id

    @property
    def agency_path(self) -> str:
        return self.agency.path

    @property
    def made_by(self) -> Collection[UUID]:
        return {*self.makers, self.created_by_id} if self.created_by_id else set(self.makers)

    @property
    def is_rejected(self) -> bool:
        return self.current_version is not None and self.current_version.state == VersionState.REJECTED

    @property
    def is_verified(self) -> bool:
        version = self.current_version
        return self.kind == Kind.ARTICLE or (version is not None and version.is_verified)

    @property
    def is_processed(self) -> bool:
        version = self.current_version
        return self.kind == Kind.ARTICLE or (version is not None and version.state == VersionState.READY)


_STATEMENT: Final = """
SELECT a.id, a.reference, a.kind, a.state, a.audience, a.embargo_until, a.rights_end, a.original_language, a.urgency,
  a.credit_line, a.territories, a.release_required, a.has_release, a.consent_ends, a.revision, a.created_by_id,
  a.created_at, a.published_at, a.corrected_at, a.makers, a.approved_by, a.deleted_at IS NOT NULL AS in_trash,
  a.purging_at IS NOT NULL AS is_purging, a.held_at IS NOT NULL AS is_held, a.held_by_platform,
  statement_timestamp() AS database_now,
  COALESCE((SELECT u.review_steps FROM permissions_agency u WHERE u.review_steps IS NOT NULL
     AND u.id = ANY(string_to_array(rtrim(g.path, '/'), '/')::uuid[]) ORDER BY u.path DESC LIMIT 1), %s)
     AS review_steps,
  CASE WHEN a.audience = 'shared' THEN ARRAY(SELECT h.path FROM assets_assetshare s
     JOIN permissions_agency h ON h.id = s.agency_id WHERE s.asset_id = a.id) ELSE '{}' END AS shared_paths,
  g.id AS agency_id, g.code AS agency_code, g.path AS agency_path, g.name_vi, g.name_en, g.name_zh,
  CASE WHEN l.id IS NOT NULL THEN json_build_object('code', l.code, 'url', l.url,
     'allows_alteration', l.allows_alteration, 'allows_commercial', l.allows_commercial,
     'allows_redistribution', l.allows_redistribution, 'press_only', l.press_only) END AS licence,
  v.id AS version_id, v.asset_id AS version_of, v.state AS version_state, v.hidden, v.filename, v.width, v.height,
  v.duration, v.placeholder, v.verified_at IS NOT NULL AS is_verified, v.rejection_code, v.rejection_message,
  CASE WHEN v.state <> 'ready' THEN (SELECT json_build_object('progress', p.progress, 'playable', p.playable,
     'stage', p.stage) FROM assets_processingattempt p WHERE p.version_id = v.id
     ORDER BY p.started_at DESC, p.id DESC LIMIT 1) END AS attempt,
  (SELECT json_agg(json_build_object('language', t.language, 'title', t.title, 'caption', t.caption)
     ORDER BY t.language) FROM assets_assettext t WHERE t.asset_id = a.id) AS texts,
  (SELECT json_build_object('key', r.key, 'media_type', r.media_type, 'width', r.width, 'height', r.height)
     FROM assets_rendition r WHERE r.version_id = v.id AND r.profile = ANY(%s)
     ORDER BY array_position(%s, r.profile::text) LIMIT 1) AS thumbnail
FROM assets_asset a JOIN permissions_agency g ON g.id = a.agency_id
  LEFT JOIN assets_licence l ON l.id = a.licence_terms_id
  LEFT JOIN assets_assetversion v ON v.id = a.current_version_id
WHERE a.id = ANY(%s)
"""
_COLUMNS: Final = frozenset(field.name for field in fields(ListedWork)) - {
    *("agency", "licence_terms", "current_version", "texts", "thumbnail")
}
_OF_THE_VERSION: Final = (
    *("hidden", "filename", "width", "height", "duration", "placeholder", "is_verified"),
    *("rejection_code", "rejection_message"),
)


def listed(actor: Actor, ids: Sequence[UUID]) -> list[ListedWork]:
    """Those of the works that the actor may see, in the order of ``ids``: each is judged by ``policy.can`` as it is now,
    whatever found it."""
    if not ids:
        return []
    thumbnails = list(THUMBNAILS)
    rows = prepared_rows(_STATEMENT, [REVIEW_STEPS_AT_FIRST, thumbnails, thumbnails, list(ids)])
    found = {row["id"]: _work(row) for row in rows}
    works = (found[pk] for pk in ids if pk in found)
    return [work for work in works if can(actor, Action.VIEW, work, now=work.database_now)]


def _work(row: Mapping[str, Any]) -> ListedWork:
    return ListedWork(
        **{name: value for name, value in row.items() if name in _COLUMNS},
        agency=ListedAgency(
            pk=row["agency_id"],
            code=row["agency_code"],
            path=row["agency_path"],
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            name_zh=row["name_zh"],
        ),
        licence_terms=ListedLicence(**row["licence"]) if row["licence"] else None,
        current_version=_version(row) if row["version_id"] else None,
        texts=tuple(ListedText(**text) for text in row["texts"] or ()),
        thumbnail=ListedFile(**row["thumbnail"]) if row["thumbnail"] else None,
    )


def _version(row: Mapping[str, Any]) -> ListedVersion:
    return ListedVersion(
        pk=row["version_id"],
        asset_id=row["version_of"],
        state=row["version_state"],
        attempt=ListedAttempt(**row["attempt"]) if row["attempt"] else None,
        **{name: row[name] for name in _OF_THE_VERSION},
    )


def listed_of(asset: Asset) -> ListedWork:
    """The same of a row that came with ``with_policy_facts``, its texts, and the renditions and attempts of its version;
    nobody is asked whether it may be seen."""
    licence, agency = asset.licence_terms, asset.agency
    return ListedWork(
        **{name: getattr(asset, name) for name in _COLUMNS},
        agency=ListedAgency(**{name: getattr(agency, name) for name in _names_of(ListedAgency)}),
        licence_terms=ListedLicence(**{name: getattr(licence, name) for name in _names_of(ListedLicence)})
        if licence
        else None,
        current_version=listed_version(asset.current_version) if asset.current_version else None,
        texts=tuple(ListedText(language=t.language, title=t.title, caption=t.caption) for t in asset.texts.all()),
        thumbnail=_thumbnail(asset.current_version) if asset.current_version else None,
    )


def listed_version(version: AssetVersion) -> ListedVersion:
    """Of a version that came with its attempts."""
    latest = next(iter(version.attempts.all()), None) if version.state != VersionState.READY else None
    return ListedVersion(
        **{name: getattr(version, name) for name in _names_of(ListedVersion) - {"attempt", "is_verified"}},
        is_verified=version.verified_at is not None,
        attempt=ListedAttempt(progress=latest.progress, playable=latest.playable, stage=latest.stage)
        if latest
        else None,
    )


def _thumbnail(version: AssetVersion) -> ListedFile | None:
    named = {rendition.profile: rendition for rendition in version.renditions.all()}
    found = next((named[profile] for profile in THUMBNAILS if profile in named), None)
    return ListedFile(**{name: getattr(found, name) for name in _names_of(ListedFile)}) if found else None


@cache
def _names_of(listed_as: type[Any]) -> frozenset[str]:
    return frozenset(field.name for field in fields(listed_as))
