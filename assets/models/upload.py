"""A file on its way in. Asset and version ids are reserved at the start, so parts go straight to the final key."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models.guards import transitions_guard
from assets.states import UPLOAD_TRANSITIONS, Kind, Language, UploadState
from permissions.models import Agency, ApiToken, User


class Upload(models.Model):
    """``actor_key`` owns it: nobody else sees it. ``asset_id`` has a row once ``state`` is completed.

    A ``replacement`` brings that asset, which is there already, another original; ``reason`` says why.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    token = models.ForeignKey(ApiToken, on_delete=models.PROTECT, null=True, related_name="+")
    actor_key = models.CharField(max_length=60)
    asset_id = models.UUIDField(default=uuid7)
    version_id = models.UUIDField(default=uuid7, unique=True)
    key = models.CharField(max_length=200, unique=True)
    store_upload_id = models.TextField()
    filename = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    part_size = models.PositiveBigIntegerField()
    part_checksums = models.BooleanField()
    sha256 = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=12, choices=Kind)
    media_type = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=2, choices=Language, default=Language.VI)
    album = models.CharField(max_length=200, blank=True)
    replacement = models.BooleanField(default=False, db_default=False)
    reason = models.TextField(max_length=2000, blank=True, db_default="")
    allow_duplicate = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=UploadState, default=UploadState.OPEN)
    idempotency_key = models.CharField(max_length=200, null=True)  # noqa: DJ001  NULL is "none given" and not unique
    request_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("actor_key", "idempotency_key"), name="idempotency_key_once"),
            models.UniqueConstraint(
                fields=("asset_id",), name="one_upload_makes_an_asset", condition=Q(replacement=False)
            ),
            models.CheckConstraint(name="upload_state_known", condition=Q(state__in=UploadState.values)),
            models.CheckConstraint(name="upload_not_empty", condition=Q(size__gt=0, part_size__gt=0)),
            models.CheckConstraint(
                name="upload_ends_with_time",
                condition=Q(state=UploadState.OPEN, finished_at__isnull=True)
                | (~Q(state=UploadState.OPEN) & Q(finished_at__isnull=False)),
            ),
        )
        indexes = (
            models.Index(fields=("expires_at",), name="upload_open_expiry", condition=Q(state=UploadState.OPEN)),
            models.Index(fields=("actor_key", "-id"), name="upload_by_actor"),
        )
        triggers = (transitions_guard("upload_state", UPLOAD_TRANSITIONS),)

    def __str__(self) -> str:
        return f"{self.filename} ({self.state})"

    @property
    def part_count(self) -> int:
        return -(-self.size // self.part_size)

    def size_of_part(self, number: int) -> int:
        """Bytes of part ``number`` (from 1): all but the last have ``part_size``."""
        return min(self.part_size, self.size - (number - 1) * self.part_size)
