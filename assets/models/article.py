"""What an article shows of the warehouse, and the figures behind an infographic."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models.asset import Asset
from assets.states import Language


class ArticleReference(models.Model):
    """One place of one text of an article that shows an asset; written with the text, so that it never disagrees."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    article = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="references")
    language = models.CharField(max_length=2, choices=Language)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="used_in")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ("article", "language", "position")
        indexes = (models.Index(fields=("asset", "-article"), name="reference_newest"),)
        constraints = (
            models.UniqueConstraint(fields=("article", "language", "position"), name="reference_place_once"),
            models.CheckConstraint(name="reference_not_to_itself", condition=~Q(article=models.F("asset"))),
        )

    def __str__(self) -> str:
        return f"{self.article_id} {self.language} {self.position}"


class DataTable(models.Model):
    """The data of an infographic: ``columns`` are headings, each of ``rows`` has as many texts. Bounds are in
    ``assets/tables.py``."""

    asset = models.OneToOneField(Asset, on_delete=models.CASCADE, primary_key=True, related_name="table")
    caption = models.CharField(max_length=300, blank=True)
    columns = models.JSONField(default=list)
    rows = models.JSONField(default=list)
    updated_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.asset_id} {self.caption}"
