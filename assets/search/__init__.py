"""The search: ``analysis`` of texts, ``query_language``, ``entries`` and ``terms`` as they are kept, ``candidates``,
``ranking``, and what is made of them."""

from assets.search.analysis import fold
from assets.search.correcting import did_you_mean
from assets.search.counting import facets
from assets.search.entries import refresh_entries, refresh_search_text
from assets.search.matches import matches
from assets.search.searching import search
from assets.search.suggesting import suggestions

__all__ = [
    "did_you_mean",
    "facets",
    "fold",
    "matches",
    "refresh_entries",
    "refresh_search_text",
    "search",
    "suggestions",
]
