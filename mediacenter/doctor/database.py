"""PostgreSQL: does it answer, is it new enough, complete, up to date, and of the same time."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from mediacenter.doctor.finding import Finding, ok, problem

OLDEST = 150000
LARGEST_SKEW = 5.0
"""Seconds. Embargoes follow the database's clock, signatures the web server's."""


def findings() -> Iterator[Finding]:
    try:
        yield _version()
        yield _encoding()
        yield from _extensions()
        yield _migrations()
        yield _clock()
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        yield problem("database", f"The database failed: {reason}", "Check DATABASE_URL and that PostgreSQL runs.")


def _row(query: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row: tuple[object, ...] = cursor.fetchone()
        return row


def _version() -> Finding:
    text, number = _row("SELECT current_setting('server_version'), current_setting('server_version_num')::int")
    if isinstance(number, int) and number < OLDEST:
        return problem("database.version", f"PostgreSQL {text} is too old.", "Use PostgreSQL 15 or later.")
    return ok("database.version", f"PostgreSQL {text} answers.")


def _encoding() -> Finding:
    (encoding,) = _row("SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()")
    if encoding != "UTF8":
        return problem("database.encoding", f"The database stores {encoding}.", "Make it anew with ENCODING 'UTF8'.")
    return ok("database.encoding", "The database stores UTF-8.")


def _extensions() -> Iterator[Finding]:
    needed = _needed_extensions()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        installed = {row[0] for row in cursor.fetchall()}
    for name in sorted(needed - installed):
        yield problem(
            "database.extensions",
            f"The extension {name} is missing.",
            f"As a superuser, in this database: CREATE EXTENSION {name};",
        )
    if needed <= installed:
        yield ok("database.extensions", f"Extensions are there ({', '.join(sorted(needed)) or 'none is needed'}).")


def _needed_extensions() -> set[str]:
    """What the migrations create."""
    from django.contrib.postgres.operations import CreateExtension
    from django.db.migrations.loader import MigrationLoader

    migrations = MigrationLoader(None, ignore_no_migrations=True).disk_migrations.values()
    return {each.name for migration in migrations for each in migration.operations if isinstance(each, CreateExtension)}


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        first = plan[0][0]
        text = f"{len(plan)} migrations are not applied (first: {first.app_label}.{first.name})."
        return problem("database.migrations", text, "Run `mediacenter migrate`.")
    return ok("database.migrations", "Every migration is applied.")


def _clock() -> Finding:
    (now,) = _row("SELECT clock_timestamp()")
    skew = abs((datetime.now(UTC) - now).total_seconds()) if isinstance(now, datetime) else 0.0
    if skew > LARGEST_SKEW:
        return problem(
            "database.clock", f"The database's clock differs from ours by {skew:.0f} s.", "Run NTP on both machines."
        )
    return ok("database.clock", f"The database's clock agrees with ours ({skew:.1f} s).")
