"""What of a few hundred candidates comes first.

The sum of what is said where: title above keywords and names above captions above bodies (the weights A to D of
``ts_rank``, which falls off as a word is repeated), for the words as folded, once more as they are written with their
diacritics, and for pairs of neighbours, which are most words of Vietnamese and Chinese. What is new counts up to half
as much again.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from django.db.models import F, FloatField, Func, QuerySet, Value
from django.db.models.functions import Coalesce

from assets.models.search import SearchEntry
from assets.search.analysis import joined, joined_as_said, quoted
from assets.search.query_language import Parsed

WEIGHTS: Final = "{0.08, 0.3, 0.5, 1.0}"
"""Of D, C, B, A."""
FOLDED, EXACT, PAIRS, EXACT_PAIRS = 1.0, 0.8, 0.9, 0.9
NEW: Final = 0.5
HALF_LIFE: Final = 30 * 86_400
"""Seconds after which the bonus of the new is half as large."""


class _Said(Func):
    """What the features give together, of a vector and as many queries as there are ``weights``.

    The inner row stands for itself (OFFSET 0), so that a vector which is stored out of line is fetched once, not for
    each feature again.
    """

    output_field = FloatField()

    def __init__(self, vector: F, *queries: Value, weights: Sequence[float]) -> None:
        super().__init__(vector, *queries)
        self.weights = tuple(weights)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple[Any, ...]]:  # type: ignore[override]
        del connection
        (vector, values), *queries = (compiler.compile(each) for each in self.get_source_expressions())
        parts, parameters = ["0"], []
        for weight, (query, said) in zip(self.weights, queries, strict=True):
            parts.append(f"{weight!r} * ts_rank('{WEIGHTS}', fetched.vector, {query}::tsquery)")
            parameters += said
        inner = f"(SELECT (ARRAY[{vector}])[1] AS vector OFFSET 0) AS fetched"
        return f"(SELECT ({' + '.join(parts)})::float8 FROM {inner})", (*parameters, *values)  # noqa: S608


class _Freshness(Func):
    """From 1 for what is new at a time (seconds since 1970) towards 0."""

    template = f"power(0.5, greatest(0, %(expressions)s) / {HALF_LIFE}.0)::float8"
    arg_joiner = " - extract(epoch FROM "
    output_field = FloatField()

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple[Any, ...]]:  # type: ignore[override]
        del connection
        (now, now_values), (then, then_values) = (compiler.compile(each) for each in self.get_source_expressions())
        age = f"greatest(0::float8, {now}::float8 - extract(epoch FROM {then})::float8)"
        return f"power(0.5::float8, {age} / {HALF_LIFE})", (*now_values, *then_values)


def scored(rows: "QuerySet[SearchEntry, Any]", parsed: Parsed, *, now: int) -> "QuerySet[SearchEntry, Any]":
    """The rows with their ``score``; ``now`` in milliseconds, so that all pages of an answer are ranked alike."""
    features = [(weight, lexemes) for weight, lexemes in _features(parsed) if lexemes]
    queries = [Value(" | ".join(sorted(map(quoted, lexemes)))) for _, lexemes in features]
    score = _Said(F("ranked"), *queries, weights=[weight for weight, _ in features])
    since = Coalesce("asset__published_at", "asset__created_at")
    fresh = _Freshness(Value(now / 1000, output_field=FloatField()), since)
    new = Value(1.0, output_field=FloatField()) + Value(NEW, output_field=FloatField()) * fresh
    return rows.annotate(score=(score + Value(0.001, output_field=FloatField())) * new)


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
