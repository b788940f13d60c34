"""The objects of a growing stream: immutable files below the attempt's prefix, as renditions are."""

import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from assets.growing import Span, header_path, segment_path
from assets.storage import get_store
from transcoding.growing.plan import GrowingRendition
from transcoding.growing.rows import MICRO, StoredSegment


def span_of(begin: Fraction, duration: Fraction, *, header: str) -> Span:
    """The same in microseconds; segments that touch still do."""
    first = round(begin * MICRO)
    return Span(begin=first, duration=round((begin + duration) * MICRO) - first, header=header)


def store_header(prefix: str, rendition: GrowingRendition, header: bytes, *, folder: Path) -> str:
    """``prefix``: the attempt's, ending in ``/``. ``folder``: where a file of passage may lie. The answer is the name
    that spans have it by: the same for the same header, which may be stored again."""
    name = _digest(header)
    _put(f"{prefix}{header_path(rendition.name, name)}", header, rendition.media_type, folder)
    return name


def store_segment(
    prefix: str, rendition: GrowingRendition, span: Span, content: bytes, *, folder: Path
) -> StoredSegment:
    """Whole fragments of the rendition that last ``span``."""
    named = replace(span, digest=_digest(content))
    _put(f"{prefix}{segment_path(rendition.name, named)}", content, rendition.media_type, folder)
    return StoredSegment(rendition=rendition.name, span=named)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _put(key: str, content: bytes, media_type: str, folder: Path) -> None:
    passing = folder / key.replace("/", "_")
    passing.write_bytes(content)
    try:
        get_store().put_file(key, passing, media_type=media_type)
    finally:
        passing.unlink()
