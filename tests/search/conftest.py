"""Assets whose words are found."""

from typing import Any

import pytest

from assets.models import Asset
from assets.search import refresh_search_text, search
from assets.search.entries import passages_of
from assets.search.query import SearchQuery
from assets.search.terms import keep_terms, terms_of
from permissions.actor import Actor
from permissions.models import Agency
from permissions.vocabulary import PlatformRole
from tests.factories import make_agency, make_asset

EVERYBODY_S = Actor(platform_role=PlatformRole.AUDITOR)
"""One who sees everything."""


def say(title: str = "", *, caption: str = "", language: str = "vi", body: str = "", **fields: Any) -> Asset:
    """An asset with these words, as it would be after an edit; its terms are kept."""
    asset = make_asset(texts={language: {"title": title, "caption": caption, "body": body}}, **fields)
    refresh_search_text(asset)
    keep_terms(terms_of(passages_of(asset)))
    return asset


def titles(words: str, *, actor: Actor = EVERYBODY_S, **asked: Any) -> list[str]:
    """The titles that a search finds, in its order, all pages of it."""
    found: list[str] = []
    after = None
    while True:
        page = search(actor=actor, query=SearchQuery(words=words, **asked), size=3, after=after)
        by_id = Asset.objects.in_bulk([hit.asset_id for hit in page.hits])
        found += [by_id[hit.asset_id].texts.all()[0].title for hit in page.hits]
        after = page.next
        if after is None:
            return found


@pytest.fixture
def agency() -> Agency:
    return make_agency()
