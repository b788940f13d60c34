"""How often the streams of a version were asked for, as far as the application sees it."""

from django.db import models
from django.db.models.functions import Now

from assets.models.version import AssetVersion


class Watching(models.Model):
    """``views`` counts what reached the application: caches in front answer most of the public's requests.

    Written by ``assets/watching.py`` alone, in few statements whatever the traffic.
    """

    version = models.OneToOneField(AssetVersion, on_delete=models.CASCADE, primary_key=True, related_name="watching")
    views = models.PositiveBigIntegerField(default=0, db_default=0)
    last_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.version_id}: {self.views}"
