"""The record: is it sealed in time; and do its guards stand, and those of assets with their history."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from django.apps import apps
from django.db import DatabaseError, connection

from mediacenter.doctor.finding import Finding, ok, problem, warning
from permissions.models import AuditEvent, AuditPending, AuditSeal
from permissions.sealing import oldest_unsealed

LATE: Final = timedelta(minutes=1)
TOO_LATE: Final = timedelta(minutes=15)

GUARDS: Final = """
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = ANY(%s::regclass[]) AND NOT tgisinternal
"""


def findings() -> Iterator[Finding]:
    try:
        yield _sealed(oldest_unsealed())
        yield _guards(
            "record.guards", "The record refuses changes.", "permissions", (AuditEvent, AuditSeal, AuditPending)
        )
        guarded = tuple(model for model in apps.get_app_config("assets").get_models() if triggers_of(model))
        text = "Histories refuse changes, and states illegal transitions."
        yield _guards("history.guards", text, "assets", guarded)
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        yield problem("record", f"The record cannot be read: {reason}", "Run `mediacenter migrate`.")


def _sealed(age: timedelta | None) -> Finding:
    if age is None:
        return ok("record.sealed", "Every event is sealed.")
    text = f"The oldest unsealed event is {age.total_seconds():.0f} s old."
    if age <= LATE:
        return ok("record.sealed", text)
    tell = problem if age > TOO_LATE else warning
    return tell("record.sealed", text, "Start a `mediacenter worker`, or run `mediacenter audit seal`.")


def triggers_of(model: Any) -> tuple[Any, ...]:
    return tuple(getattr(model._meta, "triggers", ()))  # noqa: SLF001  pgtrigger documents it


def _guards(finding_id: str, well: str, app: str, models: tuple[Any, ...]) -> Finding:
    """Every trigger that the models ask for is there and fires."""
    wanted = {trigger.get_pgid(model) for model in models for trigger in triggers_of(model)}
    with connection.cursor() as cursor:
        cursor.execute(GUARDS, [[model._meta.db_table for model in models]])  # noqa: SLF001
        standing = {name for name, enabled in cursor.fetchall() if enabled in {"O", "A"}}
    missing = sorted(wanted - standing)
    if missing:
        advice = f"Find out who took them down; `mediacenter manage pgtrigger install {app}` puts them up again."
        return problem(finding_id, f"Guards are down: {', '.join(missing)}.", advice)
    return ok(finding_id, well)
