"""Fixtures that every test may use. Factories are in ``tests/factories.py``."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.storage import get_store

pytest_plugins = ["tests.chromium"]


@pytest.fixture(autouse=True)
def folder_store(tmp_path: Path, settings) -> Iterator[None]:
    """Each test has an object store of its own on disk."""
    settings.STORAGE_URL = f"file://{tmp_path / 'objects'}"
    settings.SCRATCH_DIR = tmp_path / "scratch"
    get_store.cache_clear()
    yield
    get_store.cache_clear()
