"""Addresses of pages as people give them, in one form, so that one page is reported once."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from assets.models.publication import LONGEST_ADDRESS

MAX_SITE: Final = 253
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+", re.ASCII)
_KEPT: Final = "/%:@!$&'()*+,;=-._~?"
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True)
class Address:
    """``url`` is ASCII, at most ``LONGEST_ADDRESS`` characters; ``site`` its host."""

    url: str
    site: str


def address_of(said: str) -> Address | None:
    """A page of the web (RFC 3986, section 6.2.2: case, port, escapes; without its fragment); None for what is none.

    A name or password in it is no address to be kept. Nothing is fetched.
    """
    if not said.isprintable() or len(said) > LONGEST_ADDRESS:
        return None
    try:
        parts = urlsplit(said.strip())
        host, port = (parts.hostname or "").rstrip(".").encode("idna").decode(), parts.port
    except (UnicodeError, ValueError):
        return None
    if parts.scheme not in _PORTS or "@" in parts.netloc or len(host) > MAX_SITE or not _HOST.fullmatch(host):
        return None
    place = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    path, query = quote(parts.path or "/", safe=_KEPT), quote(parts.query, safe=_KEPT)
    url = urlunsplit((parts.scheme, place, path, query, ""))
    return Address(url=url, site=host) if len(url) <= LONGEST_ADDRESS else None
