"""What harvesters are told: one row for every work that the public ever saw, kept for ever."""

from django.db import models


class PublicRecord(models.Model):
    """``stamp``: when it changed last for the public, never lower than one that was given before; ``deleted``: the
    public does not see the work any more. ``agency_id`` owned it then. No foreign keys: a record outlives its work.
    """

    asset_id = models.UUIDField(primary_key=True)
    agency_id = models.UUIDField()
    stamp = models.DateTimeField()
    deleted = models.BooleanField(default=False)

    class Meta:
        indexes = (
            models.Index(fields=("stamp", "asset_id"), name="public_record_order"),
            models.Index(fields=("agency_id", "stamp", "asset_id"), name="public_record_of_agency"),
        )

    def __str__(self) -> str:
        return str(self.asset_id)


class SitemapPage(models.Model):
    """One page of the sitemap: it begins at the record ``first``. ``changed_at``: the latest stamp in it."""

    first = models.UUIDField(primary_key=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.first)
