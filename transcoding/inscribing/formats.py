"""Which files words can be written into, and how each of them is cut."""

from collections.abc import Callable, Mapping
from typing import Final

from transcoding.inscribing.jpeg import jpeg_edits
from transcoding.inscribing.mp4 import mp4_edits
from transcoding.inscribing.png import png_edits
from transcoding.inscribing.splice import Edit, Source, unwritable
from transcoding.inscribing.tiff import tiff_edits
from transcoding.inscribing.webp import webp_edits
from transcoding.pictures.credits import Credits

FORMATS: Final[Mapping[str, Callable[[Source, Credits], list[Edit]]]] = {
    "image/jpeg": jpeg_edits,
    "image/png": png_edits,
    "image/webp": webp_edits,
    "image/tiff": tiff_edits,
    "video/mp4": mp4_edits,
    "audio/mp4": mp4_edits,
}


def edits_for(media_type: str, source: Source, words: Credits) -> list[Edit]:
    """The edits that write ``words`` into a file of this type. Raises Unwritable."""
    edits_of = FORMATS.get(media_type)
    if edits_of is None:
        raise unwritable()
    return edits_of(source, words)
