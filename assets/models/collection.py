"""An ordered set of assets: an album, a topic, an event."""

from django.db import models
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models.asset import Asset
from permissions.actor import Actor
from permissions.models import Agency, User
from permissions.rows import NOTHING, below
from permissions.vocabulary import Scope


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, actor: Actor) -> "CollectionQuerySet":
        """Collections are seen by the people of their agency; the assets in them keep their own audience."""
        if not actor.has_scope(Scope.READ):
            return self.filter(NOTHING)
        return self.filter(below([grant.path for grant in actor.grants], "agency__path"))


class Collection(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="collections")
    title = models.CharField(max_length=200)
    assets = models.ManyToManyField(Asset, through="CollectionItem", related_name="collections")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("agency", "title"), name="collection_title_once"),)

    def __str__(self) -> str:
        return self.title


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
