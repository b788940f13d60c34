"""Statements of lists, written once: Django takes longer to write the usual ones than PostgreSQL to answer them.

All that a statement is made of is its key, rights included (``Sought``). What looks something up beyond that key, when
it is written or in the statement itself, is written anew each time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q

from assets.lists.sought import Sought
from permissions.rows import InWindow

KEPT: Final = 512
"""Statements of a process, of a few kilobytes each."""
_VALUES: Final = (str, int, UUID, datetime, type(None))
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
    return all(_has_values(condition) for condition in (sought.wanted.asset, *(arm.condition for arm in sought.arms)))


def _has_values(condition: Q) -> bool:
    return all(
        _has_values(child) if isinstance(child, Q) else isinstance(child, InWindow) or _is_pair(child)
        for child in condition.children
    )


def _is_pair(child: Any) -> bool:
    """A field and a value, rather than an expression."""
    return isinstance(child, tuple) and _is_value(child[1])


def _is_value(value: Any) -> bool:
    if isinstance(value, (list, tuple, frozenset)):
        return all(map(_is_value, value))
    return isinstance(value, _VALUES)
