"""What people talk about: a photo, an infographic, a video, an audio recording or an article."""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce, Now
from uuid_utils.compat import uuid7

from assets.models.guards import review_steps_at, transitions_guard
from assets.states import ASSET_TRANSITIONS, Kind, Language, TextState, VersionState
from permissions.actor import Actor
from permissions.models import Agency, User
from permissions.moments import within
from permissions.policy import DELETABLE
from permissions.rows import agencies_below, trashed_assets, visible_assets
from permissions.vocabulary import AssetState, Audience

if TYPE_CHECKING:
    from assets.models.version import AssetVersion


class AssetQuerySet(models.QuerySet["Asset"]):
    def visible_to(self, actor: Actor, *, states: AbstractSet[AssetState] = frozenset(AssetState)) -> "AssetQuerySet":
        """The one row filter: the assets that the policy lets this actor see now, by the database's clock.

        With ``states``, those in one of them: what nobody sees in these states is not even searched for.
        """
        return self.filter(visible_assets(actor, shared_below=_shared_below, states=states))

    def trashed_for(self, actor: Actor) -> "AssetQuerySet":
        """What this actor finds in the trash."""
        return self.filter(trashed_assets(actor))

    def with_policy_facts(self) -> "AssetQuerySet":
        """Everything ``policy.can`` asks of the rows: the database's time as ``database_now``, the agency's policy as
        ``review_steps``."""
        facts = {"database_now": Now(), "review_steps": review_steps_at("agency__path")}
        rows = self.select_related("agency", "current_version", "licence_terms").prefetch_related("shares__agency")
        return rows.annotate(**facts)


def _shared_below(paths: Sequence[str]) -> Q:
    return Q(Exists(AssetShare.objects.filter(agencies_below(paths), asset=OuterRef("pk"))))


class Asset(models.Model):
    """``revision`` counts changes and is the ETag; ``search_text`` the folded text that the release
    before searches by (``SearchEntry`` is what this one asks).

    ``makers`` are all who made or changed the present content, ``approved_by`` who approved it as it is now: nobody is
    in both, and the database holds that too.
    ``corrected_at``: when what is published was last corrected since its publication.
    ``withdrawn_at``: when it was last withdrawn; what an embargo kept until then was never shown.
    ``people`` are the names of those whom it shows (``assets/people.py``).
    ``licence`` is what people wrote, ``licence_terms`` the licence that it names, if it names a known one.
    With ``deleted_at`` it lies in the trash, and with ``purging_at`` it is decided that it goes for good: its objects
    may be gone already. ``held_at`` is a legal hold.
    ``has_release`` and ``consent_ends`` sum up the releases (``assets/consent.py``), so that the row filter stays one
    condition on one row.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=40, unique=True, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="assets")
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=20, choices=AssetState, default=AssetState.DRAFT)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.AGENCY)
    embargo_until = models.DateTimeField(null=True, blank=True)
    rights_end = models.DateTimeField(null=True, blank=True)
    original_language = models.CharField(max_length=2, choices=Language, default=Language.VI)
    urgency = models.PositiveSmallIntegerField(default=5)
    credit_line = models.CharField(max_length=250, blank=True)
    author = models.CharField(max_length=250, blank=True)
    source = models.CharField(max_length=250, blank=True)
    licence = models.CharField(max_length=120, blank=True)
    licence_terms = models.ForeignKey(
        "assets.Licence", on_delete=models.PROTECT, null=True, blank=True, related_name="assets"
    )
    territories = ArrayField(models.CharField(max_length=2), default=list, db_default=[], blank=True)
    release_required = models.BooleanField(default=False, db_default=False)
    has_release = models.BooleanField(default=False, db_default=False, editable=False)
    consent_ends = models.DateTimeField(null=True, blank=True, editable=False)
    keywords = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    people = ArrayField(models.CharField(max_length=120), default=list, db_default=[], blank=True)
    place = models.CharField(max_length=250, blank=True)
    event_date = models.DateTimeField(null=True, blank=True)
    current_version = models.OneToOneField(
        "assets.AssetVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    duplicate_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    search_text = models.TextField(blank=True, editable=False)
    revision = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    corrected_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    makers = ArrayField(models.UUIDField(), db_default=[], default=list, blank=True, editable=False)
    approved_by = ArrayField(models.UUIDField(), db_default=[], default=list, blank=True, editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True)
    assignee = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    scheduled_for = models.DateTimeField(null=True, blank=True)
    scheduled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    deletion_reason = models.CharField(max_length=1000, blank=True, default="", db_default="")
    purging_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    held_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    hold_reason = models.CharField(max_length=1000, blank=True, default="", db_default="")
    held_by_platform = models.BooleanField(default=False, db_default=False)

    objects = AssetQuerySet.as_manager()
    database_now: datetime
    review_steps: int
    """Both set by ``with_policy_facts``."""
    review_due: datetime | None
    overdue: bool
    """Both set by ``assets.reviews.with_review_clock``."""

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(name="asset_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(name="asset_state_known", condition=Q(state__in=AssetState.values)),
            models.CheckConstraint(name="asset_audience_known", condition=Q(audience__in=Audience.values)),
            models.CheckConstraint(name="asset_urgency_iptc", condition=Q(urgency__gte=1, urgency__lte=8)),
            models.CheckConstraint(name="asset_four_eyes", condition=~Q(approved_by__overlap=models.F("makers"))),
            models.CheckConstraint(
                name="asset_published_has_time",
                condition=~Q(state=AssetState.PUBLISHED) | Q(published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="asset_published_has_file",
                condition=~Q(state=AssetState.PUBLISHED) | Q(kind=Kind.ARTICLE) | Q(current_version__isnull=False),
            ),
            models.CheckConstraint(
                name="asset_in_trash_is_not_shown",
                condition=Q(deleted_at__isnull=True) | Q(state__in=sorted(DELETABLE)),
            ),
            models.CheckConstraint(
                name="asset_purged_from_trash", condition=Q(purging_at__isnull=True) | Q(deleted_at__isnull=False)
            ),
            models.CheckConstraint(
                name="asset_held_is_not_purged", condition=Q(purging_at__isnull=True) | Q(held_at__isnull=True)
            ),
            models.CheckConstraint(
                name="asset_held_with_reason", condition=Q(held_at__isnull=True) | ~Q(hold_reason="")
            ),
            models.CheckConstraint(
                name="asset_dates_sensible",
                condition=within("embargo_until", "rights_end", "event_date", "due_at", "scheduled_for"),
            ),
        )
        indexes = (
            models.Index(fields=("agency", "-id"), name="asset_agency_newest"),
            models.Index(fields=("agency", "state", "-id"), name="asset_agency_state_newest"),
            models.Index(fields=("agency", "kind", "-id"), name="asset_agency_kind_newest"),
            models.Index(fields=("kind", "-id"), name="asset_kind_newest"),
            models.Index(fields=("state", "audience", "-id"), name="asset_state_newest"),
            GinIndex(fields=("search_text",), name="asset_search_trgm", opclasses=("gin_trgm_ops",)),
            models.Index(fields=("scheduled_for",), name="asset_scheduled", condition=Q(state=AssetState.SCHEDULED)),
            models.Index(
                fields=("embargo_until",), name="asset_embargo_turns", condition=Q(embargo_until__isnull=False)
            ),
            models.Index(fields=("rights_end",), name="asset_rights_turn", condition=Q(rights_end__isnull=False)),
            models.Index(fields=("consent_ends",), name="asset_consent_turns", condition=Q(consent_ends__isnull=False)),
            models.Index(Coalesce("event_date", "created_at").desc(), models.F("id").desc(), name="asset_taken"),
            models.Index(fields=("deleted_at",), name="asset_trash", condition=Q(deleted_at__isnull=False)),
        )
        triggers = (transitions_guard("asset_state", ASSET_TRANSITIONS),)

    def __str__(self) -> str:
        return self.reference

    @property
    def agency_path(self) -> str:
        return self.agency.path

    @property
    def shared_paths(self) -> Collection[str]:
        return [share.agency.path for share in self.shares.all()]

    @property
    def made_by(self) -> Collection[UUID]:
        """Everybody whose work this is."""
        return {*self.makers, self.created_by_id} if self.created_by_id else set(self.makers)

    @property
    def in_trash(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_purging(self) -> bool:
        return self.purging_at is not None

    @property
    def is_held(self) -> bool:
        return self.held_at is not None

    @property
    def is_rejected(self) -> bool:
        version: AssetVersion | None = self.current_version
        return version is not None and version.state == VersionState.REJECTED

    @property
    def is_verified(self) -> bool:
        version: AssetVersion | None = self.current_version
        return self.kind == Kind.ARTICLE or (version is not None and version.verified_at is not None)

    @property
    def is_processed(self) -> bool:
        version: AssetVersion | None = self.current_version
        return self.kind == Kind.ARTICLE or (version is not None and version.state == VersionState.READY)


class AssetText(models.Model):
    """The words of an asset in one language. ``body`` is sanitised HTML (articles, long text alternatives).

    Of an article ``title`` is the headline and ``caption`` the lead.

    ``revision`` counts changes of these words; ``source_revision`` is that of the original a translation was made from.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=2, choices=Language)
    title = models.CharField(max_length=300, blank=True)
    caption = models.TextField(max_length=5000, blank=True)
    alt_text = models.TextField(max_length=2000, blank=True)
    body = models.TextField(max_length=500_000, blank=True)
    state = models.CharField(
        max_length=12, choices=TextState, default=TextState.ORIGINAL, db_default=TextState.ORIGINAL
    )
    revision = models.PositiveIntegerField(default=1, db_default=1)
    source_revision = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ("language",)
        constraints = (
            models.UniqueConstraint(fields=("asset", "language"), name="one_text_per_language"),
            models.CheckConstraint(name="text_language_known", condition=Q(language__in=Language.values)),
            models.CheckConstraint(name="text_state_known", condition=Q(state__in=TextState.values)),
        )

    def __str__(self) -> str:
        return self.title


class AssetShare(models.Model):
    """One named agency of a ``shared`` audience."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="shares")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("asset", "agency"), name="shared_once"),)
        indexes = (models.Index(fields=("agency", "-asset"), name="share_newest"),)

    def __str__(self) -> str:
        return f"{self.asset} → {self.agency}"


class ReferenceCounter(models.Model):
    """The last number given for an agency code, day and kind; see ``assets/references.py``."""

    id = models.BigAutoField(primary_key=True)
    series = models.CharField(max_length=30, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series}{self.last}"
