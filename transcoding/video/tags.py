"""What a film or sound file says of itself, without the place where it was taken. Pure."""

import re
from collections.abc import Mapping
from unicodedata import normalize

from transcoding.metadata.embedded import from_ffprobe_tags
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
    """What the tags say, by the mapping in ``docs/metadata.md``; a position is never among it."""
    return from_ffprobe_tags(without_places(tags))
