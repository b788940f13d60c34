"""Statements whose text never changes: PostgreSQL plans them once a connection and not at each use.

Django writes its values into the text of a statement, so that each one is planned anew; for a page of a list that takes
longer than reading the rows (``docs/decisions/0046``).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


def prepared_rows(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows. ``statement`` is one of few constants; its values are ``parameters``.

    Runs in the connection and the transaction of Django, whose errors it raises. With ``DATABASE_PREPARES`` off it is
    planned each time.
    """
    with _cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


class _Prepared(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **_: Any) -> "_Prepared":
        return super().execute(query, params, prepare=True)


@contextmanager
def _cursor() -> Iterator[CursorWrapper]:
    connection.ensure_connection()
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(cast("CursorWrapper", _Prepared(connection.connection))) as cursor:
        yield cursor
