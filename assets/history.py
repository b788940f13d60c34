"""The history of an asset's content: what it said, and which file it had, after every change of either."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef

from assets.models import Asset, AssetShare, AssetText, AssetVersion, DataTable, Revision, TextTrack
from assets.states import RevisionAct
from permissions.actor import Actor

FIELDS: Final = (
    "original_language",
    "credit_line",
    "author",
    "source",
    "keywords",
    "place",
    "event_date",
    "urgency",
    "audience",
    "embargo_until",
    "rights_end",
    "licence",
    "territories",
    "release_required",
)
"""The fields of the asset that are content. The licence that they name and the shares come beside them, and the people
that it shows where it names any, so that states from before there were names are the same as those after."""
DESCRIPTIVE: Final = ("credit_line", "author", "source", "keywords", "people", "place", "event_date")
"""Those of them that only describe; the others decide who may see or use the asset."""
WORDS: Final = ("title", "caption", "alt_text", "body", "state")
MAX_REASON: Final = 2000


def content_of(asset: Asset) -> dict[str, Any]:
    """The asset's content as it is in the database now, as JSON."""
    texts = AssetText.objects.filter(asset=asset)
    table = DataTable.objects.filter(asset=asset).first()
    shares = AssetShare.objects.filter(asset=asset).order_by("agency__code")
    return (
        {
            "fields": {name: _plain(getattr(asset, name)) for name in FIELDS}
            | {"licence_terms": asset.licence_terms.code if asset.licence_terms else None}
            | ({"people": asset.people} if asset.people else {}),
            "shared_with": list(shares.values_list("agency__code", flat=True)),
            "texts": {row.language: {name: getattr(row, name) for name in WORDS} for row in texts},
            "table": {"caption": table.caption, "columns": table.columns, "rows": table.rows} if table else None,
        }
        | _tracks(asset)
        | _focus_of(asset)
    )


def _tracks(asset: Asset) -> dict[str, Any]:
    """The text tracks with the digests of their cues, which ``CueSheet`` keeps; no key where there are none, so that
    states from before there were any are the same as those after."""
    rows = TextTrack.objects.filter(asset=asset).values_list(
        "kind", "language", "label", "state", "cue_count", "sheet__digest"
    )
    said = {
        f"{kind}.{language}": {"label": label, "state": state, "cues": count, "sheet": digest}
        for kind, language, label, state, count, digest in rows
    }
    return {"tracks": said} if said else {}


def _focus_of(asset: Asset) -> dict[str, Any]:
    """Only where one was set, so that histories from before there were focal points go on as they are."""
    if asset.current_version_id is None:
        return {}
    rows = AssetVersion.objects.filter(pk=asset.current_version_id, focus_x__isnull=False)
    found = rows.values_list("focus_x", "focus_y").first()
    return {"focus": list(found)} if found else {}


def begin_change(asset: Asset) -> None:
    """Call on a locked asset before its content is changed: what no revision tells yet (rows from before there was a
    history, or changed by an earlier release) is kept first."""
    latest = _latest(asset)
    now = content_of(asset)
    if latest is None or latest.content != now or latest.version_id != asset.current_version_id:
        _write(asset, RevisionAct.FOUND, now, latest, by=None, reason="")


def keep_revision(asset: Asset, act: RevisionAct, *, by: Actor | None, reason: str = "") -> Revision | None:
    """Call on a locked asset after its content was changed and saved; None where nothing differs from the latest."""
    latest = _latest(asset)
    now = content_of(asset)
    if latest is not None and latest.content == now and latest.version_id == asset.current_version_id:
        return None
    return _write(asset, act, now, latest, by=by, reason=reason.strip()[:MAX_REASON])


def _latest(asset: Asset) -> Revision | None:
    return Revision.objects.filter(asset=asset).order_by("-number").first()


def _write(
    asset: Asset,
    act: RevisionAct,
    content: Mapping[str, Any],
    latest: Revision | None,
    *,
    by: Actor | None,
    reason: str,
) -> Revision:
    return Revision.objects.create(
        asset=asset,
        number=latest.number + 1 if latest else 1,
        act=act,
        user_id=by.user_id if by else None,
        token_id=by.token_id if by else None,
        reason=reason,
        asset_revision=asset.revision,
        version_id=asset.current_version_id,
        content=content,
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def forget_histories() -> int:
    """Delete the histories of assets that are gone; how many rows. The database keeps all others."""
    gone = Revision.objects.filter(~Exists(Asset.objects.filter(pk=OuterRef("asset_id"))))  # NOT IN is asked row by row
    return gone._raw_delete(gone.db)  # noqa: SLF001 - one statement, nothing depends on the rows
