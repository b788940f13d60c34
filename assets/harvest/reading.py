"""Reads the public's records in their order, and asks again what the public sees at that moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from assets.changes.sealing import seal_all_changes
from assets.models import Asset
from assets.models.public_record import PublicRecord
from permissions.actor import ANONYMOUS
from permissions.models import Agency


@dataclass(frozen=True, kw_only=True)
class After:
    """A place in the order: everything behind it is to come."""

    stamp: datetime
    asset_id: UUID


@dataclass(frozen=True, kw_only=True)
class Span:
    """Records from ``begin`` on and before ``end``, of one agency. None: without this bound."""

    begin: datetime | None = None
    end: datetime | None = None
    agency_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Record:
    """``visible``: the public sees the work now. A record that still says so of a work that it does not see is on its
    way to be rewritten; nothing of the work may be told."""

    asset_id: UUID
    agency_id: UUID
    stamp: datetime
    visible: bool


def records(span: Span, *, after: After | None, size: int) -> tuple[list[Record], bool]:
    """Up to ``size`` records of the span, and whether there are more. What changes while somebody reads comes again
    with a later stamp: nothing is missed."""
    seal_all_changes(wait=True)
    rows = PublicRecord.objects.order_by("stamp", "asset_id")
    if span.begin is not None:
        rows = rows.filter(stamp__gte=span.begin)
    if span.end is not None:
        rows = rows.filter(stamp__lt=span.end)
    if span.agency_id is not None:
        rows = rows.filter(agency_id=span.agency_id)
    if after is not None:
        rows = rows.filter(Q(stamp__gt=after.stamp) | Q(stamp=after.stamp, asset_id__gt=after.asset_id))
    found = list(rows[: size + 1])
    return _judged(found[:size]), len(found) > size


def record_of(asset_id: UUID) -> Record | None:
    """The record of one work; None for what the public never saw."""
    seal_all_changes(wait=True)
    found = _judged(PublicRecord.objects.filter(asset_id=asset_id))
    return found[0] if found else None


def first_stamp() -> datetime | None:
    """The lowest stamp that a record has."""
    return PublicRecord.objects.order_by("stamp").values_list("stamp", flat=True).first()


def agencies_with_records() -> "QuerySet[Agency]":
    """Whose works the public sees or saw, by code."""
    theirs = PublicRecord.objects.filter(agency_id=OuterRef("pk"))
    return Agency.objects.filter(Exists(theirs)).order_by("code")


def _judged(rows: "Sequence[PublicRecord] | QuerySet[PublicRecord]") -> list[Record]:
    found = list(rows)
    alive = [row.asset_id for row in found if not row.deleted]
    visible = set(Asset.objects.visible_to(ANONYMOUS).filter(pk__in=alive).values_list("pk", flat=True))
    return [
        Record(asset_id=row.asset_id, agency_id=row.agency_id, stamp=row.stamp, visible=row.asset_id in visible)
        for row in found
    ]
