"""Rewrites our own HLS playlists so that each file they name is fetched from the store by a URL of its own."""

import re
from collections.abc import Callable

_URI = re.compile(r'URI="([^"]*)"')


def with_signed_files(playlist: str, sign: Callable[[str], str]) -> str:
    """``playlist`` with every file replaced by ``sign(relative path)``; names of further playlists stay relative.

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
