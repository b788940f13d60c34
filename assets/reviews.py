"""The work list of the newsroom: what waits for somebody, the urgent lane first, then by due time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import BooleanField, Case, CharField, DateTimeField, F, Func, Q, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Least, Now

from assets.models import Asset, AssetQuerySet
from permissions.actor import Actor
from permissions.models import Agency
from permissions.vocabulary import AssetState

URGENT = 2
"""IPTC urgency from here down has the lane and the clock of its own."""
WORK_STATES = (AssetState.IN_REVIEW, AssetState.CHANGES_REQUESTED, AssetState.APPROVED, AssetState.SCHEDULED)


@dataclass(frozen=True, kw_only=True)
class ReviewFilters:
    """``agency`` means its whole subtree; ``assignee`` a person, or ``unassigned``."""

    state: str = AssetState.IN_REVIEW
    agency: Agency | None = None
    assignee: UUID | None = None
    unassigned: bool = False
    urgent: bool = False
    overdue: bool = False


def with_review_clock(rows: AssetQuerySet) -> AssetQuerySet:
    """Adds ``review_due`` (the earlier of the due time and the urgent clock), ``overdue`` while it waits for a review,
    and ``review_place``, a text that sorts the list and is unique."""
    limit: timedelta = settings.URGENT_REVIEW_TIME
    urgent = Q(urgency__lte=URGENT)
    clock = Case(When(urgent, then=F("submitted_at") + Value(limit)), output_field=DateTimeField())
    late = Q(state=AssetState.IN_REVIEW, review_due__lt=Now())
    lane = Case(When(urgent, then=Value("0")), default=Value("1"), output_field=CharField())
    due = Coalesce(_sortable("review_due"), Value("9" * DIGITS), output_field=CharField())
    since = Coalesce(_sortable("submitted_at"), _sortable("created_at"), output_field=CharField())
    dash = Value("-")
    first: dict[str, Any] = {"review_due": Least("due_at", clock)}
    then: dict[str, Any] = {
        "overdue": Case(When(late, then=Value(True)), default=Value(False), output_field=BooleanField()),
        "review_place": Concat(lane, dash, due, dash, since, dash, Cast("pk", CharField())),
    }
    return rows.annotate(**first).annotate(**then)


DIGITS = 20


def _sortable(name: str) -> Func:
    """A time in UTC to the microsecond, as ``DIGITS`` digits; NULL stays NULL."""
    return Func(
        F(name), template="to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS')", output_field=CharField()
    )


def work_list(actor: Actor, filters: ReviewFilters) -> AssetQuerySet:
    """The assets in a state of the work that the actor may see and that fit every filter, with the clock; unordered."""
    if filters.state not in WORK_STATES:
        return Asset.objects.none()
    rows = Asset.objects.visible_to(actor, states=frozenset({AssetState(filters.state)}))
    if filters.agency is not None:
        rows = rows.filter(agency__path__startswith=filters.agency.path)
    if filters.assignee is not None:
        rows = rows.filter(assignee_id=filters.assignee)
    if filters.unassigned:
        rows = rows.filter(assignee__isnull=True)
    if filters.urgent:
        rows = rows.filter(urgency__lte=URGENT)
    rows = with_review_clock(rows)
    return rows.filter(Q(overdue=True)) if filters.overdue else rows
