"""Lists of assets cost the same in a large warehouse: the number of queries is fixed, and the database reads a page's
worth of rows in the order of an index, for whoever asks. Plans and row counts, not times."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.presenters import for_lists
from assets.lists.statements import _MARKS, _written
from assets.models import Asset
from assets.queries import newest, newest_rows
from assets.search.query import SearchQuery
from assets.translations import to_translate
from permissions.actor import ANONYMOUS, Actor, Grant
from permissions.models import Agency
from permissions.vocabulary import PlatformRole, Role
from tests.factories import make_agency

pytestmark = pytest.mark.django_db
ROWS = 20_000
AGENCIES = 100
PAGE = 25
MOST_READ = 5_000
"""Rows of assets that a page may touch, of 20,000: each place is read as far as a page, some agency by agency."""

MANY = """
INSERT INTO assets_asset (id, reference, kind, state, audience, original_language, urgency, credit_line, author, source,
  licence, keywords, place, search_text, revision, created_at, updated_at, published_at, agency_id)
SELECT ('01930000-' || lpad(to_hex(n / 4096), 4, '0') || '-7' || lpad(to_hex(n %% 4096), 3, '0') || '-8000-000000000000')::uuid,
  'MANY-' || n, 'article', state, audience, 'vi', 5, '', '', '', '', '{}', '', 'n' || n, 1, now(), now(),
  CASE WHEN state = 'published' THEN now() END, (%(agencies)s::uuid[])[1 + n %% %(count)s]
FROM (SELECT n, CASE WHEN n / 100 %% 10 < 7 THEN 'published' WHEN n / 100 %% 10 < 9 THEN 'draft' ELSE 'in_review' END AS state,
  (ARRAY['agency', 'network', 'public', 'shared'])[1 + n / 10 %% 4] AS audience FROM generate_series(1, %(rows)s) n) made
"""  # noqa: E501


@pytest.fixture
def agencies() -> list[Agency]:
    """A hundred agencies below ten, with the last of them asleep: nothing of it is among the newest, and
    what is shared with it is shared with the one before it too."""
    tops = [make_agency() for _ in range(10)]
    made = [make_agency(parent=tops[number % 10]) for number in range(AGENCIES)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(MANY, {"agencies": [agency.pk for agency in made[:-1]], "count": AGENCIES - 1, "rows": ROWS})
        cursor.execute(
            "UPDATE assets_asset SET agency_id = %s WHERE id IN (SELECT id FROM assets_asset ORDER BY id LIMIT 30)",
            [made[-1].pk],
        )
        for agency in made[-2:]:
            cursor.execute(
                "INSERT INTO assets_assetshare (id, asset_id, agency_id) SELECT gen_random_uuid(), id, %s"
                " FROM assets_asset WHERE audience = 'shared' ORDER BY id LIMIT 40",
                [agency.pk],
            )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE assets_asset, assets_assetshare, permissions_agency")
    return made


def actor(*agencies: Agency, role: Role = Role.VIEWER, platform_role: PlatformRole | None = None) -> Actor:
    grants = tuple(Grant(agency_id=agency.pk, path=agency.path, role=role) for agency in agencies)
    return Actor(user_id=UUID(int=1), grants=grants, platform_role=platform_role)


def people(agencies: list[Agency]) -> dict[str, Actor]:
    province = agencies[0].parent
    assert province is not None
    return {
        "stranger": ANONYMOUS,
        "reader of one that sleeps": actor(agencies[-1]),
        "reader of two that the same is shared with": actor(*agencies[-2:]),
        "contributor of one that sleeps": actor(agencies[-1], role=Role.CONTRIBUTOR),
        "editor of a province": actor(province, role=Role.EDITOR),
        "member of thirty": actor(*agencies[10:40], role=Role.CONTRIBUTOR),
        "central desk": actor(platform_role=PlatformRole.CENTRAL_EDITOR),
        "auditor": actor(platform_role=PlatformRole.AUDITOR),
    }


FILTERS = [
    {},
    {"state": "draft"},
    {"state": "in_review"},
    {"state": "published"},
    {"audience": "agency"},
    {"audience": "shared"},
    {"audience": "network"},
    {"agency": True},
    {"agency": True, "state": "draft"},
]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def explained(captured: CaptureQueriesContext) -> Iterator[dict[str, Any]]:
    """Every node of the plans of the queries that were captured, as they ran."""
    for query in list(captured.captured_queries):
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query["sql"])
            answer = cursor.fetchone()[0]
        found = json.loads(answer) if isinstance(answer, str) else answer
        yield from nodes(found[0]["Plan"])


def rows_read(node: dict[str, Any]) -> int:
    filtered = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int((node["Actual Rows"] + filtered) * node["Actual Loops"])


@pytest.mark.parametrize("chosen", FILTERS, ids=str)
def test_a_page_reads_few_assets_in_the_order_of_an_index(agencies: list[Agency], chosen: dict[str, Any]) -> None:
    values = chosen | ({"agency": agencies[-1].parent} if "agency" in chosen else {})
    asked = SearchQuery(**values)
    ways = {
        f"{who}, {way}": rows
        for who, somebody in people(agencies).items()
        for way, rows in {
            "told": newest(somebody, asked),
            "as rows": newest_rows(somebody, asked, shown=lambda rows: rows),
        }.items()
    }
    for who, rows in ways.items():
        with CaptureQueriesContext(connection) as captured:
            found = rows[0:PAGE]
        read = [node for node in explained(captured) if node.get("Relation Name") == "assets_asset"]
        assert sum(map(rows_read, read)) <= MOST_READ, who
        assert not [node for node in read if node["Node Type"] == "Seq Scan"], who
        assert found or not Asset.objects.visible_to(rows.actor).filter(**_plain(values)).exists()


@pytest.mark.parametrize(
    "bounds", [(), (("id__lt", UUID("01930002-0000-7000-8000-000000000000")),)], ids=["first", "deep"]
)
def test_the_plan_that_is_kept_for_all_values_reads_few_assets_too(
    agencies: list[Agency], bounds: tuple[tuple[str, UUID], ...]
) -> None:
    prepared = 0
    for number, (who, somebody) in enumerate(people(agencies).items()):
        written = _written(newest(somebody, SearchQuery())._sought(PAGE), tuple(name for name, _ in bounds))
        if written is None or not written.is_prepared:
            continue
        prepared += 1
        marks = dict(zip(_MARKS, (bound for _, bound in bounds), strict=False))
        values = [marks.get(value, value) if isinstance(value, UUID) else value for value in written.parameters]
        with connection.cursor() as cursor:
            begin, *parts = written.statement.split("%s")
            statement = begin + "".join(f"${at}{part}" for at, part in enumerate(parts, start=1))
            types = ", ".join("uuid[]" if isinstance(value, list) else "uuid" for value in values)
            cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            cursor.execute(f"PREPARE kept_{number} {f'({types})' if types else ''} AS {statement}")
            called = f"kept_{number} ({', '.join(['%s'] * len(values))})" if values else f"kept_{number}"
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE {called}", values)
            answer = cursor.fetchone()[0]
            cursor.execute(f"DEALLOCATE kept_{number}")
        found = json.loads(answer) if isinstance(answer, str) else answer
        read = [node for node in nodes(found[0]["Plan"]) if node.get("Relation Name") == "assets_asset"]
        assert sum(map(rows_read, read)) <= MOST_READ, who
        assert not [node for node in read if node["Node Type"] == "Seq Scan"], who
    assert prepared >= 5


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    agency = values.get("agency")
    return {n: v for n, v in values.items() if n != "agency"} | (
        {"agency__path__startswith": agency.path} if agency else {}
    )


def test_what_is_shared_with_two_agencies_of_the_reader_fills_a_page(agencies: list[Agency]) -> None:
    """Each of them knows the same works as its newest: as many of them as a page holds, and one more."""
    rows = newest_rows(
        actor(*agencies[-2:]), SearchQuery(audience="shared", state="published"), shown=lambda rows: rows
    )
    with CaptureQueriesContext(connection) as captured:
        found = rows[0 : PAGE + 1]
    assert len({asset.pk for asset in found}) == PAGE + 1
    read = [node for node in explained(captured) if node.get("Relation Name") == "assets_asset"]
    assert sum(map(rows_read, read)) <= MOST_READ


def test_a_translator_s_list_reads_few_assets(agencies: list[Agency]) -> None:
    somebody = actor(agencies[-1], role=Role.CONTRIBUTOR)
    with CaptureQueriesContext(connection) as captured:
        to_translate(somebody, language="en", shown=lambda rows: rows)[0:PAGE]
    read = [node for node in explained(captured) if node.get("Relation Name") == "assets_asset"]
    assert sum(map(rows_read, read)) <= MOST_READ


@pytest.mark.parametrize("count", [1, PAGE])
def test_the_number_of_queries_does_not_depend_on_the_page(agencies: list[Agency], count: int) -> None:
    for who, somebody in people(agencies).items():
        rows = newest_rows(somebody, SearchQuery(), shown=for_lists)
        with CaptureQueriesContext(connection) as captured:
            assert len(rows[0:count]) == count
        assert len(captured) <= 2 + 4, who  # subtrees; then rows, shares, texts and (articles have no version) nothing
        with CaptureQueriesContext(connection) as captured:
            assert len(newest(somebody, SearchQuery())[0:count]) == count
        assert len(captured) <= 2 + 2, who  # subtrees, ids, and all that lists tell
