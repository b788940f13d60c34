"""How often a work was used, where and by whom: one row for each day, never for each view."""

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from assets.models.asset import Asset
from assets.states import UseKind
from permissions.models import Agency


class UseCount(models.Model):
    """Written by ``assets/uses/writing.py`` alone.

    ``site`` and ``page`` are the host and the path of the page that shows the work, as browsers name it; empty where
    they name none, or where a work was named on too many. ``agency`` used it: that of the token or the person, or the
    one that has registered the site. ``token_id`` is an ``ApiToken``, which may be gone. No person is named.
    The rows of a purged asset go with it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="use_counts")
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=UseKind)
    site = models.CharField(max_length=253, blank=True)
    page = models.CharField(max_length=200, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    token_id = models.UUIDField(null=True)
    uses = models.PositiveBigIntegerField()

    class Meta:
        indexes = (models.Index(name="use_count_day", fields=("day",)),)
        constraints = (
            models.UniqueConstraint(
                name="use_count_once",
                fields=("asset", "day", "kind", "site", "page", "agency", "token_id"),
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="use_count_kind_known", condition=Q(kind__in=UseKind.values)),
            models.CheckConstraint(name="use_count_of_some", condition=Q(uses__gte=1)),
        )

    def __str__(self) -> str:
        return f"{self.asset_id} {self.day} {self.kind}: {self.uses}"
