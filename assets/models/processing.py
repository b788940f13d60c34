"""What waits to be processed and how much work it is expected to be, how fast this installation is, and who works."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from assets.models.version import AssetVersion


class QueuedWork(models.Model):
    """A version that waits for its first run since it was queued. The run that begins it removes this row.

    ``cost``: the seconds that one slot is expected to take. ``start`` and ``finish``: its tags on the clock of its
    queue (``assets/fairness.py``), in seconds since 1970.
    """

    class Line(models.TextChoices):
        """An agency has one of each; only what is in the same line waits for its predecessors."""

        URGENT = "urgent"
        PICTURES = "pictures"
        SHORT = "short"
        LONG = "long"

    version = models.OneToOneField(AssetVersion, on_delete=models.CASCADE, primary_key=True, related_name="queued_work")
    queue = models.CharField(max_length=40)
    line = models.CharField(max_length=10, choices=Line)
    cost = models.FloatField()
    start = models.FloatField()
    finish = models.FloatField()
    queued_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="queued_work_tags", condition=Q(cost__gt=0, finish__gt=models.F("start"), start__gte=0)
            ),
        )
        indexes = (models.Index(fields=("queue", "line"), name="queued_work_line"),)

    def __str__(self) -> str:
        return f"{self.version_id} in {self.queue}, {self.cost:.0f} s"


class QueueClock(models.Model):
    """How far a queue has come: where the work that was begun last finishes, in seconds since 1970."""

    queue = models.CharField(max_length=40, primary_key=True)
    reading = models.FloatField()

    def __str__(self) -> str:
        return f"{self.queue} at {self.reading:.0f}"


class ProcessingSpeed(models.Model):
    """How long one slot of this installation takes, measured: a sliding mean over the last runs.

    ``seconds`` of work per second of film or sound (``by`` duration), or per megabyte of the original (``by`` size, for
    files that nobody has looked into yet; ``height`` 0). ``height``: of the largest rendition, in lines.
    """

    class By(models.TextChoices):
        DURATION = "duration"
        SIZE = "size"

    kind = models.CharField(max_length=12)
    by = models.CharField(max_length=8, choices=By)
    height = models.PositiveIntegerField(default=0)
    preset = models.CharField(max_length=20, blank=True)
    seconds = models.FloatField()
    runs = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("kind", "by", "height", "preset"), name="one_speed_per_kind_of_work"),
            models.CheckConstraint(name="speed_is_positive", condition=Q(seconds__gt=0, runs__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.height} {self.preset}: {self.seconds:.3f} s per unit ({self.by})"


class Worker(models.Model):
    """What a worker process says of itself when it starts.

    The row lives as long as the lease in ``procrastinate_workers`` (a foreign key of the database, which deletes with
    it). ``queues``: what it takes jobs of; null: all. ``abilities``: see ``transcoding/abilities.py``.
    """

    lease = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=120)
    queues = ArrayField(models.CharField(max_length=40), null=True)
    concurrency = models.PositiveSmallIntegerField()
    abilities = models.JSONField(default=dict)
    started_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name", "lease")

    def __str__(self) -> str:
        return self.name
