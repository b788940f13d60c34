"""Fixtures that every test may use. Factories are in ``tests/factories.py``."""

from collections.abc import Iterator
from pathlib import Path

import pgtrigger
import pytest
from pytest_django.plugin import DjangoDbBlocker

from assets.storage import get_store

pytest_plugins = ["tests.chromium"]


NO_TRUNCATE = (
    *(
        f"permissions.{model}:no_truncate"
        for model in ("AuditEvent", "AuditSeal", "AuditPending", "AgencyTerms", "TermsAcceptance")
    ),
    "assets.Revision:no_truncate",
    "assets.UsageStatement:no_truncate",
)


BROWSER_ATTEMPTS = 3
"""What plays in a browser is also other people's work under a machine's load: players now and then wait for ever."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser test that fails is tried again, and the summary names it (``RERUN``); one that always fails, fails."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=BROWSER_ATTEMPTS - 1))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Between transactional tests Django empties every table by TRUNCATE, which the record refuses: in test databases
    only, its owner takes this one guard down. ``tests/permissions/test_record_guards.py`` puts it up again to try it.
    """
    with django_db_blocker.unblock():
        pgtrigger.disable(*NO_TRUNCATE)


@pytest.fixture(autouse=True)
def folder_store(tmp_path: Path, settings) -> Iterator[None]:
    """Each test has an object store of its own on disk."""
    settings.STORAGE_URL = f"file://{tmp_path / 'objects'}"
    settings.SCRATCH_DIR = tmp_path / "scratch"
    get_store.cache_clear()
    yield
    get_store.cache_clear()
