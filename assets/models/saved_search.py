"""Searches that somebody keeps, what is new in them, and the letters that told of it."""

from typing import Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models.asset import Asset
from assets.states import AlertRhythm
from permissions.models import ApiToken, User

LONGEST_NAME: Final = 100


class SavedSearch(models.Model):
    """Of a person, or of a token of an agency. ``asked`` are the parameters of ``GET assets`` as they were sent.

    ``place`` and ``fingerprint``: how far in the changes it was followed, and with which sight
    (``assets.changes.reading.Place``). ``feed_digest``: SHA-256 of the secret in its feed's address; empty without.
    ``language`` is that of its letters.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="saved_searches")
    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, null=True, related_name="saved_searches")
    name = models.CharField(max_length=LONGEST_NAME)
    asked = models.JSONField(default=dict)
    language = models.CharField(max_length=10, default="vi")
    alerts = models.CharField(max_length=10, choices=AlertRhythm, default=AlertRhythm.NEVER)
    feed_digest = models.CharField(max_length=64, blank=True, default="")
    place = models.BigIntegerField()
    fingerprint = models.BinaryField(max_length=8)
    written_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.CheckConstraint(name="saved_search_owner", condition=Q(user=None) ^ Q(token=None)),
            models.CheckConstraint(name="saved_search_alerts_known", condition=Q(alerts__in=AlertRhythm.values)),
            models.UniqueConstraint(
                fields=("user", "token", "name"), name="saved_search_named_once", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=("feed_digest",), name="saved_search_feed_once", condition=~Q(feed_digest="")
            ),
        )

    def __str__(self) -> str:
        return self.name


class AlertLetter(models.Model):
    """A letter to a person about what is new. ``claimed_at``: the moment before it was handed to the mail server, which
    happens once: one that was claimed is never sent again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class SearchHit(models.Model):
    """An asset that became visible to the owner of the search, once. ``fresh`` until the owner looked; ``letter``: the
    one that tells of it. Whether they see it now is asked each time."""

    id = models.BigAutoField(primary_key=True)
    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="hits")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now())
    fresh = models.BooleanField(default=True)
    letter = models.ForeignKey(AlertLetter, on_delete=models.SET_NULL, null=True, related_name="hits")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("search", "asset"), name="search_hit_once"),)

    def __str__(self) -> str:
        return f"{self.search_id} {self.asset_id}"
