"""A typeface that has every Vietnamese letter: one of those that come with any Linux desktop or a small package."""

from functools import cache
from pathlib import Path

from PIL import ImageFont

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
LATIN = {
    False: ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf"),
    True: ("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "LiberationSans-Bold.ttf"),
}
CJK = {False: ("NotoSansCJK-Regular.ttc", "wqy-zenhei.ttc"), True: ("NotoSansCJK-Bold.ttc", "wqy-zenhei.ttc")}
FAMILIES = "DejaVu Sans, Noto Sans, Liberation Sans, sans-serif"
"""The same, for SVG."""


class FontMissing(Exception):
    """No usable typeface is installed; the text says which package has one."""


@cache
def font_file(*, bold: bool = False, chinese: bool = False) -> Path | None:
    """The file, or None when there is none of that kind."""
    names = (CJK if chinese else LATIN)[bold]
    present = {path.name: path for folder in FOLDERS if folder.is_dir() for path in folder.rglob("*.tt[fc]")}
    return next((present[name] for name in names if name in present), None)


def require_font() -> Path:
    """The regular typeface; :class:`FontMissing` otherwise."""
    path = font_file()
    if path is None:
        raise FontMissing("no typeface with Vietnamese letters is installed: apt-get install fonts-dejavu-core")
    return path


def typeface(size: int, *, bold: bool = False, text: str = "") -> ImageFont.FreeTypeFont:
    """For Pillow, in pixels; one with Chinese letters where ``text`` has any."""
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text)
    path = font_file(bold=bold, chinese=chinese) or font_file(bold=bold) or require_font()
    return ImageFont.truetype(str(path), size)


def can_write_chinese() -> bool:
    return font_file(chinese=True) is not None
