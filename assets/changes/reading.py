"""What a reader is told of the changes since a place in their order: only of what they see, or could see before."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from assets.changes.facts import of_the_past, saw
from assets.changes.sealing import seal_all_changes
from assets.models.change import ChangeEntry, ChangePending, ChangesState
from permissions.actor import Actor
from permissions.errors import Gone
from permissions.policy import INSIDER, SEES_EVERYTHING
from permissions.vocabulary import AssetState, Scope

STEP: Final = 1000
"""Entries that are judged at a time; a place moves over so many before it says that there was anything at all."""
MOST_JUDGED: Final = 20 * STEP
"""Entries that one reading judges."""


class ChangeKind(StrEnum):
    """What a reader is told. ``created`` is also what they did not see before."""

    CREATED = "created"
    UPDATED = "updated"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    VISIBILITY_LOST = "visibility_lost"


class ChangesExpired(Gone):
    """The reader has to take everything anew."""

    code = "cursor_expired"


@dataclass(frozen=True, kw_only=True)
class Place:
    """After the entry ``sequence``, for somebody whose sight had this ``fingerprint``."""

    sequence: int
    fingerprint: bytes


@dataclass(frozen=True, kw_only=True)
class Change:
    """``visible``: whether the reader saw it after the change."""

    kind: ChangeKind
    asset_id: UUID
    reference: str
    at: datetime
    visible: bool


@dataclass(frozen=True, kw_only=True)
class Reading:
    """``more``: there may be more right away."""

    changes: tuple[Change, ...]
    place: Place
    more: bool


@dataclass(frozen=True, kw_only=True)
class FeedState:
    """For operators. ``waiting_for``: how long the oldest change without a place has been
    waiting, by the database's clock."""

    oldest: datetime | None
    newest: datetime | None
    last: int
    floor: int
    pending: int
    waiting_for: timedelta | None


def fingerprint_of(actor: Actor) -> bytes:
    """What sight rests on, without the places of agencies in the tree: eight bytes. Where it changes, entries cannot
    say what else the reader sees now."""
    grants = sorted(f"{each.agency_id.hex}{each.role.includes(INSIDER):d}" for each in actor.grants)
    said = "|".join([str(actor.platform_role or ""), f"{actor.has_scope(Scope.READ):d}", *grants])
    return hashlib.sha256(said.encode()).digest()[:8]


def present_place(actor: Actor) -> Place:
    """Where to begin for somebody who takes everything after asking this."""
    seal_all_changes(wait=True)
    last = ChangesState.objects.values_list("last", flat=True).get()
    return Place(sequence=last, fingerprint=fingerprint_of(actor))


def read_changes(*, actor: Actor, since: Place, limit: int) -> Reading:
    """Up to ``limit`` changes after the place. Raises :class:`ChangesExpired` where the place is too old, of another
    installation, or where rights or the tree changed so that the changes alone do not lead to what the reader sees."""
    if since.fingerprint != fingerprint_of(actor):
        raise _expired()
    seal_all_changes(wait=True)
    reader, judged, place, more = of_the_past(actor), 0, since.sequence, True
    told: list[Change] = []
    while more and len(told) < limit and judged < MOST_JUDGED:
        entries = list(_after(place))
        for entry in entries:
            change = _told(reader, entry)
            if change is not None:
                told.append(change)
            judged, place = judged + 1, entry.sequence
            if len(told) == limit:
                break
        more = len(entries) == STEP or len(told) == limit
    state = ChangesState.objects.get()
    if not state.floor <= since.sequence <= state.last:
        raise _expired()
    if not told and not more and judged < STEP:
        place = since.sequence  # that there was something for others is nobody's business
    return Reading(
        changes=tuple(told),
        place=Place(sequence=place, fingerprint=since.fingerprint),
        more=more,
    )


def feed_state() -> FeedState:
    """How the feed stands."""
    state = ChangesState.objects.first() or ChangesState(last=0, floor=0)
    oldest = ChangePending.objects.order_by("id").values_list("at", Now()).first()
    return FeedState(
        oldest=_at(ChangeEntry.objects.order_by("sequence")),
        newest=_at(ChangeEntry.objects.order_by("-sequence")),
        last=state.last,
        floor=state.floor,
        pending=ChangePending.objects.count(),
        waiting_for=oldest[1] - oldest[0] if oldest else None,
    )


def _at(rows: "QuerySet[ChangeEntry]") -> datetime | None:
    return rows.values_list("sealed_at", flat=True).first()


def _after(place: int) -> "QuerySet[ChangeEntry]":
    return ChangeEntry.objects.filter(sequence__gt=place).order_by("sequence")[:STEP]


def _told(reader: Actor, entry: ChangeEntry) -> Change | None:
    if entry.asset_id is None:
        _require_same_sight(reader, entry.before or {}, entry.after or {})
        return None
    before, after = saw(reader, entry.before), saw(reader, entry.after)
    if not before and not after:
        return None
    kind = _kind(entry, before=before, after=after)
    return Change(kind=kind, asset_id=entry.asset_id, reference=entry.reference, at=entry.at, visible=after)


def _kind(entry: ChangeEntry, *, before: bool, after: bool) -> ChangeKind:
    was, now = entry.before or {}, entry.after or {}
    if before and now.get("state") == AssetState.WITHDRAWN != was.get("state"):
        return ChangeKind.WITHDRAWN
    if not after:
        return ChangeKind.VISIBILITY_LOST
    if not before:
        return ChangeKind.CREATED
    return ChangeKind.CORRECTED if now.get("corrected") else ChangeKind.UPDATED


def _require_same_sight(reader: Actor, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """An agency that moved takes everything with it: for those above its old place or its new one, and not above both,
    no list of changes is the shorter way."""
    if reader.platform_role in SEES_EVERYTHING:
        return
    if any(grant.covers(before["path"]) != grant.covers(after["path"]) for grant in reader.grants):
        raise _expired()


def _expired() -> ChangesExpired:
    return ChangesExpired(_("The changes since then are not to be had any more. Take everything anew."))
