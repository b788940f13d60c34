"""The objects of a growing stream: immutable files below the attempt's prefix, as renditions are."""

from fractions import Fraction
from pathlib import Path

from assets.growing import Span, header_path, segment_path
from assets.storage import get_store
from transcoding.growing.plan import GrowingRendition
from transcoding.growing.rows import MICRO, StoredSegment


def span_of(begin: Fraction, duration: Fraction) -> Span:
    """The same in microseconds; segments that touch still do."""
    first = round(begin * MICRO)
    return Span(begin=first, duration=round((begin + duration) * MICRO) - first)


def store_header(prefix: str, rendition: GrowingRendition, header: bytes, *, folder: Path) -> None:
    """``prefix``: the attempt's, ending in ``/``. ``folder``: where a file of passage may lie. The same header again is
    fine, another one ``ObjectExists``."""
    _put(f"{prefix}{header_path(rendition.name)}", header, rendition.media_type, folder)


def store_segment(
    prefix: str, rendition: GrowingRendition, span: Span, content: bytes, *, folder: Path
) -> StoredSegment:
    """Whole fragments of the rendition that last ``span``."""
    _put(f"{prefix}{segment_path(rendition.name, span.begin)}", content, rendition.media_type, folder)
    return StoredSegment(rendition=rendition.name, span=span)


def _put(key: str, content: bytes, media_type: str, folder: Path) -> None:
    passing = folder / key.replace("/", "_")
    passing.write_bytes(content)
    try:
        get_store().put_file(key, passing, media_type=media_type)
    finally:
        passing.unlink()
