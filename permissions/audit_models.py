"""The record: events, the chain of seals over them, and the list of those that wait for their seal.

The database itself writes the digests and the waiting list, and refuses changes (``docs/decisions/0010``). The triggers
call functions of the migration instead of django-pgtrigger's own, which a session could switch off by
``pgtrigger.ignore``.
"""

import hashlib
from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Now
from uuid_utils.compat import uuid7


class RecordTrigger(pgtrigger.Trigger):
    """A trigger that runs a function made by the migration, so that no session setting can switch it off."""

    func = "RAISE EXCEPTION 'never called';"

    def __init__(self, *, runs: str, **options: Any) -> None:
        self.runs = runs
        super().__init__(**options)

    def render_execute(self, model: Any) -> str:  # noqa: ARG002 - django-pgtrigger passes it
        return f"{self.runs}()"


def append_only(*, keeps_rows: bool = True) -> list[pgtrigger.Trigger]:
    """Refuse UPDATE, TRUNCATE and, where rows are to be kept, DELETE."""
    changes = pgtrigger.Update | pgtrigger.Delete if keeps_rows else pgtrigger.Update
    return [
        RecordTrigger(name="append_only", when=pgtrigger.Before, operation=changes, runs="audit_refuse"),
        RecordTrigger(
            name="no_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            runs="audit_refuse",
        ),
    ]


class AuditEventQuerySet(QuerySet["AuditEvent"]):
    """Every reader other than a use case begins with :meth:`visible_to`."""

    def visible_to(self, actor: Any) -> "AuditEventQuerySet":
        """The events that the actor may read; ``permissions/audit_policy.py`` has the rule."""
        from permissions.audit_policy import visible_events

        return self.filter(visible_events(actor))


class AuditEvent(models.Model):
    """One act, written in the transaction of the act.

    ``user`` acted, by ``token`` if it is set. A token of an agency acts ``on_behalf_of`` the agency, and ``answerable``
    made it. ``agency`` owns the ``target``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(db_default=Now())
    act = models.CharField(max_length=60)
    user = models.ForeignKey("permissions.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    token = models.ForeignKey("permissions.ApiToken", on_delete=models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.ForeignKey(
        "permissions.Agency", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    answerable = models.ForeignKey(
        "permissions.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    agency = models.ForeignKey(
        "permissions.Agency", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    target = models.UUIDField()
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True, db_default=Value(""))
    request_id = models.CharField(max_length=64, blank=True, db_default=Value(""))
    data = models.JSONField(default=dict)
    digests = models.BinaryField(max_length=128, editable=False, db_default=Value(b""))
    """SHA-256 of each group of columns (``permissions/audit_digests.py``), written by the database."""

    objects: ClassVar[AuditEventQuerySet] = AuditEventQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        app_label = "permissions"
        ordering = ("-at", "-id")
        indexes = (
            models.Index(fields=("target", "-at"), name="audit_target"),
            models.Index(fields=("agency", "-id"), name="audit_agency"),
            models.Index(fields=("user", "-id"), name="audit_user"),
            models.Index(fields=("answerable", "-id"), name="audit_answerable", condition=Q(answerable__isnull=False)),
            models.Index(fields=("act", "id"), name="audit_act", opclasses=("varchar_pattern_ops", "uuid_ops")),
            models.Index(fields=("at",), name="audit_at"),
        )
        triggers = (
            *append_only(),
            RecordTrigger(
                name="digests", when=pgtrigger.Before, operation=pgtrigger.Insert, runs="audit_event_written"
            ),
            RecordTrigger(name="waits", when=pgtrigger.After, operation=pgtrigger.Insert, runs="audit_event_waits"),
        )

    def __str__(self) -> str:
        return f"{self.act} {self.target}"

    @property
    def hash(self) -> str:
        """What the chain holds of this event: SHA-256 of its digests, in hexadecimal."""
        return hashlib.sha256(bytes(self.digests)).hexdigest()


class AuditSeal(models.Model):
    """A link of the chain: ``hash`` covers the other columns, and ``previous`` is the hash of the link before.

    One for each event, in an order that is fixed by it. ``event_id`` is no foreign key: a seal outlives what it seals.
    """

    sequence = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    event_hash = models.BinaryField(max_length=32)
    previous = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        app_label = "permissions"
        ordering = ("sequence",)
        triggers = tuple(append_only())

    def __str__(self) -> str:
        return f"seal {self.sequence}"


class AuditPending(models.Model):
    """An event that waits for its seal. The database adds it with the event, and lets it go once that is sealed."""

    event_id = models.UUIDField(primary_key=True)

    class Meta:
        app_label = "permissions"
        triggers = (
            *append_only(keeps_rows=False),
            RecordTrigger(
                name="sealed_first", when=pgtrigger.Before, operation=pgtrigger.Delete, runs="audit_sealed_first"
            ),
        )

    def __str__(self) -> str:
        return f"unsealed {self.event_id}"
