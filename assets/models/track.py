"""What belongs to the time of a video or a recording: captions, subtitles, chapters."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models.asset import Asset
from assets.models.version import AssetVersion
from assets.states import Language, TrackKind, TrackState


class CueSheet(models.Model):
    """The cues of a track as they were at some time, never changed: what ``assets/captions/cues.py`` makes of them.

    Tracks and the history name it by its digest, so that each wording is stored once and can be shown again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    cues = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=("asset", "digest"), name="sheet_stored_once"),)
        triggers = (pgtrigger.Protect(name="sheet_stays_as_written", operation=pgtrigger.Update),)

    def __str__(self) -> str:
        return f"{self.asset_id} {self.digest[:12]}"


class TextTrack(models.Model):
    """One kind of text in one language. ``revision`` counts changes and is the ETag.

    ``made_for`` is the file that was current when the times were last written: with another one they may be off.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="tracks")
    kind = models.CharField(max_length=10, choices=TrackKind)
    language = models.CharField(max_length=2, choices=Language)
    label = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=TrackState, default=TrackState.PUBLISHED)
    sheet = models.ForeignKey(CueSheet, on_delete=models.RESTRICT, related_name="+")
    cue_count = models.PositiveIntegerField()
    made_for = models.ForeignKey(AssetVersion, on_delete=models.SET_NULL, null=True, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("kind", "language")
        constraints = (
            models.UniqueConstraint(fields=("asset", "kind", "language"), name="one_track_per_kind_and_language"),
            models.CheckConstraint(name="track_kind_known", condition=Q(kind__in=TrackKind.values)),
            models.CheckConstraint(name="track_language_known", condition=Q(language__in=Language.values)),
            models.CheckConstraint(name="track_state_known", condition=Q(state__in=TrackState.values)),
        )

    def __str__(self) -> str:
        return f"{self.asset_id} {self.kind} {self.language}"

    @property
    def name(self) -> str:
        """What menus call it: its label, or the language in itself."""
        return self.label or OWN_NAMES[Language(self.language)]


OWN_NAMES = {Language.VI: "Tiếng Việt", Language.EN: "English", Language.ZH: "中文"}
"""Of the languages in themselves, since those who look for theirs may read no other."""
