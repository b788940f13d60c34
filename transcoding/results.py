"""What processing hands on: plain values that cross module lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from assets.states import Colour
from permissions.errors import DomainError


class MediaRejected(DomainError):
    """The file cannot be processed, and another try would not change that.

    ``reason`` is a code of ``docs/errors.md``; the message tells the uploader what is wrong and what to do.
    """

    code = "media_rejected"


@dataclass(frozen=True, kw_only=True)
class RenditionFile:
    """One file that processing made, to become one object and one row.

    ``profile`` names it in the API (``w640.webp``, ``hls/master.m3u8``, ``poster.jpg``); ``path`` is relative to the
    output folder and becomes the end of the storage key. Pixels, seconds, bits per second.
    """

    profile: str
    path: PurePosixPath
    media_type: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    bitrate: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EmbeddedMetadata:
    """What the file says of itself, by the mapping in ``docs/metadata.md`` (IPTC Photo Metadata Standard).

    Empty strings and None where it says nothing. Text is NFC. Never carries coordinates.
    """

    title: str = ""
    caption: str = ""
    alt_text: str = ""
    author: str = ""
    credit_line: str = ""
    source: str = ""
    copyright_notice: str = ""
    usage_terms: str = ""
    keywords: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    place: str = ""
    event_date: datetime | None = None
    urgency: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ProcessingResult:
    """Everything known after processing one original. ``facts`` is the technical description (documented per kind)."""

    renditions: tuple[RenditionFile, ...]
    facts: Mapping[str, Any]
    metadata: EmbeddedMetadata
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    placeholder: str = ""
    perceptual_hash: str = ""
    colours: tuple[Colour, ...] | None = None
