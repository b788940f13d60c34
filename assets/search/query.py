"""What a search asks for, and the pages that answer it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from permissions.models import Agency

LONGEST_QUERY = 200


class Order(TextChoices):
    """``relevance`` goes from the new to the old, the best of each few hundred first; ``best`` weighs all that there
    is against each other, however old, and takes longer."""

    RELEVANCE = "relevance", _("Relevance")
    NEWEST = "newest", _("Newest first")
    TAKEN = "taken", _("Last taken first")
    BEST = "best", _("Best of all time")


class Orientation(TextChoices):
    LANDSCAPE = "landscape", _("Landscape")
    PORTRAIT = "portrait", _("Portrait")
    SQUARE = "square", _("Square")


@dataclass(frozen=True, kw_only=True)
class SearchQuery:
    """Everything optional. ``words`` is in the language of ``query_language``; ``agency`` means its whole subtree;
    ``place`` is words that the place says one after the other; ``licence`` a code; ``urgency`` that or more urgent.
    Sizes are in pixels, durations in seconds, ends of times not included."""

    words: str = ""
    kind: str | None = None
    state: str | None = None
    audience: str | None = None
    language: str | None = None
    agency: Agency | None = None
    album: UUID | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    taken_from: datetime | None = None
    taken_to: datetime | None = None
    published_from: datetime | None = None
    published_to: datetime | None = None
    place: str = ""
    licence: str = ""
    orientation: str | None = None
    colour: str | None = None
    people: str = ""
    min_width: int | None = None
    min_height: int | None = None
    min_duration: float | None = None
    max_duration: float | None = None
    urgency: int | None = None
    has_captions: bool | None = None
    order: str = Order.RELEVANCE


@dataclass(frozen=True, kw_only=True)
class Hit:
    """An asset that the actor may see. ``score``: only to be compared within one answer; 0 where nothing is ranked."""

    asset_id: UUID
    score: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SearchPage:
    """``next`` asks for the page after this one. ``searched`` are the words that the hits are for: those asked for, or
    where these found nothing ``did_you_mean``."""

    hits: tuple[Hit, ...]
    next: str | None = None
    searched: str = ""
    did_you_mean: str | None = None
