"""A version has exactly one immutable original, the attempts to process it, and the renditions of the one that won."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models.asset import Asset
from assets.models.guards import transitions_guard
from assets.states import VERSION_TRANSITIONS, Colour, VersionState
from permissions.actor import Actor
from permissions.models import User
from permissions.rows import followed


class AssetVersionQuerySet(models.QuerySet["AssetVersion"]):
    def visible_to(self, actor: Actor) -> "AssetVersionQuerySet":
        """The versions of visible assets that the actor may know of: all for those who follow the work on the asset,
        for others what its present publication has shown."""
        known = Q(hidden=False) | followed(actor, "asset__agency__path")
        return self.filter(known, asset__in=Asset.objects.visible_to(actor))


class AssetVersion(models.Model):
    """``attempt`` is the token of the attempt that may publish its result; compared and swapped (threats, item 26).

    ``proposed``: came to take the place of another and never did. ``hidden``: was never there for others than the
    owner's people, at least not in the present publication.
    ``focus_x`` and ``focus_y``: the point of its picture that crops are made around, 0 to 1 from the left and the top
    of the upright picture, as an editor has set it; without it they are made around a guess (``facts``).
    ``colours``: what its picture is mostly of; None where nobody has looked.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=VersionState, default=VersionState.RECEIVED)
    original_key = models.CharField(max_length=200, unique=True)
    filename = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    announced_sha256 = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    media_type = models.CharField(max_length=100, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    duration = models.FloatField(null=True)
    facts = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    placeholder = models.CharField(max_length=120, blank=True)
    perceptual_hash = models.CharField(max_length=64, blank=True)
    colours = ArrayField(models.CharField(max_length=20, choices=Colour), null=True, blank=True)
    verified_at = models.DateTimeField(null=True)
    rejection_code = models.CharField(max_length=60, blank=True)
    rejection_message = models.TextField(blank=True)
    attempt = models.UUIDField(null=True)
    proposed = models.BooleanField(default=False, db_default=False)
    hidden = models.BooleanField(default=False, db_default=False)
    focus_x = models.FloatField(null=True)
    focus_y = models.FloatField(null=True)
    attempts_made = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = AssetVersionQuerySet.as_manager()

    class Meta:
        ordering = ("asset", "number")
        constraints = (
            models.UniqueConstraint(fields=("asset", "number"), name="version_number_once"),
            models.CheckConstraint(name="version_state_known", condition=Q(state__in=VersionState.values)),
            models.CheckConstraint(
                name="version_processed_is_verified",
                condition=~Q(state__in=(VersionState.PROCESSING, VersionState.READY))
                | (Q(verified_at__isnull=False) & ~Q(sha256="") & ~Q(media_type="")),
            ),
            models.CheckConstraint(
                name="version_focus_inside",
                condition=Q(focus_x__isnull=True, focus_y__isnull=True)
                | Q(focus_x__gte=0, focus_x__lte=1, focus_y__gte=0, focus_y__lte=1),
            ),
            models.CheckConstraint(
                name="version_colours_known", condition=Q(colours__contained_by=[colour.value for colour in Colour])
            ),
            models.CheckConstraint(name="version_proposed_is_hidden", condition=Q(proposed=False) | Q(hidden=True)),
            models.CheckConstraint(
                name="version_rejected_has_reason",
                condition=Q(state=VersionState.REJECTED, rejection_code__gt="")
                | (~Q(state=VersionState.REJECTED) & Q(rejection_code="")),
            ),
        )
        indexes = (
            models.Index(
                fields=("created_at",),
                name="version_unfinished",
                condition=Q(state__in=(VersionState.RECEIVED, VersionState.PROCESSING)),
            ),
        )
        triggers = (transitions_guard("version_state", VERSION_TRANSITIONS),)

    def __str__(self) -> str:
        return f"{self.asset_id} v{self.number}"

    @property
    def focus(self) -> tuple[float, float] | None:
        """The focal point that an editor has set."""
        return None if self.focus_x is None or self.focus_y is None else (self.focus_x, self.focus_y)


class ProcessingAttempt(models.Model):
    """One run of the processing of a version; its id is the attempt token and part of the renditions' keys.

    ``purpose``: all renditions, or of a version that is ready only the crops, or AV1 and Opus beside what there is.
    ``media_seconds`` and ``media_height``: what the run found its film or sound to be, once it had looked; the height
    of the largest rendition to come. ``playable``: how much of a film can be watched already, in percent.
    """

    class Purpose(models.TextChoices):
        RENDITIONS = "renditions"
        CROPS = "crops"
        AV1 = "av1"

    class State(models.TextChoices):
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        REJECTED = "rejected"
        FAILED = "failed"
        ABANDONED = "abandoned"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(AssetVersion, on_delete=models.CASCADE, related_name="attempts")
    purpose = models.CharField(
        max_length=12, choices=Purpose, default=Purpose.RENDITIONS, db_default=Purpose.RENDITIONS
    )
    state = models.CharField(max_length=12, choices=State, default=State.RUNNING)
    stage = models.CharField(max_length=30, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    playable = models.PositiveSmallIntegerField(default=0, db_default=0)
    code = models.CharField(max_length=60, blank=True)
    message = models.TextField(blank=True)
    worker = models.CharField(max_length=120, blank=True)
    media_seconds = models.FloatField(null=True)
    media_height = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-started_at", "-id")
        constraints = (
            models.CheckConstraint(name="progress_percent", condition=Q(progress__lte=100)),
            models.CheckConstraint(name="playable_percent", condition=Q(playable__lte=100)),
            models.CheckConstraint(
                name="attempt_ends_with_time",
                condition=Q(state="running", finished_at__isnull=True)
                | (~Q(state="running") & Q(finished_at__isnull=False)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.version_id} {self.state} {self.progress} %"


class Rendition(models.Model):
    """One object made from an original. ``profile`` names it in the API and ends its key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(AssetVersion, on_delete=models.PROTECT, related_name="renditions")
    attempt = models.UUIDField()
    profile = models.CharField(max_length=100)
    key = models.CharField(max_length=300, unique=True)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    duration = models.FloatField(null=True)
    bitrate = models.PositiveIntegerField(null=True)
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ("version", "profile")
        constraints = (models.UniqueConstraint(fields=("version", "profile"), name="one_rendition_per_profile"),)

    def __str__(self) -> str:
        return self.key


class ReplacedObject(models.Model):
    """An object whose rendition was replaced. It stays for a while, for those who hold its URL; the sweeper removes it
    and then this row (``transcoding/sweeping.py``)."""

    key = models.CharField(max_length=300, primary_key=True)
    replaced_at = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return self.key
