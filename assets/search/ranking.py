"""What of a few hundred candidates comes first.

The sum of what is said where: title above keywords and names above captions above bodies (the weights A to D of
``ts_rank``, which falls off as a word is repeated), for the words as folded, once more as they are written with their
diacritics, and for pairs of neighbours, which are most words of Vietnamese and Chinese. What is new counts up to half
as much again.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from django.db.models import F, FloatField, Func, QuerySet, Value
from django.db.models.functions import Coalesce

from assets.models.search import SearchEntry
from assets.search.analysis import joined, joined_as_said, quoted
from assets.search.query_language import Parsed
from permissions.prepared import prepared_rows

WEIGHTS: Final = "{0.08, 0.3, 0.5, 1.0}"
"""Of D, C, B, A."""
FOLDED, EXACT, PAIRS, EXACT_PAIRS = 1.0, 0.8, 0.9, 0.9
NEW: Final = 0.5
HALF_LIFE: Final = 30 * 86_400
"""Seconds after which the bonus of the new is half as large."""


class _Score(Func):
    """Of a vector and the time that it is new since, by as many queries as there are ``weights``; at ``now``."""

    output_field = FloatField()

    def __init__(self, vector: F, since: Coalesce, *queries: Value, weights: Sequence[float], now: int) -> None:
        super().__init__(vector, since, *queries)
        self.weights, self.now = tuple(weights), now

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple[Any, ...]]:  # type: ignore[override]
        del connection
        (vector, _none), (since, _none_either), *queries = map(compiler.compile, self.get_source_expressions())
        said = [parameter for _, parameters in queries for parameter in parameters]
        return _score(vector, since, self.weights), (*said, self.now / 1000)


def _score(vector: str, since: str, weights: Sequence[float]) -> str:
    """With parameters for the queries and for the time of now, in seconds since 1970.

    The inner row stands for itself (OFFSET 0), so that a vector which is stored out of line is fetched once, not for
    each feature again. What is new counts from 1 towards 0.
    """
    parts = ["0", *(f"{weight!r} * ts_rank('{WEIGHTS}', fetched.vector, %s::tsquery)" for weight in weights)]
    inner = f"(SELECT (ARRAY[{vector}])[1] AS vector OFFSET 0) AS fetched"
    said = f"(SELECT ({' + '.join(parts)})::float8 FROM {inner})"  # noqa: S608 - columns and constants
    age = f"greatest(0::float8, %s::float8 - extract(epoch FROM {since})::float8)"
    return f"({said} + 0.001) * (1.0 + {NEW} * power(0.5::float8, {age} / {HALF_LIFE}))"


def scored(rows: "QuerySet[SearchEntry, Any]", parsed: Parsed, *, now: int) -> "QuerySet[SearchEntry, Any]":
    """The rows with their ``score``; ``now`` in milliseconds, so that all pages of an answer are ranked alike."""
    weights, queries = _queries(parsed)
    since = Coalesce("asset__published_at", "asset__created_at")
    return rows.annotate(score=_Score(F("ranked"), since, *map(Value, queries), weights=weights, now=now))


def scores_of(ids: Sequence[UUID], parsed: Parsed, *, now: int) -> list[tuple[UUID, float]]:
    """The same scores of these works, in no order."""
    weights, queries = _queries(parsed)
    score = _score("e.ranked", "COALESCE(a.published_at, a.created_at)", weights)
    statement = (
        f"SELECT e.asset_id, {score} FROM assets_searchentry e JOIN assets_asset a ON a.id = e.asset_id"  # noqa: S608
        " WHERE e.asset_id = ANY(%s)"
    )
    return [(pk, value) for pk, value in prepared_rows(statement, [*queries, now / 1000, list(ids)])]


def _queries(parsed: Parsed) -> tuple[list[float], list[str]]:
    """The weight of each feature, and its query."""
    features = [(weight, lexemes) for weight, lexemes in _features(parsed) if lexemes]
    return [weight for weight, _ in features], [" | ".join(sorted(map(quoted, said))) for _, said in features]


def _features(parsed: Parsed) -> tuple[tuple[float, set[str]], ...]:
    folded: set[str] = set()
    exact: set[str] = set()
    pairs: set[str] = set()
    exact_pairs: set[str] = set()
    for term in parsed.wanted:
        folded |= {word.folded for word in term.words}
        exact |= {word.said for word in term.words if word.is_exact}
    # neighbours of the whole query: words that were typed apart may belong together
    typed = [term.words for term in parsed.wanted]
    line = [word for words in typed for word in words]
    for left, right in pairwise(line):
        pairs.add(joined(left, right))
        if left.is_exact or right.is_exact:
            exact_pairs.add(joined_as_said(left, right))
    return (FOLDED, folded), (EXACT, exact), (PAIRS, pairs), (EXACT_PAIRS, exact_pairs)
