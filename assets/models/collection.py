"""An ordered set of assets: an album, a topic, an event."""

from collections.abc import Collection as Strings

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models.asset import Asset
from assets.states import CollectionKind
from permissions.actor import Actor
from permissions.collections import visible_collections
from permissions.models import Agency, User
from permissions.moments import within
from permissions.rows import below
from permissions.vocabulary import Audience


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, actor: Actor) -> "CollectionQuerySet":
        """Collections that the actor may know of. The assets in them keep their own audience: ask
        ``Asset.objects.visible_to`` for those."""
        return self.filter(visible_collections(actor, shared_below=_shared_below))

    def with_policy_facts(self) -> "CollectionQuerySet":
        """Everything that ``permissions.collections`` asks of the rows."""
        return self.select_related("agency").prefetch_related("shares__agency")


def _shared_below(paths: list[str]) -> Q:
    return Q(Exists(CollectionShare.objects.filter(below(paths, "agency__path"), collection=OuterRef("pk"))))


class Collection(models.Model):
    """``revision`` counts changes of the collection and of its order. Dates and place are an event's."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="collections")
    title = models.CharField(max_length=200)
    kind = models.CharField(
        max_length=10, choices=CollectionKind, default=CollectionKind.ALBUM, db_default=CollectionKind.ALBUM
    )
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.AGENCY, db_default=Audience.AGENCY)
    description_vi = models.TextField(max_length=5000, blank=True, default="", db_default="")
    description_en = models.TextField(max_length=5000, blank=True, default="", db_default="")
    description_zh = models.TextField(max_length=5000, blank=True, default="", db_default="")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    place = models.CharField(max_length=250, blank=True, default="", db_default="")
    revision = models.PositiveIntegerField(default=1, db_default=1)
    assets = models.ManyToManyField(Asset, through="CollectionItem", related_name="collections")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("agency", "title"), name="collection_title_once"),
            models.CheckConstraint(name="collection_kind_known", condition=Q(kind__in=CollectionKind.values)),
            models.CheckConstraint(name="collection_audience_known", condition=Q(audience__in=Audience.values)),
            models.CheckConstraint(
                name="collection_ends_after_start",
                condition=Q(ends_at__isnull=True) | Q(starts_at__isnull=False, ends_at__gte=models.F("starts_at")),
            ),
            models.CheckConstraint(name="collection_dates_sensible", condition=within("starts_at", "ends_at")),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def agency_path(self) -> str:
        return self.agency.path

    @property
    def shared_paths(self) -> Strings[str]:
        return [share.agency.path for share in self.shares.all()]

    def description_in(self, language: str) -> str:
        """The description in ``vi``, ``en`` or ``zh…``, or the Vietnamese one where there is none."""
        found = {"en": self.description_en, "zh": self.description_zh}
        return found.get(language[:2]) or self.description_vi


class CollectionShare(models.Model):
    """One named agency of a ``shared`` collection."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="shares")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("collection", "agency"), name="collection_shared_once"),)

    def __str__(self) -> str:
        return f"{self.collection} → {self.agency}"


class CollectionItem(models.Model):
    id = models.BigAutoField(primary_key=True)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ("position", "id")
        constraints = (models.UniqueConstraint(fields=("collection", "asset"), name="in_collection_once"),)

    def __str__(self) -> str:
        return f"{self.collection_id} {self.position}"
