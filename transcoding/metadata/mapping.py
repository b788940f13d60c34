"""The one table from a file's own properties to our fields, and how values are read. ``docs/metadata.md`` shows it.

After the IPTC Photo Metadata Standard 2023.2: XMP before IPTC-IIM before Exif, the first that says something wins.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from transcoding.metadata.text import LONG, SHORT, plain_text
from transcoding.results import EmbeddedMetadata

Properties = Mapping[str, tuple[str, ...]]

#: The zone of times that come without one: Vietnam's.
ASSUMED_ZONE = timezone(timedelta(hours=7))
_MAX_KEYWORDS, _MAX_KEYWORD = 100, 100
_MAX_NAMES, _MAX_NAME = 50, 120
_MAX_RAW_VALUE = 2_000


@dataclass(frozen=True, kw_only=True)
class FieldSources:
    """Where a field is looked for, best first, as ``block property``; several properties joined by + make one value."""

    sources: tuple[str, ...]
    most: int = SHORT
    lines: bool = False


FIELDS: Mapping[str, FieldSources] = {
    "title": FieldSources(
        sources=("xmp photoshop:Headline", "iim 2:105", "xmp dc:title", "iim 2:05", "exif XPTitle", "text Title")
    ),
    "caption": FieldSources(
        sources=(
            "xmp dc:description",
            "iim 2:120",
            "exif ImageDescription",
            "exif XPComment",
            "exif XPSubject",
            "exif UserComment",
            "text Description",
            "text Comment",
            "text Subject",
        ),
        most=LONG,
        lines=True,
    ),
    "alt_text": FieldSources(
        sources=("xmp Iptc4xmpCore:AltTextAccessibility", "text Alternative"), most=LONG, lines=True
    ),
    "author": FieldSources(sources=("xmp dc:creator", "iim 2:80", "exif Artist", "exif XPAuthor", "text Author")),
    "credit_line": FieldSources(sources=("xmp photoshop:Credit", "iim 2:110")),
    "source": FieldSources(sources=("xmp photoshop:Source", "iim 2:115", "text Source")),
    "copyright_notice": FieldSources(
        sources=("xmp dc:rights", "iim 2:116", "exif Copyright", "text Copyright"), most=2_000
    ),
    "usage_terms": FieldSources(sources=("xmp xmpRights:UsageTerms",), most=2_000),
    "place": FieldSources(
        sources=(
            "xmp Iptc4xmpExt:LocationShown",
            "xmp Iptc4xmpCore:Location+photoshop:City+photoshop:State+photoshop:Country",
            "iim 2:92+2:90+2:95+2:101",
            "xmp Iptc4xmpExt:LocationCreated",
        )
    ),
}
KEYWORDS = ("xmp dc:subject", "iim 2:25", "exif XPKeywords", "text Keywords")
PEOPLE = ("xmp Iptc4xmpExt:PersonInImage",)
URGENCY = ("xmp photoshop:Urgency", "iim 2:10")
EVENT_DATE = (
    "xmp photoshop:DateCreated",
    "iim 2:55+2:60",
    "exif DateTimeOriginal+OffsetTimeOriginal",
    "xmp exif:DateTimeOriginal",
    "exif DateTimeDigitized+OffsetTimeDigitized",
    "xmp xmp:CreateDate",
    "text CreationDate",
    "text Creation Time",
)
# kept beside the fields, for those with the right; a list of what is kept, so that nothing private slips through
RAW: Mapping[str, tuple[str, ...]] = {
    "exif": (
        "Make",
        "Model",
        "LensModel",
        "Software",
        "ExposureTime",
        "FNumber",
        "ISOSpeedRatings",
        "FocalLength",
        "DateTimeOriginal",
        "OffsetTimeOriginal",
    ),
    "iim": ("2:05", "2:15", "2:20", "2:40", "2:55", "2:60", "2:85", "2:90", "2:92", "2:95", "2:101", "2:103", "2:122"),
    "xmp": (
        "photoshop:Instructions",
        "photoshop:TransmissionReference",
        "photoshop:Category",
        "photoshop:CaptionWriter",
        "photoshop:AuthorsPosition",
        "xmpRights:Marked",
        "xmpRights:WebStatement",
        "xmp:Rating",
        "xmp:CreatorTool",
        "Iptc4xmpExt:PersonInImage",
        "Iptc4xmpExt:Event",
        "Iptc4xmpExt:DigitalSourceType",
        "Iptc4xmpCore:ExtDescrAccessibility",
        "Iptc4xmpCore:IntellectualGenre",
        "Iptc4xmpCore:SubjectCode",
        "Iptc4xmpCore:Scene",
        "plus:ModelReleaseStatus",
        "plus:PropertyReleaseStatus",
        "plus:LicensorURL",
    ),
    "text": ("Producer", "Creator"),
}


def map_fields(blocks: Mapping[str, Properties], *, iim_first: bool = False) -> EmbeddedMetadata:
    """Our fields from the blocks ``xmp``, ``iim``, ``exif`` and ``text`` (a container's own keywords).

    ``iim_first`` puts IIM before XMP, for files whose IIM was changed later.
    """
    fields: dict[str, str] = {}
    for name, where in FIELDS.items():
        separator = "\n" if where.lines else ", "
        values = next(_found(blocks, where.sources, iim_first=iim_first), ())
        fields[name] = plain_text(separator.join(values), most=where.most, lines=where.lines)
    return EmbeddedMetadata(
        **fields,
        keywords=_keywords(next(_found(blocks, KEYWORDS, iim_first=iim_first), ())),
        people=_names(next(_found(blocks, PEOPLE), ())),
        event_date=_first_date(_found(blocks, EVENT_DATE, iim_first=iim_first)),
        urgency=_urgency(next(_found(blocks, URGENCY, iim_first=iim_first), ())),
        raw=_raw(blocks),
    )


def _found(
    blocks: Mapping[str, Properties], sources: Iterable[str], *, iim_first: bool = False
) -> Iterator[tuple[str, ...]]:
    ordered = sorted(sources, key=lambda source: not source.startswith("iim ")) if iim_first else sources
    for source in ordered:
        block, _, properties = source.partition(" ")
        values = tuple(value for name in properties.split("+") for value in blocks.get(block, {}).get(name, ()))
        if values:
            yield values


def _keywords(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(values) == 1:
        values = tuple(re.split(r"[;,]", values[0]))
    unique: dict[str, str] = {}
    for keyword in (plain_text(value, most=_MAX_KEYWORD) for value in values):
        unique.setdefault(keyword.casefold(), keyword)
    return tuple(keyword for keyword in unique.values() if keyword)[:_MAX_KEYWORDS]


def _names(values: tuple[str, ...]) -> tuple[str, ...]:
    """One name a value: commas are part of names."""
    names = (plain_text(value, most=_MAX_NAME) for value in values[:_MAX_NAMES])
    return tuple(dict.fromkeys(name for name in names if name))


def _urgency(values: tuple[str, ...]) -> int | None:
    """1 (most urgent) to 8; 0 and 9 are reserved by the standard."""
    text = values[0].strip() if values else ""
    return int(text) if re.fullmatch("[1-8]", text) else None


_DATE = re.compile(
    r"(?:D:)?(\d{4})[-:/.]?(\d\d)[-:/.]?(\d\d)"
    r"(?:[T\s,]*(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?)?"
    r"[,\s]*(Z|[+-]\d\d['’:]?(?:\d\d)?)?"
)


def _first_date(found: Iterable[tuple[str, ...]]) -> datetime | None:
    return next((date for values in found if (date := parse_date(" ".join(values)))), None)


def parse_date(text: str) -> datetime | None:
    """A time of XMP (ISO 8601), IIM, Exif, PDF or ffprobe; one without a zone is taken for Vietnam's. None if none.

    Years outside 1826 (the first photograph) to 2100, and the zeroes of cameras whose clock was never set, count as
    none.
    """
    found = _DATE.match(text.strip()[:64])
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=_zone(found[7]))
    except ValueError:
        return None
    return moment if 1826 <= year <= 2100 else None


def _zone(text: str | None) -> timezone:
    if text is None:
        return ASSUMED_ZONE
    if text == "Z":
        return UTC
    digits = re.sub(r"\D", "", text).ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text.startswith("-") else offset)


def _raw(blocks: Mapping[str, Properties]) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for block, names in RAW.items():
        kept = {
            name: [value[:_MAX_RAW_VALUE] for value in blocks[block][name][:_MAX_KEYWORDS]]
            for name in names
            if name in blocks.get(block, {})
        }
        if kept:
            raw[block] = kept
    return raw
