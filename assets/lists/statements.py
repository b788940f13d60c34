"""Statements of lists, written once: Django takes longer to write the usual ones than PostgreSQL to answer them.

All that a statement is made of is its key, rights included (``Sought``). What looks something up beyond that key, when
it is written or in the statement itself, is written anew each time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from psycopg import sql

from assets.lists.sought import Sought
from permissions.prepared import prepared_rows
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
    written = _written(sought, tuple(name for name, _ in bounds))
    if written is None:
        return []
    marked = dict(zip(_MARKS, (UUID(str(value)) for _, value in bounds), strict=False))
    parameters = [_of_page(value, marked) for value in written.parameters]
    if written.is_prepared:
        return [pk for (pk,) in prepared_rows(written.statement, parameters)]
    with connection.cursor() as cursor:
        cursor.execute(written.statement, parameters)
        return [pk for (pk,) in cursor.fetchall()]


@dataclass(frozen=True, kw_only=True)
class Written:
    """``is_prepared``: its plan depends on none of the parameters, which are ids of agencies and bounds."""

    statement: str
    parameters: tuple[Any, ...]
    is_prepared: bool


@lru_cache(maxsize=KEPT)
def _written(sought: Sought, bounded: tuple[str, ...]) -> Written | None:
    """None where nothing can be found."""
    rows = sought.rows(dict(zip(bounded, _MARKS, strict=False)))
    try:
        statement, parameters = rows.query.sql_with_params() if rows is not None else ("", ())
    except EmptyResultSet:
        return None
    if not statement:
        return None
    if sought.wanted.asset:  # by filters of all kinds there would be no end of statements
        return Written(statement=statement, parameters=parameters, is_prepared=False)
    return _with_words(statement, parameters)


def _with_words(statement: str, parameters: Sequence[Any]) -> Written:
    """States and audiences stand in the text: how many works are of them decides where to look first."""
    parts, kept = statement.split("%s"), []
    made = parts[0]
    for value, part in zip(parameters, parts[1:], strict=True):
        if isinstance(value, str):
            made += sql.Literal(value).as_string(connection.connection) + part
        else:
            kept.append(value)
            made += "%s" + part
    return Written(statement=made, parameters=tuple(kept), is_prepared=True)


def _of_page(value: Any, marked: Mapping[UUID, Any]) -> Any:
    return marked.get(value, value) if isinstance(value, UUID) else value


def _is_of_values(sought: Sought) -> bool:
    """Whether equal ones ask the same, whatever the database holds meanwhile."""
    if sought.wanted.further is not None:
        return False
    return all(has_values(condition) for condition in (sought.wanted.asset, *(arm.condition for arm in sought.arms)))
