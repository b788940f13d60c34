"""Pictures in the sizes that somebody asked for: a cache, of which every row and object may go at any time."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models.version import AssetVersion
from assets.states import Fit, PictureFormat


class OnDemandPicture(models.Model):
    """One object made from a version because it was asked for. Written by ``assets/on_demand`` alone.

    ``recipe`` says what else it was made by: the focal point of a cut, the words written into it. Without ``ready_at``
    it is being made, or was never finished; ``size`` in bytes. ``used_at`` lags by ``assets.on_demand.cache.LAG``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(AssetVersion, on_delete=models.CASCADE, related_name="on_demand")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    fit = models.CharField(max_length=10, choices=Fit)
    format = models.CharField(max_length=10, choices=PictureFormat)
    recipe = models.CharField(max_length=32)
    key = models.CharField(max_length=300, unique=True)
    size = models.PositiveBigIntegerField(default=0)
    begun_at = models.DateTimeField(db_default=Now())
    ready_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = (models.Index(name="on_demand_by_use", fields=("used_at",)),)
        constraints = (
            models.UniqueConstraint(
                name="on_demand_once", fields=("version", "width", "height", "fit", "format", "recipe")
            ),
            models.CheckConstraint(name="on_demand_fit_known", condition=Q(fit__in=Fit.values)),
            models.CheckConstraint(name="on_demand_format_known", condition=Q(format__in=PictureFormat.values)),
            models.CheckConstraint(name="on_demand_has_pixels", condition=Q(width__gte=1, height__gte=1)),
            models.CheckConstraint(name="on_demand_ready_has_bytes", condition=Q(ready_at=None) | Q(size__gte=1)),
        )

    def __str__(self) -> str:
        return self.key
