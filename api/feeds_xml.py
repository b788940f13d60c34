"""Feeds as XML: Atom (RFC 4287, with paging by RFC 5005 and licences by RFC 4946) and RSS 2.0 with Media RSS 1.5.1."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from xml.sax.xmlreader import AttributesImpl

from django.utils.http import http_date
from django.utils.xmlutils import SimplerXMLGenerator

from api.feeds import Entry, Feed, FeedFile
from assets.moments import rfc3339

ATOM: Final = "http://www.w3.org/2005/Atom"
MEDIA: Final = "http://search.yahoo.com/mrss/"
DUBLIN_CORE: Final = "http://purl.org/dc/elements/1.1/"
ATOM_TYPE: Final = "application/atom+xml"
RSS_TYPE: Final = "application/rss+xml"
FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no document of XML 1.0 can hold (section 2.2), escaped or not."""


class Writer:
    """Writes elements; a character that XML forbids is left out, so that one text never breaks a feed."""

    def __init__(self) -> None:
        self._out = BytesIO()
        self._xml = SimplerXMLGenerator(self._out, "utf-8")
        self._xml.startDocument()

    def start(self, name: str, **attributes: object) -> None:
        self._xml.startElement(name, AttributesImpl(_attributes(attributes)))

    def end(self, name: str) -> None:
        self._xml.endElement(name)

    def add(self, name: str, text: str = "", **attributes: object) -> None:
        """An element with its text. The first underscore in an attribute's name (``xml_lang``) stands for a colon;
        attributes without a value are left out."""
        self._xml.addQuickElement(name, _legal(text), _attributes(attributes))

    def written(self) -> bytes:
        self._xml.endDocument()
        return self._out.getvalue()


def atom(feed: Feed) -> bytes:
    """The feed as Atom; files are its entries' enclosures."""
    xml = Writer()
    xml.start("feed", xmlns=ATOM, xml_lang=feed.language)
    xml.add("id", feed.url)
    xml.add("title", feed.title)
    xml.add("updated", rfc3339(feed.updated))
    xml.add("link", rel="self", href=feed.own_url, type=ATOM_TYPE)
    if feed.next_url:
        xml.add("link", rel="next", href=feed.next_url, type=ATOM_TYPE)
    for entry in feed.entries:
        _atom_entry(xml, entry)
    xml.end("feed")
    return xml.written()


def mrss(feed: Feed) -> bytes:
    """The feed as RSS 2.0 with Media RSS; the files of a work are a ``media:group``."""
    xml = Writer()
    xml.start("rss", version="2.0", xmlns_atom=ATOM, xmlns_media=MEDIA, xmlns_dc=DUBLIN_CORE)
    xml.start("channel")
    xml.add("title", feed.title)
    xml.add("link", feed.url)
    xml.add("description", feed.title)
    xml.add("language", feed.language)
    xml.add("lastBuildDate", http_date(feed.updated.timestamp()))
    xml.add("atom:link", rel="self", href=feed.own_url, type=RSS_TYPE)
    if feed.next_url:
        xml.add("atom:link", rel="next", href=feed.next_url, type=RSS_TYPE)
    for entry in feed.entries:
        _rss_item(xml, entry)
    xml.end("channel")
    xml.end("rss")
    return xml.written()


def _atom_entry(xml: Writer, entry: Entry) -> None:
    xml.start("entry", xml_lang=entry.language)
    xml.add("id", entry.id)
    xml.add("title", entry.title, type="text")
    xml.add("updated", rfc3339(entry.updated))
    if entry.published:
        xml.add("published", rfc3339(entry.published))
    xml.start("author")
    xml.add("name", entry.agency)
    xml.end("author")
    xml.add("summary", entry.summary, type="text")
    xml.add("rights", entry.terms, type="text")
    xml.add("link", rel="alternate", href=entry.url, type="text/html")
    if entry.licence_url:
        xml.add("link", rel="license", href=entry.licence_url)
    for file in entry.files:
        xml.add("link", rel="enclosure", href=file.url, type=file.media_type, length=file.size)
    for term in (entry.kind, *entry.keywords):
        xml.add("category", term=term)
    xml.end("entry")


def _rss_item(xml: Writer, entry: Entry) -> None:
    xml.start("item", xml_lang=entry.language)
    xml.add("title", entry.title)
    xml.add("link", entry.url)
    xml.add("guid", entry.id, isPermaLink="false")
    xml.add("pubDate", http_date((entry.published or entry.created).timestamp()))
    xml.add("description", entry.summary)
    xml.add("dc:creator", entry.agency)
    for term in (entry.kind, *entry.keywords):
        xml.add("category", term)
    _media_of(xml, entry)
    xml.end("item")


def _media_of(xml: Writer, entry: Entry) -> None:
    xml.add("media:title", entry.title, type="plain")
    xml.add("media:description", entry.summary, type="plain")
    xml.add("media:credit", entry.credit, role="owner", scheme="urn:ebu")
    xml.add("media:copyright", entry.terms, url=entry.licence_url or None)
    if entry.thumbnail:
        xml.add("media:thumbnail", url=entry.thumbnail.url, width=entry.thumbnail.width, height=entry.thumbnail.height)
    if entry.files:
        xml.start("media:group")
        for file in entry.files:
            _media_content(xml, file)
        xml.end("media:group")


def _media_content(xml: Writer, file: FeedFile) -> None:
    xml.add(
        "media:content",
        url=file.url,
        type=file.media_type,
        medium=file.media_type.partition("/")[0],
        fileSize=file.size,
        width=file.width,
        height=file.height,
        duration=None if file.duration is None else round(file.duration),
    )


def _attributes(values: dict[str, object]) -> dict[str, str]:
    return {name.replace("_", ":", 1): _legal(str(value)) for name, value in values.items() if value is not None}


def _legal(text: str) -> str:
    return FORBIDDEN.sub("", text)


@dataclass(frozen=True, kw_only=True)
class FeedForm:
    """A media type and what writes a feed in it."""

    media_type: str
    write: Callable[[Feed], bytes]


ATOM_FORM: Final = FeedForm(media_type=ATOM_TYPE, write=atom)
RSS_FORM: Final = FeedForm(media_type=RSS_TYPE, write=mrss)
