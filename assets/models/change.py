"""The changes feed: what waits for its place, the entries in their order, and how far both are.

Triggers of the database write what waits (``assets/migrations/0020_changes.py``), in the transaction of the change.
``docs/decisions/0027`` says why.
"""

from typing import Final
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class ChangePending(models.Model):
    """An asset that a transaction changed, once for each; or, without an asset, an agency that moved in the tree.

    ``before``: what decided who saw the asset before the transaction; NULL when it was not there or in the trash. Of an
    agency ``before`` and ``after`` hold its path.
    """

    id = models.BigAutoField(primary_key=True)
    xid = models.BigIntegerField()
    asset_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("xid", "asset_id"), name="change_pending_once"),)

    def __str__(self) -> str:
        return f"pending {self.asset_id}"


class ChangeEntry(models.Model):
    """A change in its place. ``sequence`` has no gaps, and an entry is never seen before one with a lower number.

    ``before`` and ``after`` say who saw it (``assets.changes.facts``); NULL is nobody. Without an asset it is an agency
    that moved. No foreign keys: an entry outlives its asset.
    """

    sequence = models.BigIntegerField(primary_key=True)
    asset_id = models.UUIDField(null=True)
    reference = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    sealed_at = models.DateTimeField(db_default=Now())
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ("sequence",)
        indexes = (
            models.Index(fields=("asset_id", "-sequence"), name="change_of_asset"),
            models.Index(fields=("sealed_at",), name="change_sealed"),
        )

    def __str__(self) -> str:
        return f"{self.sequence} {self.asset_id}"


class ChangesState(models.Model):
    """One row. ``last``: the highest number given; ``floor``: the highest that was pruned; ``mark``: up to when the
    clock's own openings and closings have entries."""

    ONLY: Final = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    last = models.BigIntegerField(default=0, db_default=0)
    floor = models.BigIntegerField(default=0, db_default=0)
    mark = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.CheckConstraint(name="changes_state_once", condition=Q(id=1)),)

    def __str__(self) -> str:
        return f"{self.floor}..{self.last}"


class RenamedAgency(models.Model):
    """An agency whose new name is to be told with its works (``assets.changes.renaming``). A trigger writes it, in the
    transaction of the change; another change begins anew. ``after``: the works up to this one have been told of.
    No foreign key: it is a note for a job, and goes with the last work."""

    agency_id = models.UUIDField(primary_key=True)
    after = models.UUIDField(default=UUID(int=0))

    def __str__(self) -> str:
        return f"renamed {self.agency_id}"
