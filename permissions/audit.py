"""Writes the record. Called by use cases inside the transaction of the act."""

from typing import Any
from uuid import UUID

from permissions.actor import Actor
from permissions.models import AuditEvent


def record(act: str, *, by: Actor | None, target: UUID, agency_id: UUID | None = None, **data: Any) -> AuditEvent:
    """Add one event. ``act`` is ``thing.verb`` in the past tense; ``by`` None is the system itself."""
    return AuditEvent.objects.create(
        act=act,
        user_id=by.user_id if by else None,
        token_id=by.token_id if by else None,
        agency_id=agency_id,
        target=target,
        data=data,
    )
