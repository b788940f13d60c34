"""Taking the record out of the house is an act like any other."""

from collections.abc import Mapping

from django.db import transaction

from permissions.actor import Actor
from permissions.audit import record
from permissions.audit_policy import may_read_record
from permissions.reasons import require


@transaction.atomic
def record_export(*, by: Actor, form: str, filters: Mapping[str, str]) -> None:
    """Record that somebody exports events, and which. Raises ``NotAllowed`` where the record is closed to them."""
    require(may_read_record(by))
    who = by.user_id or by.token_id
    if who is not None:
        record("audit.exported", by=by, target=who, agency_id=by.agency_id, format=form, filters=dict(filters))
