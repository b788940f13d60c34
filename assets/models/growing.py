"""What can be watched of a film while it is still being encoded: which renditions grow, and how far each has come."""

from django.db import models
from django.db.models.functions import Now

from assets.models.version import ProcessingAttempt


class GrowingStream(models.Model):
    """The stream that one attempt lets grow; it counts for as long as the attempt's token is its version's.

    ``renditions``: as :class:`transcoding.growing.plan.GrowingRendition` writes them. ``duration`` and ``playable`` in
    seconds: of the whole film, and from its beginning without a hole in any rendition. ``ended``: nothing will be
    added.
    """

    attempt = models.OneToOneField(
        ProcessingAttempt, on_delete=models.CASCADE, primary_key=True, related_name="growing"
    )
    renditions = models.JSONField()
    duration = models.FloatField()
    playable = models.FloatField(default=0.0)
    ended = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="growing_times_sensible", condition=models.Q(duration__gte=0.0, playable__gte=0.0)
            ),
        )

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.playable:.0f} of {self.duration:.0f} s"


class GrowingSegment(models.Model):
    """One stored segment of one rendition: ``begin`` and ``duration`` in microseconds of the film; ``header`` and
    ``digest`` as in :class:`assets.growing.Span`."""

    stream = models.ForeignKey(GrowingStream, on_delete=models.CASCADE, related_name="segments")
    rendition = models.CharField(max_length=40)
    begin = models.BigIntegerField()
    duration = models.PositiveIntegerField()
    header = models.CharField(max_length=12)
    digest = models.CharField(max_length=12)

    class Meta:
        ordering = ("stream", "rendition", "begin")
        constraints = (
            models.UniqueConstraint(fields=("stream", "rendition", "begin"), name="growing_segment_once"),
            models.CheckConstraint(name="growing_segment_in_film", condition=models.Q(begin__gte=0, duration__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.rendition} {self.begin}"
