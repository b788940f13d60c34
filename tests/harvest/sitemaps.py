"""Reads sitemaps by the words of the protocol (https://www.sitemaps.org/protocol.html) and of Google's extensions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from defusedxml.ElementTree import fromstring

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
IMAGE = "{http://www.google.com/schemas/sitemap-image/1.1}"
VIDEO = "{http://www.google.com/schemas/sitemap-video/1.1}"
XHTML = "{http://www.w3.org/1999/xhtml}"
MOST_BYTES, MOST_ENTRIES, LONGEST_ADDRESS = 50 * 1024 * 1024, 50_000, 2047
OF_A_PAGE = [f"{SITEMAP}loc", f"{SITEMAP}lastmod", f"{XHTML}link", f"{IMAGE}image", f"{VIDEO}video"]
OF_A_FILM = [
    f"{VIDEO}{name}"
    for name in (
        *("thumbnail_loc", "title", "description", "content_loc", "player_loc", "duration"),
        *("expiration_date", "publication_date"),
    )
]
"""The elements that we use, in the order in which the extension's schema wants them."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    address: str
    changed: datetime | None
    languages: dict[str, str]
    pictures: list[str]
    film: dict[str, str]


def read(body: bytes, *, site: str, root: str = "urlset", entry: str = "url") -> list[Entry]:
    """The entries of a sitemap, or of an index, that keeps every rule of the protocol; an AssertionError else."""
    assert len(body) <= MOST_BYTES
    assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    tree = fromstring(body)
    assert tree.tag == SITEMAP + root
    assert len(tree) <= MOST_ENTRIES
    assert {each.tag for each in tree} <= {SITEMAP + entry}
    found = [_entry(each, site) for each in tree]
    assert len({each.address for each in found}) == len(found), "an address twice"
    return found


def _entry(said: Any, site: str) -> Entry:
    _require_order(said, OF_A_PAGE)
    assert len(said.findall(f"{SITEMAP}loc")) == 1
    assert len(said.findall(f"{SITEMAP}lastmod")) <= 1
    films = said.findall(f"{VIDEO}video")
    changed = said.findtext(f"{SITEMAP}lastmod")
    return Entry(
        address=_address(said.findtext(f"{SITEMAP}loc"), site),
        changed=_moment(changed) if changed is not None else None,
        languages={each.get("hreflang"): _address(each.get("href"), site) for each in said.findall(f"{XHTML}link")},
        pictures=[_address(each.findtext(f"{IMAGE}loc"), site) for each in said.findall(f"{IMAGE}image")],
        film=_film(films[0], site, said.findtext(f"{SITEMAP}loc")) if films else {},
    )


def _film(said: Any, site: str, page: str) -> dict[str, str]:
    _require_order(said, OF_A_FILM)
    film = {each.tag.removeprefix(VIDEO): each.text or "" for each in said}
    assert len(film) == len(said), "an element twice"
    assert film["title"]
    assert 0 < len(film["description"]) <= 2048
    for name in ("thumbnail_loc", "content_loc", "player_loc"):
        if name in film:
            assert _address(film[name], site) != page, "the extension forbids the page itself"
    assert "content_loc" in film or "player_loc" in film
    assert 1 <= int(film.get("duration", 1)) <= 28_800
    for name in ("expiration_date", "publication_date"):
        if name in film:
            _moment(film[name])
    return film


def _require_order(said: Any, names: list[str]) -> None:
    places = [names.index(each.tag) for each in said]
    assert places == sorted(places)


def _address(text: str | None, site: str) -> str:
    assert text
    assert len(text) <= LONGEST_ADDRESS
    assert text.isascii()
    parts, own = urlsplit(text), urlsplit(site)
    assert (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
    return text


def _moment(text: str) -> datetime:
    """W3C's profile of ISO 8601, with a zone."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None
    return moment
