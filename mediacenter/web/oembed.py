"""oEmbed 1.0: what a page of another site needs to show a work, within the size that it has room for."""

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.html import format_html

from api.feeds import NAME
from api.feeds_xml import Writer
from assets.delivery import AssetUrls, cacheable_for
from assets.models import Asset
from assets.showing import pictures
from assets.states import Kind
from assets.terms import credit_of, usage_sentence
from mediacenter.web.presentation.assets import card, renditions_of, urls_of
from mediacenter.web.template_filters import FRAME_WIDTH, WORDS_HEIGHT, frame_height

LONGEST: Final = 2000
PAGE: Final = re.compile(r"/(?:assets|embed)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/?", re.ASCII)
LANGUAGES: Final = ("vi", "en", "zh")
NARROWEST: Final = 160
"""A frame is not made narrower than this to keep a picture whole: it scrolls instead."""
THUMBNAIL_WIDTH: Final = 640


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A page of ours that somebody asks about; ``language`` vi, en, zh, or empty for the installation's."""

    asset_id: UUID
    language: str


@dataclass(frozen=True, kw_only=True)
class Room:
    """Pixels; None is as much as is wanted."""

    width: int | None
    height: int | None

    def holds(self, width: int, height: int) -> bool:
        return (self.width is None or width <= self.width) and (self.height is None or height <= self.height)


@dataclass(frozen=True, kw_only=True)
class Shot:
    url: str
    width: int
    height: int


def wanted_page(url: str) -> Wanted | None:
    """The work that an address of this installation is about; None for every other address. A ``t=`` in it opens
    nothing: who asks is everybody."""
    try:
        parts = urlsplit(url) if len(url) <= LONGEST else None
    except ValueError:
        return None
    if parts is None or f"{parts.scheme}://{parts.netloc}".lower() != settings.SITE_URL.lower():
        return None
    found = PAGE.fullmatch(parts.path)
    said = parse_qs(parts.query).get("lang", [""])[0][:2]
    return Wanted(asset_id=UUID(found[1]), language=said if said in LANGUAGES else "") if found else None


def oembed(asset: Asset, *, language: str, room: Room) -> dict[str, Any]:
    """The answer about a work that everybody may put into their pages; fetched ``for_pages``. Photos are pictures where
    one fits, videos are players, all else is rich: a frame with the work and its words."""
    shown, urls = card(asset, urls_of(asset)), urls_of(asset)
    shots = _shots(asset, urls) if urls else []
    answer: dict[str, Any] = {
        "version": "1.0",
        "title": shown.words.title,
        "author_name": credit_of(asset),
        "provider_name": NAME,
        "provider_url": settings.SITE_URL,
        "cache_age": int(cacheable_for(asset, asset.database_now).total_seconds()),
        "terms": usage_sentence(asset),
        **({"license_url": asset.licence_terms.url} if asset.licence_terms and asset.licence_terms.url else {}),
        **_thumbnail(shots, room),
    }
    picture = _largest(shots, room) if asset.kind == Kind.PHOTO else None
    if picture is not None:
        return {"type": "photo", **answer, "url": picture.url, "width": picture.width, "height": picture.height}
    ratio = shown.picture.height / shown.picture.width if shown.picture else None
    width, height = frame_size(ratio, frame_height(shown), room)
    address = f"{settings.SITE_URL}/embed/{asset.pk}{f'?lang={language}' if language else ''}"
    frame = {"html": _frame(address, shown.words.title, width, height), "width": width, "height": height}
    return {"type": "video" if asset.kind == Kind.VIDEO else "rich", **answer, **frame}


def frame_size(ratio: float | None, height: int, room: Room) -> tuple[int, int]:
    """Width and height of a frame within ``room``; ``ratio`` is the picture's height by its width, ``height`` what a
    frame of the usual width would have."""
    width = min(FRAME_WIDTH, room.width or FRAME_WIDTH)
    if ratio is not None:
        height = round(width * ratio) + WORDS_HEIGHT
        if room.height is not None and height > room.height:
            width = max(min(width, NARROWEST), min(width, int((room.height - WORDS_HEIGHT) / ratio)))
            height = round(width * ratio) + WORDS_HEIGHT
    return width, min(height, room.height or height)


def as_xml(answer: dict[str, Any]) -> bytes:
    """The same as XML; what XML cannot hold is left out."""
    xml = Writer()
    xml.start("oembed")
    for name, value in answer.items():
        xml.add(name, str(value))
    xml.end("oembed")
    return xml.written()


def _shots(asset: Asset, urls: AssetUrls) -> list[Shot]:
    """The pictures of it with both sizes known, smallest first."""
    sized = (row for row in pictures(renditions_of(asset)) if row.width and row.height)
    return [Shot(url=urls.rendition(row), width=row.width or 0, height=row.height or 0) for row in sized]


def _largest(shots: list[Shot], room: Room) -> Shot | None:
    return next((shot for shot in reversed(shots) if room.holds(shot.width, shot.height)), None)


def _thumbnail(shots: list[Shot], room: Room) -> dict[str, Any]:
    narrow = Room(width=min(THUMBNAIL_WIDTH, room.width or THUMBNAIL_WIDTH), height=room.height)
    shot = _largest(shots, narrow)
    return {"thumbnail_url": shot.url, "thumbnail_width": shot.width, "thumbnail_height": shot.height} if shot else {}


def _frame(address: str, title: str, width: int, height: int) -> str:
    html = (
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy" frameborder="0" '
        'allow="fullscreen; picture-in-picture" allowfullscreen></iframe>'
    )
    return str(format_html(html, address, title, width, height))
