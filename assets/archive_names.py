"""Names of files in an archive: readable with their diacritics, and such that every system can unpack them."""

import re
import unicodedata
from typing import Final

from assets.tables import harmless

MAX_NAME_BYTES: Final = 180
"""Of one name in UTF-8 without its suffix: with suffix and number it stays under the 255 of usual file systems."""
# what Windows does not take in names (Microsoft, "Naming Files, Paths, and Namespaces"), and both separators
_UNUSABLE: Final = re.compile(r'[<>:"/\\|?*]')
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
_SUFFIX: Final = re.compile(r"[a-z0-9]{1,8}", re.ASCII)


class NamesInArchive:
    """Gives each file a name of its own; names that differ only in case or in composition are the same here, as they
    are on Windows and macOS."""

    def __init__(self, *taken: str) -> None:
        self._taken = {_folded(name) for name in taken}

    def take(self, *, title: str, reference: str, suffix: str) -> str:
        """``title (reference).suffix``, without what some system refuses; numbered where that is taken."""
        ending = f".{suffix.lower()}" if _SUFFIX.fullmatch(suffix.lower()) else ""
        words = harmless(safe_stem(title, room=MAX_NAME_BYTES - 60))  # a table of names says exactly these names
        stem = safe_stem(f"{words} ({reference})")
        name, number = f"{stem}{ending}", 1
        while _folded(name) in self._taken:
            number += 1
            name = f"{stem} {number}{ending}"
        self._taken.add(_folded(name))
        return name


def safe_stem(text: str, *, room: int = MAX_NAME_BYTES) -> str:
    """The text in NFC as one part of a path: no separators, controls, directional marks, dots or spaces at its ends, no
    name of a device; cut to ``room`` bytes between characters; never empty."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    text = " ".join(_UNUSABLE.sub("-", text).split())
    text = text.encode()[:room].decode(errors="ignore").strip(" .")
    if _RESERVED.fullmatch(text.partition(".")[0].strip()):
        text = f"_{text}"
    return text or "_"


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
