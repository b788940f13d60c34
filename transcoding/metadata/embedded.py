"""What an opened picture, a drawing or a recording says of itself."""

from collections.abc import Mapping
from typing import Any

from PIL import Image

from transcoding.metadata.encodings import repair_text
from transcoding.metadata.exif import read_exif
from transcoding.metadata.iptc_iim import is_newer_than_xmp, read_iim
from transcoding.metadata.mapping import map_fields, parse_date
from transcoding.metadata.text import LONG, plain_text
from transcoding.metadata.xmp import read_xmp
from transcoding.results import EmbeddedMetadata

_TIFF_XMP_TAG = 700
_MAX_TEXTS = 50


def read_embedded(image: Image.Image) -> EmbeddedMetadata:
    """The metadata of a picture opened by Pillow, by the table of ``mapping``. Broken blocks count as absent.

    Runs inside the bounded child: the parsers see the bytes of strangers.
    """
    xmp = _xmp_packet(image)
    blocks = {
        "exif": read_exif(image),
        "iim": read_iim(image),
        "xmp": read_xmp(xmp) if xmp else {},
        "text": _texts(
            {key: value for key, value in image.info.items() if isinstance(key, str) and isinstance(value, str)}
        ),
    }
    return map_fields(blocks, iim_first=is_newer_than_xmp(image))


def from_texts(texts: Mapping[str, str]) -> EmbeddedMetadata:
    """The metadata of a drawing from its own keywords: Title, Author, Subject, Keywords, Alternative, CreationDate."""
    return map_fields({"text": _texts(texts)})


# ffprobe's names of the tags of every container, best first
_RECORDING_TAGS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "com.apple.quicktime.title", "com.apple.quicktime.displayname", "inam"),
    "caption": (
        "description",
        "synopsis",
        "com.apple.quicktime.description",
        "comment",
        "com.apple.quicktime.comment",
        "icmt",
    ),
    "author": (
        "artist",
        "com.apple.quicktime.author",
        "com.apple.quicktime.artist",
        "author",
        "album_artist",
        "composer",
        "iart",
    ),
    "credit_line": ("publisher", "com.apple.quicktime.publisher", "organization", "network"),
    "source": ("show", "album", "service_name"),
    "copyright_notice": ("copyright", "com.apple.quicktime.copyright", "icop"),
    "usage_terms": ("license", "rights"),
}
_RECORDING_DATES = ("com.apple.quicktime.creationdate", "date_recorded", "date", "creation_time", "icrd")
_UNSET = frozenset({(1904, 1, 1), (1970, 1, 1)})
"""Where QuickTime and the others begin to count: what a clock says that was never set."""
_RECORDING_RAW = (
    "encoder",
    "genre",
    "language",
    "timecode",
    *(f"com.apple.quicktime.{name}" for name in ("make", "model", "software")),
)


def from_ffprobe_tags(tags: Mapping[str, str]) -> EmbeddedMetadata:
    """The metadata of a recording from ffprobe's ``format.tags`` (merge in a stream's where wanted); keys in any case.

    Coordinates (``location``, ISO 6709 tags) are never among what is kept.
    """
    lower = {
        key.lower(): repair_text(value) for key, value in list(tags.items())[: 4 * _MAX_TEXTS] if isinstance(value, str)
    }
    fields: dict[str, str] = {}
    for name, keys in _RECORDING_TAGS.items():
        long = name == "caption"
        text = next((lower[key] for key in keys if lower.get(key, "").strip()), "")
        fields[name] = plain_text(text, most=LONG if long else 500, lines=long)
    words = lower.get("keywords") or lower.get("com.apple.quicktime.keywords") or ""
    dates = (parse_date(lower[key]) for key in _RECORDING_DATES if key in lower)
    raw: dict[str, Any] = {key: plain_text(lower[key]) for key in _RECORDING_RAW if key in lower}
    return EmbeddedMetadata(
        **fields,  # type: ignore[arg-type]
        keywords=map_fields({"text": {"Keywords": (words,)}}).keywords if words else (),
        event_date=next((date for date in dates if date and (date.year, date.month, date.day) not in _UNSET), None),
        raw={"tags": raw} if raw else {},
    )


def _texts(texts: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    cleaned = {
        key: plain_text(repair_text(value), most=LONG, lines=True) for key, value in list(texts.items())[:_MAX_TEXTS]
    }
    return {key: (value,) for key, value in cleaned.items() if value}


def _xmp_packet(image: Image.Image) -> bytes | str | None:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    tags = getattr(image, "tag_v2", None)
    if packet is None and tags is not None:
        packet = tags.get(_TIFF_XMP_TAG)
    return packet if isinstance(packet, (bytes, str)) else None
