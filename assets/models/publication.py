"""Where an agency published a work, as it says itself."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models.asset import Asset
from assets.states import Medium
from permissions.actor import Actor
from permissions.models import Agency, ApiToken, User
from permissions.rows import below

LONGEST_ADDRESS = 2000


class PublicationQuerySet(models.QuerySet["Publication"]):
    def told_to(self, actor: Actor, *, sees_uses: bool) -> "PublicationQuerySet":
        """Of works that the actor sees: all for who may know of their uses, those of their own agencies for others."""
        return self if sees_uses else self.filter(below([grant.path for grant in actor.grants], "agency__path"))


class Publication(models.Model):
    """Reported by the agency that published the work; ``url`` is empty for what has no address (print, air).

    One address of one agency is kept once, as is one title of a day and medium without an address. The rows of a
    purged asset go with it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="publications")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    token = models.ForeignKey(ApiToken, on_delete=models.PROTECT, null=True, related_name="+")
    reported_at = models.DateTimeField(db_default=Now())
    medium = models.CharField(max_length=10, choices=Medium)
    url = models.CharField(max_length=LONGEST_ADDRESS, blank=True)
    site = models.CharField(max_length=253, blank=True)
    title = models.CharField(max_length=300, blank=True)
    published_on = models.DateField()
    note = models.TextField(max_length=1000, blank=True)

    objects: Any = PublicationQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(name="publication_of_asset", fields=("asset", "-id")),
            models.Index(name="publication_day", fields=("published_on",)),
        )
        constraints = (
            models.UniqueConstraint(
                name="publication_address_once", fields=("asset", "agency", "url"), condition=~Q(url="")
            ),
            models.UniqueConstraint(
                name="publication_title_once",
                fields=("asset", "agency", "medium", "published_on", "title"),
                condition=Q(url=""),
            ),
            models.CheckConstraint(name="publication_medium_known", condition=Q(medium__in=Medium.values)),
            models.CheckConstraint(name="publication_named", condition=~Q(url="") | ~Q(title="")),
            models.CheckConstraint(
                name="publication_date_sensible",
                condition=Q(published_on__gte="1900-01-01", published_on__lt="9000-01-01"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.asset_id} {self.agency_id} {self.url or self.title}"


class ToldOfChange(models.Model):
    """A letter of one job to one person that is not to be sent again: noted before it is handed over where it may be
    sent once at most, after it where it has to be sent once at least (``assets.publications.telling``)."""

    id = models.BigAutoField(primary_key=True)
    job = models.BigIntegerField()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=("job", "user"), name="told_of_change_once"),)

    def __str__(self) -> str:
        return f"{self.job} {self.user_id}"
