"""Entries are found by their lexemes, also where the planner cannot know how rare these are."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks

from assets.search import did_you_mean, suggestions
from assets.search.candidates import newest_candidates
from assets.search.conditions import Conditions
from assets.search.matches import by_index, matching
from permissions.actor import ANONYMOUS
from permissions.vocabulary import AssetState, Audience
from tests.factories import make_ready_asset

pytestmark = pytest.mark.django_db
ENTRIES = "assets_searchentry"


class Plans:
    """How PostgreSQL answers the statements that ask entries for lexemes."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if "@@" in sql and not sql.startswith("EXPLAIN"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                self.told.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)

    def watching(self) -> AbstractContextManager[None]:
        return connection.execute_wrapper(self)


@pytest.fixture
def plans(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Plans:
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(3):
            make_ready_asset(
                texts={"vi": {"title": f"Cầu Long Biên {number}"}}, state=AssetState.PUBLISHED, audience=Audience.PUBLIC
            )
    return Plans()


@pytest.mark.parametrize("ask", [lambda: suggestions(actor=ANONYMOUS, prefix="lo"),
                                 lambda: did_you_mean(actor=ANONYMOUS, words="longg bien")])  # fmt: skip
def test_no_word_is_looked_for_in_entry_after_entry(ask: Callable[[], object], plans: Plans) -> None:
    with plans.watching():
        ask()
    assert plans.told
    for plan in plans.told:
        assert f"Seq Scan on {ENTRIES}" not in plan, plan
        assert f"Index Scan using {ENTRIES}_pkey" not in plan, plan


def test_no_slice_is_gone_through_in_order(plans: Plans) -> None:
    with plans.watching():
        now = int(datetime.now(UTC).timestamp() * 1000)
        found = newest_candidates(matching(ANONYMOUS, Conditions(lexemes=["'cau'"])), newest=now)
    assert len(found) == 3
    assert len(plans.told) > 1
    for plan in plans.told:
        assert "Sort" in plan, plan
        assert f"Backward using {ENTRIES}_pkey" not in plan, plan


def test_rights_are_asked_of_no_more_than_it_takes(plans: Plans) -> None:
    with plans.watching():
        now = int(datetime.now(UTC).timestamp() * 1000)
        newest_candidates(matching(ANONYMOUS, Conditions(lexemes=["'cau'"])), newest=now, enough=1)
    (plan,) = plans.told
    assert plan.index("Nested Loop") < plan.index("Sort"), plan  # sorted before they are looked up, one by one


def test_what_comes_after_in_the_transaction_is_planned_as_ever() -> None:
    with connection.cursor() as cursor:
        with by_index():
            pass
        for name in ("enable_seqscan", "enable_indexscan"):
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == ("on",)
