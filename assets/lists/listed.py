"""What lists tell of a work, and all that is asked of it before they do: one statement for a page of them.

Models would be thirty objects for each work, of which a list tells some twenty values; ``docs/decisions/0046`` has the
measurements. ``tests/assets/lists/test_listed.py`` holds both to be the same.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from assets.models import Asset, AssetVersion
from assets.states import VersionState
from permissions.actor import Actor
from permissions.policy import sees
from permissions.prepared import prepared_rows

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
    rejection_code: str
    rejection_message: str
    attempt: ListedAttempt | None


@dataclass(frozen=True, kw_only=True)
class ListedWork:
    """``permissions.rights.LookFacts`` with what lists tell. ``texts`` are in the order of their languages."""

    id: UUID
    reference: str
    kind: str
    state: str
    audience: str
    embargo_until: datetime | None
    rights_end: datetime | None
    release_required: bool
    has_release: bool
    consent_ends: datetime | None
    in_trash: bool
    shared_paths: Collection[str]
    territories: Collection[str]
    original_language: str
    urgency: int
    credit_line: str
    revision: int
    created_at: datetime
    published_at: datetime | None
    corrected_at: datetime | None
    database_now: datetime
    agency: ListedAgency
    current_version: ListedVersion | None
    texts: Sequence[ListedText]
    thumbnail: ListedFile | None

    @property
    def agency_path(self) -> str:
        return self.agency.path


_STATEMENT: Final = """
SELECT a.id, a.reference, a.kind, a.state, a.audience, a.embargo_until, a.rights_end, a.release_required, a.has_release,
  a.consent_ends, a.deleted_at IS NOT NULL AS in_trash,
  CASE WHEN a.audience = 'shared' THEN ARRAY(SELECT h.path FROM assets_assetshare s
     JOIN permissions_agency h ON h.id = s.agency_id WHERE s.asset_id = a.id) ELSE '{}' END AS shared_paths,
  a.territories, a.original_language, a.urgency, a.credit_line, a.revision,
  a.created_at, a.published_at, a.corrected_at,
  statement_timestamp() AS database_now,
  g.id AS agency_id, g.code, g.path, g.name_vi, g.name_en, g.name_zh,
  v.id AS version_id, v.state AS version_state, v.hidden, v.filename, v.width, v.height, v.duration, v.placeholder,
  v.rejection_code, v.rejection_message,
  CASE WHEN v.state <> 'ready' THEN (SELECT json_build_object('progress', p.progress, 'playable', p.playable,
     'stage', p.stage) FROM assets_processingattempt p WHERE p.version_id = v.id
     ORDER BY p.started_at DESC, p.id DESC LIMIT 1) END AS attempt,
  (SELECT json_agg(json_build_object('language', t.language, 'title', t.title, 'caption', t.caption)
     ORDER BY t.language) FROM assets_assettext t WHERE t.asset_id = a.id) AS texts,
  (SELECT json_build_object('key', r.key, 'media_type', r.media_type, 'width', r.width, 'height', r.height)
     FROM assets_rendition r WHERE r.version_id = v.id AND r.profile = ANY(%s)
     ORDER BY array_position(%s, r.profile::text) LIMIT 1) AS thumbnail
FROM assets_asset a JOIN permissions_agency g ON g.id = a.agency_id
  LEFT JOIN assets_assetversion v ON v.id = a.current_version_id
WHERE a.id = ANY(%s)
"""


def _names(told: type[Any], *without: str) -> tuple[str, ...]:
    return tuple(field.name for field in fields(told) if field.name not in without)


_OWN: Final = _names(ListedWork, "agency", "current_version", "texts", "thumbnail")
_OF_AGENCY: Final = _names(ListedAgency)
_OF_VERSION: Final = _names(ListedVersion, "asset_id", "attempt")
"""The columns of the statement in their order: the work's own, its agency's, its version's, and then the rest."""
_AGENCY_AT: Final = len(_OWN)
_VERSION_AT: Final = _AGENCY_AT + len(_OF_AGENCY)
_REST_AT: Final = _VERSION_AT + len(_OF_VERSION)


def listed(actor: Actor, ids: Sequence[UUID]) -> list[ListedWork]:
    """Those of the works that the actor may see, in the order of ``ids``: each is judged by ``policy.sees`` as it is
    now, whatever found it."""
    if not ids:
        return []
    thumbnails, agencies = list(THUMBNAILS), dict[UUID, ListedAgency]()
    rows = prepared_rows(_STATEMENT, [thumbnails, thumbnails, list(ids)])
    found = {row[0]: _work(row, agencies) for row in rows}
    works = (found[pk] for pk in ids if pk in found)
    return [work for work in works if sees(actor, work, now=work.database_now)]


def _work(row: Sequence[Any], agencies: dict[UUID, ListedAgency]) -> ListedWork:
    """``agencies``: those that were met already, which most works of a page share."""
    own, agency, version = row[:_AGENCY_AT], row[_AGENCY_AT:_VERSION_AT], row[_VERSION_AT:_REST_AT]
    attempt, texts, thumbnail = row[_REST_AT:]
    if agency[0] not in agencies:
        agencies[agency[0]] = ListedAgency(**dict(zip(_OF_AGENCY, agency, strict=True)))
    return ListedWork(
        **dict(zip(_OWN, own, strict=True)),
        agency=agencies[agency[0]],
        current_version=_version(row[0], version, attempt) if version[0] is not None else None,
        texts=[ListedText(**text) for text in texts or ()],
        thumbnail=ListedFile(**thumbnail) if thumbnail else None,
    )


def _version(work: UUID, columns: Sequence[Any], attempt: Mapping[str, Any] | None) -> ListedVersion:
    latest = ListedAttempt(**attempt) if attempt else None
    return ListedVersion(**dict(zip(_OF_VERSION, columns, strict=True)), asset_id=work, attempt=latest)


def listed_of(asset: Asset) -> ListedWork:
    """The same of a row that came with ``with_policy_facts``, its texts, and the renditions and attempts of its
    version; nobody is asked whether it may be seen."""
    version = asset.current_version
    return ListedWork(
        **{name: getattr(asset, name) for name in _OWN},
        agency=ListedAgency(**{name: getattr(asset.agency, name) for name in _OF_AGENCY}),
        current_version=listed_version(version) if version else None,
        texts=[ListedText(language=t.language, title=t.title, caption=t.caption) for t in asset.texts.all()],
        thumbnail=_thumbnail(version) if version else None,
    )


def listed_version(version: AssetVersion) -> ListedVersion:
    """Of a version that came with its attempts."""
    latest = next(iter(version.attempts.all()), None) if version.state != VersionState.READY else None
    return ListedVersion(
        **{name: getattr(version, name) for name in _OF_VERSION},
        asset_id=version.asset_id,
        attempt=ListedAttempt(progress=latest.progress, playable=latest.playable, stage=latest.stage)
        if latest
        else None,
    )


def _thumbnail(version: AssetVersion) -> ListedFile | None:
    named = {rendition.profile: rendition for rendition in version.renditions.all()}
    found = next((named[profile] for profile in THUMBNAILS if profile in named), None)
    if found is None:
        return None
    return ListedFile(key=found.key, media_type=found.media_type, width=found.width, height=found.height)
