"""A list of works as a feed: what stands in it, for whoever asked. ``api/feeds_xml.py`` writes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from api.presenters import best_text, display_title
from api.presenters_base import asset_page
from assets.access import judge
from assets.articles.delivering import HTML_LANGUAGE
from assets.delivery import AssetUrls
from assets.lists.listed import THUMBNAILS
from assets.models import Asset, AssetText, Rendition
from assets.showing import is_internal
from assets.terms import credit_of, usage_sentence
from permissions.actor import Actor
from permissions.vocabulary import Use

NAME = "Media Center"
NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without entries last changed: a time of its own would make every answer another one."""


@dataclass(frozen=True, kw_only=True)
class FeedFile:
    """A file that everybody may fetch for as long as the work is public. Bytes, pixels, seconds."""

    url: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    duration: float | None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One work in the words of one language, a tag of BCP 47."""

    id: str
    url: str
    language: str
    title: str
    summary: str
    agency: str
    kind: str
    keywords: tuple[str, ...]
    credit: str
    terms: str
    licence_url: str
    created: datetime
    published: datetime | None
    updated: datetime
    thumbnail: FeedFile | None
    files: tuple[FeedFile, ...]


@dataclass(frozen=True, kw_only=True)
class Feed:
    """``url`` without a cursor is what stays the same of the feed; ``next_url`` leads to older works (RFC 5005)."""

    url: str
    own_url: str
    next_url: str | None
    title: str
    language: str
    updated: datetime
    entries: tuple[Entry, ...]


def entry_of(actor: Actor, asset: Asset, *, language: str | None, territory: str | None) -> Entry:
    """What the feed says of a work that the caller fetched by ``visible_to`` and ``for_lists``. ``language`` is
    preferred for its words, ``territory`` is where the actor is, if that is known.

    Files are named only where everybody may have them: readers of feeds keep what they read, and a signature would not
    outlive that. A file is an offer to pass it on (``Use.REDISTRIBUTE``), a thumbnail one to look at it.
    """
    text = _text(asset, language)
    public = _public_files(asset)
    licence = asset.licence_terms
    return Entry(
        id=f"urn:uuid:{asset.pk}",
        url=asset_page(asset.pk),
        language=HTML_LANGUAGE[text.language if text else asset.original_language],
        title=text.title if text else display_title(asset),
        summary=text.caption if text else "",
        agency=asset.agency.name_in(text.language if text else asset.original_language),
        kind=asset.kind,
        keywords=tuple(asset.keywords),
        credit=credit_of(asset),
        terms=usage_sentence(asset),
        licence_url=licence.url if licence else "",
        created=asset.created_at,
        published=asset.published_at,
        updated=asset.updated_at,
        thumbnail=_thumbnail(public) if judge(actor, Use.PREVIEW, asset, territory=territory) else None,
        files=_passed_on(public) if judge(actor, Use.REDISTRIBUTE, asset, territory=territory) else (),
    )


def last_change(entries: Iterable[Entry]) -> datetime:
    """When the feed was last another one, as far as its entries tell."""
    return max((entry.updated for entry in entries), default=NOTHING_YET)


def _text(asset: Asset, language: str | None) -> AssetText | None:
    wanted = (text for text in asset.texts.all() if text.language == language and text.title)
    return next(wanted, None) or best_text(asset)


def _public_files(asset: Asset) -> dict[str, FeedFile]:
    version = asset.current_version
    if version is None:
        return {}
    urls = AssetUrls(asset, version, now=asset.database_now)
    files = [each for each in version.renditions.all() if urls.public and not is_internal(each)]
    return {each.profile: _file(urls, each) for each in files}


def _file(urls: AssetUrls, rendition: Rendition) -> FeedFile:
    return FeedFile(
        url=urls.rendition(rendition),
        media_type=rendition.media_type,
        size=rendition.size,
        width=rendition.width,
        height=rendition.height,
        duration=rendition.duration,
    )


def _thumbnail(files: dict[str, FeedFile]) -> FeedFile | None:
    return next((files[name] for name in THUMBNAILS if name in files), None)


def _passed_on(files: dict[str, FeedFile]) -> tuple[FeedFile, ...]:
    """Pictures, films and sounds that are something by themselves; no playlists and no parts of a player."""
    return tuple(file for file in files.values() if file.media_type.startswith(("image/", "video/", "audio/")))
