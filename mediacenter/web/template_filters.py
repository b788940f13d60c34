"""Filters of the pages; loaded as ``pages`` (settings, ``TEMPLATES``)."""

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from assets.html import sanitise
from assets.models import Asset
from mediacenter.web.presentation.assets import Card
from mediacenter.web.presentation.texts import best_words
from permissions.actor import Actor
from permissions.audit_policy import may_read_record
from permissions.models import Agency
from permissions.vocabulary import PlatformRole

register = template.Library()
FRAME_WIDTH = 640
WORDS_HEIGHT = 96
"""Room below the work for title and credit, CSS pixels."""


@register.filter
def clock(seconds: float) -> str:
    """``1:05``, ``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def sanitised(html: str) -> SafeString:
    """Stored HTML through the allowlist once more, as rows may be older than its last change (threats, item 18)."""
    return mark_safe(sanitise(html))  # noqa: S308  made safe in this very line


@register.filter
def reads_record(actor: Actor | str) -> bool:
    """Whether the page shows the way to the record; a page without an actor gives an empty text."""
    return isinstance(actor, Actor) and bool(may_read_record(actor))


@register.filter
def operates(actor: Actor | str) -> bool:
    """Whether the page shows the way to workers and queues; likewise."""
    return isinstance(actor, Actor) and actor.platform_role is PlatformRole.OPERATOR


@register.filter
def headline(asset: Asset) -> str:
    """The title in the reader's language, or what stands in for it."""
    return best_words(asset).title


@register.filter
def agency_name(agency: Agency) -> str:
    """The agency's name in the reader's language."""
    return agency.name_in(get_language() or "vi")


@register.filter
def frame_height(card: Card) -> int:
    """Height of a frame of 640 pixels that shows the whole work and its words."""
    if card.picture is None or not card.picture.width:
        return 160 if card.kind == "audio" else 456
    return round(FRAME_WIDTH * card.picture.height / card.picture.width) + WORDS_HEIGHT
