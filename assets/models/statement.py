"""What somebody said a download is for."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models.asset import Asset
from permissions.audit_models import append_only
from permissions.models import Agency, ApiToken, User

LONGEST_STATEMENT = 500
SHORTEST_STATEMENT = 3


class UsageStatement(models.Model):
    """Of one download: ``file`` is the profile, the track's file or the archive that was taken.

    ``agency`` is the one that the person or the program acts for, where it is one. Rows are never changed, which the
    database sees to; those of a purged asset go with it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="statements")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    token = models.ForeignKey(ApiToken, on_delete=models.PROTECT, null=True, related_name="+")
    stated_at = models.DateTimeField(db_default=Now())
    file = models.CharField(max_length=120)
    text = models.CharField(max_length=LONGEST_STATEMENT)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(name="statement_of_asset", fields=("asset", "-id")),
            models.Index(name="statement_moment", fields=("stated_at",)),
            models.Index(name="statement_of_person", fields=("user", "-id")),
        )
        constraints = (
            models.CheckConstraint(name="stated_in_words", condition=~Q(text="")),
            models.CheckConstraint(name="stated_by_somebody", condition=Q(user__isnull=False) | Q(token__isnull=False)),
        )
        triggers = tuple(append_only(keeps_rows=False))

    def __str__(self) -> str:
        return f"{self.asset_id} {self.text[:40]}"
