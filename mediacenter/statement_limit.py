"""No statement of a web request works on for somebody who has long gone.

A proxy gives an answer up after a minute and a client may end at any time, but PostgreSQL goes on with what it was
asked. Workers and commands have no such limit: a re-index or a migration takes its time.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def limit_statements(seconds: int) -> None:
    """Each statement of this process ends after so many seconds, with an error for which
    ``api.errors.ended_by_limit`` is true; 0: none does. Of connections that are made from now on."""

    def limit(connection: BaseDatabaseWrapper, **_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{seconds}s"])

    if seconds:
        connection_created.connect(limit, weak=False, dispatch_uid="mediacenter.statement_limit")
