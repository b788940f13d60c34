"""The files and the history of an asset as the pages show them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assets.access import decide, judge
from assets.delivery import AssetUrls
from assets.diffing import Change, Segment, Side
from assets.models import Asset, AssetVersion, Correction, Revision
from assets.models.revision import OPEN_CORRECTIONS
from assets.rejections import rejection_sentence
from assets.states import CorrectionState, Kind, Language, TextState, TrackState, VersionState
from mediacenter.web.presentation.media import Picture, picture
from mediacenter.web.presentation.texts import HTML_LANGUAGE
from permissions.actor import Actor
from permissions.vocabulary import Action, Audience, Use

LABELS: dict[str, Promise] = {
    "title": _("Title"),
    "caption": _("Caption"),
    "alt_text": _("Text alternative"),
    "body": _("Text"),
    "state": _("State"),
    "original_language": _("Original language"),
    "credit_line": _("Credit line"),
    "author": _("Author"),
    "source": _("Source"),
    "keywords": _("Keywords"),
    "people": _("People shown"),
    "place": _("Place"),
    "event_date": _("Date of the event"),
    "urgency": _("Urgency"),
    "audience": _("Audience"),
    "shared_with": _("Shared with"),
    "embargo_until": _("Embargo until"),
    "rights_end": _("Rights end"),
    "licence": _("Licence"),
    "licence_terms": _("Licence terms"),
    "territories": _("Territories"),
    "release_required": _("Needs a release"),
    "table": _("Data table"),
    "track.captions": _("Captions"),
    "track.subtitles": _("Subtitles"),
    "track.chapters": _("Chapters"),
    "track.captions.label": _("Captions: name"),
    "track.subtitles.label": _("Subtitles: name"),
    "track.chapters.label": _("Chapters: name"),
    "track.captions.state": _("Captions: state"),
    "track.subtitles.state": _("Subtitles: state"),
    "track.chapters.state": _("Chapters: state"),
    "focal_point": _("Focal point"),
    "file.number": _("Version of the file"),
    "file.filename": _("File name"),
    "file.size": _("Size"),
    "file.media_type": _("Type"),
    "file.width": _("Width"),
    "file.height": _("Height"),
    "file.duration": _("Duration"),
    "file.sha256": _("SHA-256"),
}


@dataclass(frozen=True, kw_only=True)
class ShownCorrection:
    """Where a proposal stands; ``own`` is the reader's."""

    state: str
    label: str
    reason: str
    by: str
    decision: str
    decided_by: str
    is_open: bool
    waits: bool
    own: bool


@dataclass(frozen=True, kw_only=True)
class ShownVersion:
    """``facts`` is a line: type, size, pixels, duration."""

    number: int
    picture: Picture | None
    facts: str
    created_at: datetime
    by: str
    current: bool
    rejection: str
    restorable: bool
    downloadable: bool
    corrections: tuple[ShownCorrection, ...]


@dataclass(frozen=True, kw_only=True)
class ShownChange:
    """One row of the comparison. Either side is segments to mark, or a plain text."""

    label: str
    html_language: str
    before: tuple[Segment, ...]
    after: tuple[Segment, ...]


def shown_versions(
    asset: Asset, versions: Iterable[AssetVersion], reader: Actor, *, territory: str | None
) -> list[ShownVersion]:
    """For versions that came with ``with_corrections``, of an asset with its policy facts; ``territory`` is where the
    reader is, if that is known."""
    follows = bool(decide(reader, Action.FOLLOW, asset))
    edits = bool(decide(reader, Action.EDIT, asset))
    takes = bool(decide(reader, Action.DOWNLOAD_ORIGINAL, asset))
    rows = list(versions)
    under_way = any(each.state in OPEN_CORRECTIONS for row in rows for each in row.corrections.all())
    return [
        ShownVersion(
            number=version.number,
            picture=picture_of(asset, version, reader, territory),
            facts=_facts(version),
            created_at=version.created_at,
            by=version.created_by.full_name if follows and version.created_by else "",
            current=version.pk == asset.current_version_id,
            rejection=rejection_sentence(version.rejection_code, version.rejection_message) if follows else "",
            restorable=edits and not under_way and _was_current(asset, version),
            downloadable=takes and bool(version.verified_at),
            corrections=tuple(_correction(each, reader) for each in version.corrections.all()) if follows else (),
        )
        for version in rows
    ]


def picture_of(asset: Asset, version: AssetVersion | None, reader: Actor, territory: str | None) -> Picture | None:
    """What there is to look at of a version, for this reader from there."""
    if version is None or asset.kind == Kind.AUDIO or not judge(reader, Use.PREVIEW, asset, territory=territory):
        return None
    return picture(version.renditions.all(), AssetUrls(asset, version, now=asset.database_now))


def _was_current(asset: Asset, version: AssetVersion) -> bool:
    ready = version.state == VersionState.READY and not version.proposed
    return ready and version.pk != asset.current_version_id


def _facts(version: AssetVersion) -> str:
    pixels = f"{version.width} × {version.height}" if version.width and version.height else ""
    duration = f"{version.duration:.1f} s" if version.duration else ""
    return " · ".join(part for part in (version.media_type, filesizeformat(version.size), pixels, duration) if part)


def _correction(correction: Correction, reader: Actor) -> ShownCorrection:
    return ShownCorrection(
        state=correction.state,
        label=correction.get_state_display(),
        reason=correction.reason,
        by=who(correction.made_by, correction.token),
        decision=correction.decision,
        decided_by=correction.decided_by.full_name if correction.decided_by else "",
        is_open=correction.state in OPEN_CORRECTIONS,
        waits=correction.state == CorrectionState.WAITING,
        own=reader.user_id is not None and reader.user_id == correction.made_by_id,
    )


def who(user: Any, token: Any) -> str:
    """A person's name, a token's, or nothing for the system itself."""
    if user is not None:
        return str(user.full_name)
    return str(token.name) if token is not None else ""


def shown_changes(changes: Iterable[Change]) -> list[ShownChange]:
    return [_change(change) for change in changes]


def _change(change: Change) -> ShownChange:
    label = str(LABELS.get(change.name, change.name))
    if change.language:
        label = f"{label} · {Language(change.language).label}"
    is_state = change.name == "state" or change.name.endswith(".state")
    if change.segments and not is_state:
        before = tuple(each for each in change.segments if each.side is not Side.AFTER)
        after = tuple(each for each in change.segments if each.side is not Side.BEFORE)
    else:
        before, after = _whole(change, change.before, Side.BEFORE), _whole(change, change.after, Side.AFTER)
    language = HTML_LANGUAGE[Language(change.language)] if change.language and not is_state else ""
    return ShownChange(label=label, html_language=language, before=before, after=after)


def _whole(change: Change, value: Any, side: Side) -> tuple[Segment, ...]:
    text = _said(change.name, value)
    return (Segment(side=side, text=text),) if text else ()


def _said(name: str, value: Any) -> str:
    if value in (None, "", []):
        return ""
    if name in SAID:
        return SAID[name](value)
    if name.endswith(".state"):
        return str(TrackState(value).label)
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _moment(value: str) -> str:
    return date_format(localtime(datetime.fromisoformat(value)), "SHORT_DATETIME_FORMAT")


def _table(value: dict[str, Any]) -> str:
    lines = [value["caption"], *("\t".join(map(str, row)) for row in [value["columns"], *value["rows"]])]
    return "\n".join(line for line in lines if line)


SAID: dict[str, Callable[[Any], str]] = {
    "state": lambda value: str(TextState(value).label),
    "original_language": lambda value: str(Language(value).label),
    "audience": lambda value: str(Audience(value).label),
    "event_date": _moment,
    "embargo_until": _moment,
    "rights_end": _moment,
    "table": _table,
    "file.size": lambda value: f"{filesizeformat(value)} ({value} B)",
    "file.width": lambda value: f"{value} px",
    "file.height": lambda value: f"{value} px",
    "file.duration": lambda value: f"{value:.3f} s",
}
"""How values are said that are not plain texts."""


@dataclass(frozen=True, kw_only=True)
class ShownRevision:
    number: int
    at: datetime
    label: str
    by: str
    reason: str
    version: int | None


def shown_revision(revision: Revision) -> ShownRevision:
    return ShownRevision(
        number=revision.number,
        at=revision.at,
        label=revision.get_act_display(),
        by=who(revision.user, revision.token),
        reason=revision.reason,
        version=revision.version.number if revision.version else None,
    )
