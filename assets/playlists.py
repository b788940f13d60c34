"""Rewrites our own manifests so that each file they name is fetched from the store by a URL of its own."""

import re
from collections.abc import Callable, Mapping
from typing import Final
from xml.sax.saxutils import escape, unescape

HLS_TYPE: Final = "application/vnd.apple.mpegurl"
DASH_TYPE: Final = "application/dash+xml"
_URI = re.compile(r'URI="([^"]*)"')
_BASE = re.compile(r"<BaseURL>([^<]*)</BaseURL>")

Sign = Callable[[str], str]


def with_signed_files(playlist: str, sign: Sign) -> str:
    """An HLS playlist with every file replaced by ``sign(relative path)``; names of further playlists stay relative.

    Only for playlists that we wrote: one URI a line, attributes quoted (RFC 8216, section 4).
    """
    signed: dict[str, str] = {}

    def replaced(name: str) -> str:
        if name.endswith(".m3u8") or "://" in name:
            return name
        if name not in signed:
            signed[name] = sign(name)
        return signed[name]

    def line(text: str) -> str:
        if text.startswith("#"):
            return _URI.sub(lambda found: f'URI="{replaced(found[1])}"', text)
        return replaced(text) if text.strip() else text

    return "\n".join(line(text) for text in playlist.split("\n"))


def with_signed_bases(manifest: str, sign: Sign) -> str:
    """A DASH manifest with every ``BaseURL`` replaced by ``sign(relative path)``. Only for manifests that we wrote."""
    return _BASE.sub(lambda found: f"<BaseURL>{escape(sign(unescape(found[1])))}</BaseURL>", manifest)


REWRITERS: Final[Mapping[str, Callable[[str, Sign], str]]] = {HLS_TYPE: with_signed_files, DASH_TYPE: with_signed_bases}
"""By media type: what is small and names other files, which the app serves itself where the store signs single ones."""
