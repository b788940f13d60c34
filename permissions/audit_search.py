"""Finding events: the same filters for the API, the page and the command."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from permissions.audit_models import AuditEventQuerySet
from permissions.models import Agency, AuditEvent, AuditSeal
from permissions.rows import owners_below


@dataclass(frozen=True, kw_only=True)
class EventFilters:
    """None is any. ``act_prefix`` takes in all acts that begin with it; ``agency`` its whole subtree, with what was
    merged into it; ``user`` also what a token did that the person answers for. ``since`` is included, ``until`` is not.
    """

    act: str | None = None
    act_prefix: str | None = None
    target: UUID | None = None
    agency: Agency | None = None
    user: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def condition(self) -> Q:
        exact = {
            "act": self.act,
            "act__startswith": self.act_prefix,
            "target": self.target,
            "at__gte": self.since,
            "at__lt": self.until,
        }
        condition = Q(**{name: value for name, value in exact.items() if value is not None})
        if self.agency is not None:
            condition &= self._of(self.agency)
        if self.user is not None:
            condition &= Q(user=self.user) | Q(answerable=self.user)
        return condition

    @staticmethod
    def _of(agency: Agency) -> Q:
        if agency.merged_into_id is not None:
            return Q(agency=agency.pk)
        return Q(agency__in=owners_below([agency.path]))


def with_names(events: AuditEventQuerySet) -> AuditEventQuerySet:
    """With everybody's names, and ``seal_sequence``: the number of the event's seal, None while it waits for one."""
    seals = AuditSeal.objects.filter(event_id=OuterRef("pk")).order_by().values("sequence")
    named = events.select_related("user", "token", "on_behalf_of", "answerable", "agency")
    return named.annotate(seal_sequence=Subquery(seals))


def all_events() -> AuditEventQuerySet:
    """For the command only, whose user has the database anyway."""
    return AuditEvent.objects.all()
