"""What an asset of the demo is: how its file is made, what is said of it, who may see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from assets.states import Kind, Language
from permissions.vocabulary import Audience

HANOI_TIME = timezone(timedelta(hours=7))
NEWEST = datetime(2026, 11, 20, 9, 0, tzinfo=HANOI_TIME)
"""Events lie before this; a fixed day, so that every run makes the same files."""
OPEN_LICENCE = "CC BY 4.0"
OFFICIAL_USE = "Chỉ dùng trong cơ quan nhà nước"

Make = Callable[[Path], Path]
"""Writes the file into a folder and returns its path."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """The texts in one language; ``body`` (HTML) only for articles."""

    title: str
    caption: str
    alt_text: str = ""
    body: str = ""

    def as_fields(self) -> dict[str, str]:
        return {"title": self.title, "caption": self.caption, "alt_text": self.alt_text, "body": self.body}


def words(title: str, caption: str, alt_text: str = "") -> Words:
    """Short, for the tables of the catalogue."""
    return Words(title=title, caption=caption, alt_text=alt_text)


@dataclass(frozen=True, kw_only=True)
class DemoAsset:
    """``slug`` names it for ever: a second run finds it by that. ``make`` None is an article.

    ``shared_with``: agency codes. ``days_ago`` before :data:`NEWEST`. ``embargo_days``: how long from now on.
    """

    slug: str
    agency: str
    kind: Kind
    texts: Mapping[Language, Words]
    make: Make | None = None
    language: Language = Language.VI
    audience: Audience = Audience.PUBLIC
    shared_with: tuple[str, ...] = ()
    publish: bool = True
    embargo_days: int | None = None
    keywords: tuple[str, ...] = ()
    place: str = ""
    days_ago: int = 0
    urgency: int = 5
    author: str = "Tổ sản xuất Media Center"
    licence: str = OPEN_LICENCE
    album: str = ""

    @property
    def event_date(self) -> datetime:
        return NEWEST - timedelta(days=self.days_ago, hours=self.days_ago % 5)


def trilingual(vi: Words, en: Words, zh: Words) -> dict[Language, Words]:
    return {Language.VI: vi, Language.EN: en, Language.ZH: zh}
