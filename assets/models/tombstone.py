"""What stays of an asset that was purged: that it was, and why it is no more."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from assets.states import Kind
from permissions.models import Agency, User
from permissions.vocabulary import AssetState, Audience


class Tombstone(models.Model):
    """``id`` was the asset's. ``digests`` are the SHA-256 of its originals, ``objects_removed`` and ``bytes_removed``
    what its rows named in the store. Nothing of its content is kept, and no reference is given twice.

    ``was_shown``: it had been published, so those whom ``audience`` (and the agencies in ``shared_with``) reached could
    have known of it (``assets/tombstones.py``).
    """

    id = models.UUIDField(primary_key=True, editable=False)
    reference = models.CharField(max_length=40, unique=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=20, choices=AssetState)
    audience = models.CharField(max_length=10, choices=Audience)
    shared_with = ArrayField(models.UUIDField(), default=list, blank=True)
    was_shown = models.BooleanField()
    digests = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    objects_removed = models.PositiveIntegerField()
    bytes_removed = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField()
    deleted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    deletion_reason = models.CharField(max_length=1000, blank=True)
    purged_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-id",)
        constraints = (models.CheckConstraint(name="tombstone_kind_known", condition=Q(kind__in=Kind.values)),)
        indexes = (models.Index(fields=("purged_at",), name="tombstone_newest"),)

    def __str__(self) -> str:
        return self.reference
