"""Statements of lists, written once: Django takes longer to write the usual ones than PostgreSQL to answer them.

All that a statement is made of is its key, rights included (``Sought``). What looks something up beyond that key, when
it is written or in the statement itself, is written anew each time.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection

from assets.lists.sought import Sought
from permissions.rows import has_values

KEPT: Final = 512
"""Statements of a process, of a few kilobytes each."""
_MARKS: Final = (UUID(int=1), UUID(int=2))
"""Stand for the bounds, which differ from page to page."""


def first_ids(sought: Sought, bounds: Sequence[tuple[str, Any]]) -> list[UUID]:
    """The ids that are ``sought`` within the bounds of them, in its order."""
    if not _is_of_values(sought) or len(bounds) > len(_MARKS):
        found = sought.rows(dict(bounds))
        return [row["first"] for row in found] if found is not None else []
    marked = dict(zip(_MARKS, (value for _, value in bounds), strict=False))
    written = _written(sought, tuple(name for name, _ in bounds))
    if written is None:
        return []
    statement, parameters = written
    with connection.cursor() as cursor:
        cursor.execute(statement, [_of_page(value, marked) for value in parameters])
        return [row[0] for row in cursor.fetchall()]


@lru_cache(maxsize=KEPT)
def _written(sought: Sought, bounded: tuple[str, ...]) -> tuple[str, tuple[Any, ...]] | None:
    """None where nothing can be found."""
    rows = sought.rows(dict(zip(bounded, _MARKS, strict=False)))
    try:
        return None if rows is None else rows.query.sql_with_params()
    except EmptyResultSet:
        return None


def _of_page(value: Any, marked: Mapping[UUID, Any]) -> Any:
    return marked.get(value, value) if isinstance(value, UUID) else value


def _is_of_values(sought: Sought) -> bool:
    """Whether equal ones ask the same, whatever the database holds meanwhile."""
    if sought.wanted.further is not None:
        return False
    return all(has_values(condition) for condition in (sought.wanted.asset, *(arm.condition for arm in sought.arms)))
