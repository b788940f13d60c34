"""Statements whose text never changes: PostgreSQL plans them once a connection and not at each use.

Django writes its values into the text of a statement, so that each one is planned anew; for a page of a list that takes
longer than reading the rows (``docs/decisions/0046``).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any, cast

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model


def prepared_rows(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows. ``statement`` is one of few constants; its values are ``parameters``.

    Values come as PostgreSQL has them, without what fields of models make of theirs. Runs in the connection and the
    transaction of Django, whose errors it raises. With ``DATABASE_PREPARES`` off it is planned each time.
    """
    with _cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


_KEEPS: ContextVar[bool] = ContextVar("keeps", default=True)


@contextmanager
def planned_anew() -> Iterator[None]:
    """Statements inside are planned for themselves: a plan made under other settings of the planner would stay."""
    before = _KEEPS.set(False)
    try:
        yield
    finally:
        _KEEPS.reset(before)


def columns_of(model: type[Model], alias: str) -> str:
    """The columns of whole rows, for :func:`rows_of`."""
    return ", ".join(f"{alias}.{field.column}" for field in _fields(model))


def rows_of(models: Iterable[type[Model]], columns: Iterable[Any]) -> list[Any]:
    """The rows of the models that these columns are, one after the other; None of an outer join that found nothing."""
    rest, rows = iter(columns), []
    for model in models:
        names = [field.attname for field in _fields(model)]
        values = list(islice(rest, len(names)))
        rows.append(None if values[0] is None else model.from_db(connection.alias, names, values))
    return rows


def _fields(model: type[Model]) -> Sequence[Any]:
    return model._meta.concrete_fields  # noqa: SLF001  Django documents it


class _Prepared(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **_: Any) -> "_Prepared":
        return super().execute(query, params, prepare=_KEEPS.get(), binary=True)


@contextmanager
def _cursor() -> Iterator[CursorWrapper]:
    """Of Django's own where its queries are watched: it shows what was asked with the values in it."""
    connection.close_if_health_check_failed()  # as Django's own cursors: the server may have been started anew
    connection.ensure_connection()
    if connection.queries_logged:
        with connection.cursor() as cursor:
            yield cursor
        return
    with connection.make_cursor(cast("CursorWrapper", _Prepared(connection.connection))) as cursor:
        yield cursor
