"""The sitemap as XML: sitemaps.org 0.9, with Google's extensions for pictures and films, and languages by XHTML.

Sources: https://www.sitemaps.org/protocol.html, https://developers.google.com/search/docs/crawling-indexing/sitemaps.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings

from api.described import Described, describe, public_embed_url, public_page
from api.feeds_xml import Writer
from assets.models import Asset
from assets.moments import rfc3339
from assets.states import Kind
from permissions.actor import ANONYMOUS

SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
IMAGE: Final = "http://www.google.com/schemas/sitemap-image/1.1"
VIDEO: Final = "http://www.google.com/schemas/sitemap-video/1.1"
XHTML: Final = "http://www.w3.org/1999/xhtml"
LONGEST_TITLE: Final = 100
LONGEST_DESCRIPTION: Final = 2048
LONGEST_FILM: Final = 28_800
"""Seconds; the extension takes no longer ones."""


def index(pages: Iterable[tuple[UUID, datetime | None]]) -> bytes:
    """The pages of the sitemap, by where they begin."""
    xml = Writer()
    xml.start("sitemapindex", xmlns=SITEMAP)
    for first, changed_at in pages:
        xml.start("sitemap")
        xml.add("loc", f"{settings.SITE_URL}/sitemap/{first}.xml")
        if changed_at is not None:
            xml.add("lastmod", rfc3339(changed_at))
        xml.end("sitemap")
    xml.end("sitemapindex")
    return xml.written()


def page(works: Iterable[tuple[Asset, datetime]]) -> bytes:
    """The works, which came by ``works_of`` and ``for_lists``: an address for each language that a work is in."""
    xml = Writer()
    xml.start("urlset", xmlns=SITEMAP, xmlns_image=IMAGE, xmlns_video=VIDEO, xmlns_xhtml=XHTML)
    for asset, changed_at in works:
        work = describe(ANONYMOUS, asset, language=None, territory=None, lasting=True)
        for code in [each.code for each in work.translations] or [""]:
            _write(xml, work, code, changed_at)
    xml.end("urlset")
    return xml.written()


def _write(xml: Writer, work: Described, code: str, changed_at: datetime) -> None:
    """The page of the work in this language; without one the page of a work that has no texts."""
    asset = work.asset
    xml.start("url")
    xml.add("loc", public_page(asset, code))
    xml.add("lastmod", rfc3339(changed_at))
    if len(work.translations) > 1:
        for each in work.translations:
            xml.add("xhtml:link", rel="alternate", hreflang=each.language, href=public_page(asset, each.code))
        xml.add("xhtml:link", rel="alternate", hreflang="x-default", href=public_page(asset, ""))
    if asset.kind in (Kind.PHOTO, Kind.INFOGRAPHIC) and work.thumbnail is not None:
        xml.start("image:image")
        xml.add("image:loc", (work.main or work.thumbnail).url)
        xml.end("image:image")
    if asset.kind == Kind.VIDEO and work.thumbnail is not None:
        _write_film(xml, work, code, work.thumbnail.url)
    xml.end("url")


def _write_film(xml: Writer, work: Described, code: str, thumbnail: str) -> None:
    """The extension takes no player at the very address of the page: the page has two, and the other one is given."""
    asset, version = work.asset, work.asset.current_version
    text = next((text for text in asset.texts.all() if text.language == code), None)
    title = text.title if text else work.title
    duration = round(version.duration) if version is not None and version.duration else 0
    ends = min((moment for moment in (asset.rights_end, asset.consent_ends) if moment), default=None)
    xml.start("video:video")
    xml.add("video:thumbnail_loc", thumbnail)
    xml.add("video:title", title[:LONGEST_TITLE])
    xml.add("video:description", ((text.caption if text else "") or title)[:LONGEST_DESCRIPTION])
    if work.main is not None:
        xml.add("video:content_loc", work.main.url)
    xml.add("video:player_loc", _player(asset, code))
    if 1 <= duration <= LONGEST_FILM:
        xml.add("video:duration", str(duration))
    if ends is not None:
        xml.add("video:expiration_date", rfc3339(ends))
    if asset.published_at is not None:
        xml.add("video:publication_date", rfc3339(asset.published_at))
    xml.end("video:video")


def _player(asset: Asset, code: str) -> str:
    own = settings.LANGUAGE_CODE
    return public_embed_url(asset, own) if code in ("", own) else public_page(asset, "")
