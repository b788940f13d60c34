"""Folded text: what is searched, and how a query is folded the same way. Good for thousands of assets."""

import re
import unicodedata
from html import unescape

import nh3
from django.db.models import Q

from assets.articles.blocks import with_works
from assets.articles.parsing import parse
from assets.articles.serialising import to_html
from assets.models import Asset, AssetText
from assets.states import Kind
from permissions.marks import decomposed

MAX_QUERY_WORDS = 12
MAX_TEXT = 200_000


def fold(text: str) -> str:
    """Lower case without diacritics (``Đường phố`` → ``duong pho``), white space collapsed."""
    split = decomposed(text.casefold().replace("đ", "d"))
    plain = "".join(c for c in split if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", plain).strip()


def searchable_text(asset: Asset) -> str:
    """Everything of an asset that a search should find, folded."""
    parts = [asset.reference, asset.credit_line, asset.author, asset.source, asset.place, *asset.keywords]
    for text in asset.texts.all():
        parts += [text.title, text.caption, text.alt_text, unescape(nh3.clean(_searched(asset, text), tags=set()))]
    return fold("\n".join(part for part in parts if part))[:MAX_TEXT]


def _searched(asset: Asset, text: AssetText) -> str:
    """The body as everybody who sees the asset may read it. What an article says of the works in it is not searched:
    a reader who may not know a work would find the article by it."""
    if asset.kind != Kind.ARTICLE:
        return text.body
    return to_html(with_works(parse(text.body).blocks, lambda _: None))


def refresh_search_text(asset: Asset) -> None:
    """Recompute ``asset.search_text`` from the stored texts. Call in the transaction that changed them."""
    asset.search_text = searchable_text(asset)
    asset.save(update_fields=["search_text"])


def matching(query: str) -> Q:
    """Assets that contain every word of the query, diacritics and case ignored."""
    condition = Q()
    for word in fold(query).split()[:MAX_QUERY_WORDS]:
        condition &= Q(search_text__contains=word)
    return condition
