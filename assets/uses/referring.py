"""Which page shows a work, as the browser says: a host and a path, no query, no fragment, nothing of a person.

Whoever asks without a browser may say what it likes; counts are evidence of use, not proof.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

MAX_REFERER: Final = 2000
MAX_PAGE: Final = 200
MAX_SITE: Final = 253
_HOST: Final = re.compile(r"(?=.*\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.ASCII)
_PAGE: Final = re.compile(r"/[A-Za-z0-9/._~%!$&'()*+,;=:-]*", re.ASCII)
_CRAWLER: Final = re.compile(
    r"bot\b|bot[/-]|crawl|spider|slurp|preview|facebookexternalhit|headless|monitor|^(?:curl|wget|python|go-http|java)/",
    re.IGNORECASE,
)
SHOWN_IN: Final = frozenset({"", "iframe", "frame", "embed", "object", "image", "video", "audio", "empty"})
"""``Sec-Fetch-Dest`` of what is part of a page (Fetch standard, "request destination"); scripts of players ask with
``empty``. A ``document`` is somebody who followed a link."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """``path`` is empty where the browser names the site alone."""

    site: str
    path: str


def page_of(request: HttpRequest) -> Page | None:
    """The page of another site that shows what is asked for; None for crawlers, for our own pages, for a link that was
    followed, and where the browser does not say."""
    if request.method != "GET" or request.headers.get("Sec-Fetch-Dest", "") not in SHOWN_IN:
        return None
    agent = request.headers.get("User-Agent", "")[:500]
    referer = request.headers.get("Referer", "")
    if not agent or not referer or len(referer) > MAX_REFERER or is_crawler(agent):
        return None
    page = parse_referer(referer)
    return None if page is None or page.site in own_hosts() else page


@lru_cache(maxsize=2048)
def is_crawler(agent: str) -> bool:
    """Whether a ``User-Agent`` calls itself a robot."""
    return _CRAWLER.search(agent) is not None


@lru_cache(maxsize=2048)
def parse_referer(referer: str) -> Page | None:
    """Host and path of a ``Referer`` (RFC 9110, section 10.1.3); None for what is no page of the web.

    A path with an ``@`` may name a person, and a long one may hold a secret: of these the site alone is kept.
    """
    try:
        parts = urlsplit(referer)
        site = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or len(site) > MAX_SITE or not _HOST.fullmatch(site):
        return None
    path = parts.path if len(parts.path) <= MAX_PAGE and _PAGE.fullmatch(parts.path) else ""
    hides = "%40" in path or path == "/"
    return Page(site=site, path="" if hides else path)


def own_hosts() -> frozenset[str]:
    """The hosts of this installation, whose pages do not count."""
    return _hosts_of(settings.SITE_URL, settings.MEDIA_ORIGIN)


@lru_cache(maxsize=8)
def _hosts_of(*origins: str) -> frozenset[str]:
    return frozenset(urlsplit(origin).hostname or "" for origin in origins)
