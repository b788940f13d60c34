"""The rows of a growing stream. Each function is one short transaction that asks for the attempt token, so that a run
that lost it shows nothing. May be called by any worker that works for the attempt, in any order of segments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from assets.growing import Span, without_holes
from assets.models import AssetVersion, GrowingSegment, GrowingStream, ProcessingAttempt
from transcoding.attempts import Begun, Superseded
from transcoding.growing.plan import GrowingRendition

MICRO = 1_000_000


@dataclass(frozen=True, kw_only=True)
class StoredSegment:
    """A segment whose object is in the store, of the rendition of that name."""

    rendition: str
    span: Span


@transaction.atomic
def open_stream(begun: Begun, *, renditions: Sequence[GrowingRendition], duration: float) -> None:
    """The headers of all ``renditions`` (with their codecs) and a first segment of each are stored. ``duration``:
    seconds of the whole film. Again is fine. Raises :class:`Superseded`."""
    _hold_token(begun)
    GrowingStream.objects.get_or_create(
        attempt_id=begun.attempt,
        defaults={"renditions": [each.as_json() for each in renditions], "duration": duration},
    )


@transaction.atomic
def add_segments(begun: Begun, segments: Iterable[StoredSegment], *, ended: bool = False) -> None:
    """These are stored too; with ``ended`` they were the last. Again is fine. Raises :class:`Superseded`."""
    _hold_token(begun)
    stream = GrowingStream.objects.get(attempt=begun.attempt)
    GrowingSegment.objects.bulk_create(
        (
            GrowingSegment(
                stream=stream,
                rendition=each.rendition,
                begin=each.span.begin,
                duration=each.span.duration,
                header=each.span.header,
                digest=each.span.digest,
            )
            for each in segments
        ),
        ignore_conflicts=True,
    )
    stream.playable = playable_seconds(stream)
    stream.ended = stream.ended or ended
    stream.save(update_fields=["playable", "ended"])
    share = 100 * stream.playable / stream.duration if stream.duration else 0
    ProcessingAttempt.objects.filter(pk=begun.attempt).update(playable=min(100, int(share)))


@transaction.atomic
def keep_renditions(begun: Begun, names: Sequence[str]) -> None:
    """Only these go on; the others are shown no more. Nothing without a stream. Raises :class:`Superseded`."""
    _hold_token(begun)
    for stream in GrowingStream.objects.filter(attempt=begun.attempt):
        stream.renditions = [each for each in stream.renditions if each["name"] in names]
        stream.playable = playable_seconds(stream)
        stream.save(update_fields=["renditions", "playable"])


def spans_of(stream: GrowingStream, rendition: str) -> Sequence[Span]:
    """What can be played of a rendition, from the film's beginning on."""
    rows = stream.segments.filter(rendition=rendition).order_by("begin").values("begin", "duration", "header", "digest")
    return without_holes(Span(**row) for row in rows)


def playable_seconds(stream: GrowingStream) -> float:
    """Up to where every rendition can be played."""
    found = (spans_of(stream, each["name"]) for each in stream.renditions)
    return min((spans[-1].end / MICRO if spans else 0.0 for spans in found), default=0.0)


def _hold_token(begun: Begun) -> None:
    held = AssetVersion.objects.select_for_update(no_key=True).filter(pk=begun.version_id, attempt=begun.attempt)
    if held.values_list("pk").first() is None:
        raise Superseded
