"""Long films are encoded in chunks, by any number of workers; these rows say what is done and what is to do."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models.version import ProcessingAttempt


class ChunkedFilm(models.Model):
    """One attempt's film that is encoded in chunks. ``plan``: what was found in the file and what is made of it
    (``transcoding/chunks/film.py``). ``pictures``: how many chunks of its picture there will be.

    ``cut_at``: when the last of them was queued. ``joins``: how often its joining was begun and not ended. ``start`` on
    the clock of its queue and ``cost``, in seconds, from which its chunks have their places in line.
    """

    attempt = models.OneToOneField(
        ProcessingAttempt, on_delete=models.CASCADE, primary_key=True, related_name="chunked_film"
    )
    plan = models.JSONField()
    pictures = models.PositiveIntegerField()
    cut_at = models.DateTimeField(null=True)
    joins = models.PositiveSmallIntegerField(default=0)
    start = models.FloatField()
    cost = models.FloatField()
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.attempt_id} in {self.pictures} chunks"


class FilmChunk(models.Model):
    """A part of the work on a film: the pictures from ``first`` to before ``end`` (none: to its end), or its sound.

    ``number`` counts from 0. ``run`` is the token of the worker that began last
    and part of its objects' keys; only it may say that the chunk is done. ``starts`` counts runs that have not ended in
    good order. ``seek``, ``until``: seconds of the original between which its packets lie; ``sha256`` of the object
    that holds them. ``cpu_seconds``, ``wall_seconds`` are what ffmpeg took. ``finish``: its place in line, on the clock
    of its queue.
    """

    class Part(models.TextChoices):
        PICTURE = "picture"
        SOUND = "sound"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    film = models.ForeignKey(ChunkedFilm, on_delete=models.CASCADE, related_name="chunks")
    part = models.CharField(max_length=7, choices=Part, default=Part.PICTURE)
    number = models.PositiveIntegerField(default=0)
    first = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(null=True)
    seek = models.FloatField(default=0)
    until = models.FloatField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    run = models.UUIDField(null=True)
    starts = models.PositiveSmallIntegerField(default=0)
    finish = models.FloatField()
    worker = models.CharField(max_length=120, blank=True)
    facts = models.JSONField(default=dict)
    cpu_seconds = models.FloatField(null=True)
    wall_seconds = models.FloatField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("film", "part", "number")
        constraints = (
            models.UniqueConstraint(fields=("film", "part", "number"), name="one_chunk_per_number"),
            models.CheckConstraint(name="chunk_part_known", condition=Q(part__in=("picture", "sound"))),
            models.CheckConstraint(
                name="chunk_done_by_a_run", condition=Q(done_at__isnull=True) | Q(run__isnull=False)
            ),
            models.CheckConstraint(
                name="chunk_has_pictures", condition=Q(end__isnull=True) | Q(end__gt=models.F("first"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.film_id} {self.part} {self.number}"
