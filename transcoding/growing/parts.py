"""A finished part of a film in chunks takes its place in the growing stream, whoever encoded it and in which order."""

from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

from assets.models import GrowingStream
from transcoding.attempts import Begun
from transcoding.ffmpeg.fragments import FragmentReader
from transcoding.growing.objects import span_of, store_header, store_segment
from transcoding.growing.plan import GrowingRendition
from transcoding.growing.rows import StoredSegment, add_segments
from transcoding.video.packaging import MEDIA


def grow_by(begun: Begun, hls: Path, *, folder: Path, stopping: Callable[[], bool] = lambda: False) -> None:
    """Store every fragment of those renditions below ``hls`` (``{name}/media.mp4``, at their times in the film) that
    grow, and note them. Nothing where the film's beginning is not shown.

    ``folder``: for files of passage; once ``stopping`` it is left at what there is. Again is fine. Raises as the store,
    and :class:`~transcoding.attempts.Superseded`.
    """
    stream = GrowingStream.objects.filter(attempt=begun.attempt).first()
    if stream is None:
        return
    renditions = [GrowingRendition.from_json(each) for each in stream.renditions]
    for rendition in renditions:
        path = hls / rendition.name / MEDIA
        if path.exists():
            segments = _segments(begun, rendition, path, folder=folder)
            add_segments(begun, list(takewhile(lambda _: not stopping(), segments)))


def _segments(begun: Begun, rendition: GrowingRendition, path: Path, *, folder: Path) -> Iterator[StoredSegment]:
    with path.open("rb") as file:
        reader = FragmentReader(file)
        fragments = reader.read()
        header = store_header(begun.prefix, rendition, reader.header, folder=folder)
        for fragment in fragments:
            file.seek(fragment.range.offset)
            span = span_of(fragment.begin, fragment.duration, header=header)
            yield store_segment(begun.prefix, rendition, span, file.read(fragment.range.length), folder=folder)
