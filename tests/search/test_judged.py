"""How well the search answers queries that were judged beforehand, beside what plain PostgreSQL answers."""

import sys
from dataclasses import dataclass
from statistics import mean
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from uuid_utils.compat import uuid7

from assets.models import Asset, AssetText
from assets.search import search
from assets.search.entries import refresh_entries
from assets.search.query import SearchQuery
from assets.states import Kind
from tests.factories import make_agency
from tests.search.collection import Composed, collection
from tests.search.conftest import EVERYBODY_S
from tests.search.judged import AT, Judged, judged, ndcg

pytestmark = pytest.mark.django_db

GOAL = 0.85
MARGIN = 0.05


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a query's first ten are worth, by our search and by plain PostgreSQL."""

    query: Judged
    ours: float
    plain: float


def _store() -> dict[UUID, Composed]:
    agency = make_agency()
    stored = {uuid7(): composed for composed in collection()}
    Asset.objects.bulk_create(
        Asset(
            id=pk,
            agency=agency,
            reference=f"J-20261121-{'A' if composed.report else 'P'}{composed.number:04d}",
            kind=Kind.ARTICLE if composed.report else Kind.PHOTO,
        )
        for pk, composed in stored.items()
    )
    AssetText.objects.bulk_create(
        AssetText(asset_id=pk, language=language, **composed.text(language))
        for pk, composed in stored.items()
        for language in composed.languages
    )
    return stored


def _plain_postgresql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
        cursor.execute(
            "CREATE TEMPORARY TABLE plain ON COMMIT DROP AS SELECT asset_id,"
            " setweight(to_tsvector('simple', unaccent(string_agg(title, ' '))), 'A')"
            " || setweight(to_tsvector('simple', unaccent(string_agg(caption, ' '))), 'C')"
            " || setweight(to_tsvector('simple', unaccent(string_agg(body, ' '))), 'D') AS found"
            " FROM assets_assettext GROUP BY asset_id"
        )


def _found_plainly(words: str) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT asset_id FROM plain, websearch_to_tsquery('simple', unaccent(%s)) AS asked"
            " WHERE found @@ asked ORDER BY ts_rank(found, asked) DESC, asset_id DESC LIMIT %s",
            [words, AT],
        )
        return [row[0] for row in cursor.fetchall()]


def _found(words: str) -> list[UUID]:
    page = search(actor=EVERYBODY_S, query=SearchQuery(words=words), size=AT)
    return [hit.asset_id for hit in page.hits]


def _worth(query: Judged, found: list[UUID], stored: dict[UUID, Composed]) -> float:
    return ndcg([query.grade(stored[pk]) for pk in found], [query.grade(each) for each in stored.values()])


def test_judged_queries_are_many_different_and_each_can_be_answered() -> None:
    queries = list(judged())
    everything = list(collection())
    assert len(queries) >= 120
    assert len({query.words for query in queries}) == len(queries)
    assert [query.words for query in queries if not any(query.grade(each) for each in everything)] == []


def test_judged_queries_are_answered_well_and_better_than_plain_postgresql_does(
    django_capture_on_commit_callbacks: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        stored = _store()
        refresh_entries(stored)
    _plain_postgresql()
    answers = [
        Answer(
            query=query,
            ours=_worth(query, _found(query.words), stored),
            plain=_worth(query, _found_plainly(query.words), stored),
        )
        for query in judged()
    ]
    with capsys.disabled():
        sys.stdout.write(_table(answers))
    ours, plain = mean(each.ours for each in answers), mean(each.plain for each in answers)
    assert ours >= GOAL
    assert ours >= plain + MARGIN


def _table(answers: list[Answer]) -> str:
    """The two side by side by group, then which queries are answered worse than the goal."""
    lines = [""]
    groups = list(dict.fromkeys(each.query.group for each in answers))
    for group in [*groups, "all"]:
        those = [each for each in answers if group in (each.query.group, "all")]
        ours, plain = mean(each.ours for each in those), mean(each.plain for each in those)
        lines.append(f"{group:20} {len(those):4} queries  nDCG@10 {ours:.3f}  plain {plain:.3f}")
    weak = [f"{each.ours:.2f} (plain {each.plain:.2f}) {each.query.words}" for each in answers if each.ours < GOAL]
    return "\n  ".join(["\n".join(lines) + "\nbelow the goal:", *weak]) + "\n"
