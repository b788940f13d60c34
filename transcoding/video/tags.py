"""What a film or sound file says of itself, without the place where it was taken. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from unicodedata import normalize

from transcoding.results import EmbeddedMetadata

_PLACE_KEYS = re.compile(r"location|gps|xyz|latitude|longitude|coordinate|geo", re.IGNORECASE)
_ISO_6709 = re.compile(r"[+-]\d{2,6}(\.\d+)?[+-]\d{3,7}(\.\d+)?")
"""Coordinates as QuickTime writes them, whatever the key is called (ISO 6709, annex H)."""


def without_places(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags minus every one whose name or value tells a position."""
    return {
        key: normalize("NFC", value)
        for key, value in tags.items()
        if not _PLACE_KEYS.search(key) and not _ISO_6709.search(value)
    }


def embedded_metadata(tags: Mapping[str, str]) -> EmbeddedMetadata:
    """Title, author and date by their plain tags; everything that is left in ``raw``."""
    kept = without_places(tags)
    return EmbeddedMetadata(
        title=kept.get("title", ""),
        author=kept.get("artist", ""),
        caption=kept.get("description") or kept.get("comment", ""),
        copyright_notice=kept.get("copyright", ""),
        event_date=_moment(kept.get("com.apple.quicktime.creationdate") or kept.get("creation_time", "")),
        raw=kept,
    )


def _moment(text: str) -> datetime | None:
    """ISO 8601, taken as UTC where it names no zone; None for anything else and for the epochs that mean "not set"."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if moment.year > 1970 else None  # QuickTime counts from 1904, others from 1970
