"""How programs find from a page to what it shows: oEmbed, other languages, and the work in the words of schema.org."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.utils.safestring import SafeString

from api.described import Described, describe, public_page
from api.jsonld import json_ld, script_block
from assets.articles.delivering import Article
from assets.models import Asset
from assets.tables import table_behind
from permissions.actor import ANONYMOUS

FORMATS = ("json", "xml")


@dataclass(frozen=True, kw_only=True)
class Link:
    """``rel`` is ``alternate`` or ``canonical``; ``hreflang`` a tag of BCP 47 or empty."""

    rel: str
    url: str
    media_type: str = ""
    hreflang: str = ""


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """What the head of the page says; ``json_ld`` is safe inside its element."""

    links: tuple[Link, ...]
    title: str
    json_ld: SafeString

    @property
    def header(self) -> str:
        """The oEmbed links as a ``Link`` header (RFC 8288)."""
        found = (link for link in self.links if link.media_type)
        return ", ".join(f'<{link.url}>; rel="{link.rel}"; type="{link.media_type}"' for link in found)


def discovery_of(asset: Asset, *, article: Article | None, territory: str | None) -> Discovery | None:
    """For a work that everybody may put into their pages; None for any other. In the language of the page."""
    work = describe(ANONYMOUS, asset, language=None, territory=territory, lasting=True)
    if not work.embed_url:
        return None
    table = table_behind(asset)
    said = script_block(json_ld(work, article=article, table=table))
    return Discovery(links=(*oembed_links(work.embed_url), *_languages(work)), title=work.title, json_ld=said)


def oembed_links(address: str) -> tuple[Link, ...]:
    """The links of oEmbed's section 4, to the answers about this page."""
    return tuple(
        Link(
            rel="alternate",
            url=f"{settings.SITE_URL}/oembed?{urlencode({'url': address, 'format': form})}",
            media_type=f"{'text' if form == 'xml' else 'application'}/{form}+oembed",
        )
        for form in FORMATS
    )


def _languages(work: Described) -> tuple[Link, ...]:
    """One address for each language, as the sitemap has them; words that are shown for lack of others are at theirs."""
    codes = [each.code for each in work.translations]
    others = (
        Link(rel="alternate", url=public_page(work.asset, each.code), hreflang=each.language)
        for each in work.translations
    )
    own = public_page(work.asset, work.code if work.code in codes else "")
    default = Link(rel="alternate", url=public_page(work.asset, ""), hreflang="x-default")
    return (Link(rel="canonical", url=own), *others, default)
