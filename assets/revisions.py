"""Reading the history of an asset, and comparing two states of it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from assets.access import decide
from assets.captions.cues import from_stored
from assets.captions.transcript import timed_text
from assets.diffing import FACTS, Change, differences
from assets.models import Asset, AssetVersion, CueSheet, Revision
from permissions.actor import Actor
from permissions.errors import NotFound
from permissions.reasons import require
from permissions.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class Comparison:
    before: Revision
    after: Revision
    changes: list[Change]


def revisions_of(asset: Asset, *, reader: Actor) -> "QuerySet[Revision]":
    """The history, newest first, for those who may follow the work on the asset. Raises ``NotAllowed``."""
    require(decide(reader, Action.FOLLOW, asset))
    rows = Revision.objects.filter(asset=asset).select_related("user", "token", "version")
    return rows.order_by("-number")


def revision_of(asset: Asset, number: int, *, reader: Actor) -> Revision:
    """One of them, or :class:`NotFound`."""
    found = revisions_of(asset, reader=reader).filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no such revision."))
    return found


def compare(asset: Asset, before: int, after: int, *, reader: Actor) -> Comparison:
    """What changed from one revision to another; either may be the older. Raises ``NotAllowed``, :class:`NotFound`."""
    old, new = (revision_of(asset, number, reader=reader) for number in (before, after))
    files = (facts_of(old.version), facts_of(new.version))
    changes = differences(old.content, new.content, files=files, sheets=_sheets(asset, old, new))
    return Comparison(before=old, after=new, changes=changes)


def _sheets(asset: Asset, *revisions: Revision) -> dict[str, str]:
    """The cues that these states name, as text with times, by their digests."""
    tracks = [track for each in revisions for track in each.content.get("tracks", {}).values()]
    rows = CueSheet.objects.filter(asset=asset, digest__in={track["sheet"] for track in tracks})
    return {row.digest: timed_text(from_stored(row.cues)) for row in rows}


def facts_of(version: AssetVersion | None) -> dict[str, Any] | None:
    """What is compared of a file. Bytes, pixels, seconds."""
    return {name: getattr(version, name) for name in FACTS} if version is not None else None
