"""Who may read the record: as a predicate, and as a row filter that agrees with it."""

from django.db.models import Q

from permissions.actor import Actor
from permissions.policy import ALLOWED, Decision
from permissions.rows import EVERYTHING, NOTHING, below, owners_below
from permissions.vocabulary import PlatformRole, Reason, Role, Scope

READS_EVERYTHING = frozenset({PlatformRole.AUDITOR, PlatformRole.OPERATOR})


def may_read_record(actor: Actor) -> Decision:
    """Whether the actor may open the record at all: auditors, operators, and administrators of an agency."""
    if actor.is_anonymous:
        return Decision(Reason.NOT_SIGNED_IN)
    if not actor.has_scope(Scope.AUDIT):
        return Decision(Reason.SCOPE_MISSING)
    if actor.platform_role in READS_EVERYTHING or _administered(actor):
        return ALLOWED
    return Decision(Reason.ROLE_TOO_LOW)


def may_read_record_of(actor: Actor, path: str | None) -> Decision:
    """Whether the actor may read events about things of the agency with this path; None: of no agency. Of one that was
    merged the path is that of the agency that it went into, whose things they are now."""
    decision = may_read_record(actor)
    if not decision or actor.platform_role in READS_EVERYTHING:
        return decision
    covered = path is not None and any(path.startswith(top) for top in _administered(actor))
    return ALLOWED if covered else Decision(Reason.ROLE_TOO_LOW)


def visible_events(actor: Actor) -> Q:
    """The events that :func:`may_read_record_of` allows."""
    if not may_read_record(actor):
        return NOTHING
    if actor.platform_role in READS_EVERYTHING:
        return EVERYTHING
    return Q(agency__in=owners_below(_administered(actor)))


def agencies_read(actor: Actor) -> Q:
    """The agencies whose events :func:`may_read_record_of` allows."""
    if not may_read_record(actor):
        return NOTHING
    return EVERYTHING if actor.platform_role in READS_EVERYTHING else below(_administered(actor), "path")


def _administered(actor: Actor) -> list[str]:
    return [grant.path for grant in actor.grants if grant.role.includes(Role.AGENCY_ADMIN)]
