"""What must be true before web and workers start; each step may be repeated and may race with another machine's."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.core.management import call_command
from django.db import OperationalError, connection

from assets.models import Asset
from assets.search.reindexing import missing
from assets.storage import get_store
from permissions.errors import DomainError
from permissions.usecases.bootstrap import FirstAdministrator, ensure_first_administrator

LOCK = 0x4D43_0001
"""PostgreSQL's advisory lock "an installation is being prepared"."""

DATABASE_LIMIT = 60.0
"""Seconds."""


class NotReady(Exception):
    """Something stops the start. The text says what to do."""


def prepare(*, agency_code: str, agency_name: str, email: str) -> FirstAdministrator | None:
    """Bring the installation to this version. The first administrator when one was made. Raises :class:`NotReady`."""
    _refuse_bad_settings()
    _wait_for_database()
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    try:
        with _alone():
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
            _refuse_bad_store()
            return ensure_first_administrator(agency_code=agency_code, agency_name=agency_name, email=email)
    except OperationalError as error:
        raise NotReady(_unreachable(error)) from error
    except DomainError as error:
        raise NotReady(error.message) from error


def entries_missing() -> bool:
    """Whether there are assets that the search does not find by their words yet (``assets/search/reindexing.py``)."""
    return Asset.objects.filter(missing()).exists()


def _wait_for_database() -> None:
    """It may be starting beside us, or recovering from a crash."""
    deadline = time.monotonic() + DATABASE_LIMIT
    while True:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if time.monotonic() > deadline:
                raise NotReady(_unreachable(error)) from error
            time.sleep(0.1)
        else:
            return


def _unreachable(error: OperationalError) -> str:
    first_line = str(error).strip().splitlines()[0]
    return f"The database does not answer ({first_line}): check DATABASE_URL and that it runs."


def _refuse_bad_settings() -> None:
    errors = [message for message in checks.run_checks() if message.is_serious(checks.ERROR)]
    if errors:
        lines = [f"{message.id}: {message.msg} {message.hint or ''}".rstrip() for message in errors]
        raise NotReady("\n  ".join(["The settings cannot be used:", *lines]))


def _refuse_bad_store() -> None:
    findings = [finding for finding in get_store().check() if not finding.ok]
    if findings:
        lines = [f"{finding.code}: {finding.message}" for finding in findings]
        raise NotReady("\n  ".join(["The object store cannot be used (see `mediacenter storage-init`):", *lines]))


@contextmanager
def _alone() -> Iterator[None]:
    """One machine at a time; the others wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
