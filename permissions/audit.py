"""Writes the record. Called by use cases inside the transaction of the act."""

from typing import Any
from uuid import UUID

from permissions.actor import Actor
from permissions.models import AuditEvent
from permissions.origin import current_origin

SYSTEM = Actor()


def record(act: str, *, by: Actor | None, target: UUID, agency_id: UUID | None = None, **data: Any) -> AuditEvent:
    """Add one event. ``act`` is ``thing.verb`` in the past tense; ``by`` None is the system itself.

    ``agency_id`` owns the target and decides which administrators may read the event. ``data`` is what the act was
    about, with ``before`` where something took the place of something. Where the actor is comes from the request.
    """
    actor, origin = by or SYSTEM, current_origin()
    return AuditEvent.objects.create(
        act=act,
        user_id=actor.user_id,
        token_id=actor.token_id,
        on_behalf_of_id=actor.agency_id,
        answerable_id=actor.answerable_id,
        agency_id=agency_id,
        target=target,
        address=origin.address,
        user_agent=origin.user_agent,
        request_id=origin.request_id,
        data=data,
    )
