"""Cards of what a search has found, with its words marked."""

from dataclasses import replace

from django.utils.safestring import SafeString, mark_safe

from assets.models import Asset
from assets.search.highlighting import highlighted, highlights
from assets.search.query_language import Parsed
from mediacenter.web.presentation.assets import Card


def marked_card(card: Card, asset: Asset, parsed: Parsed) -> Card:
    """The card with its title marked, and where that says nothing of the words, the piece of a caption that does."""
    title = highlighted(card.words.title, parsed)
    caption = "" if title else highlights(asset.texts.all(), parsed).get("caption", "")
    return replace(card, marked=_safe(title), said=_safe(caption))


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308  escaped where it was made, marks apart
