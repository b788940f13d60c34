"""Installations for the tests of the launcher."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.installation import PROJECT, Installation, clean_environment, free_port

Starter = Callable[..., Installation]


@contextmanager
def starting(home: Path) -> Iterator[Starter]:
    """Gives a way to start installations below ``home``; those that still run at the end are stopped."""
    running: list[Installation] = []

    def starter(*options: str, data: Path | None = None, port: int | None = None, ready: bool = True) -> Installation:
        folder, number = data or home / "installation", port or free_port()
        log = home / f"log-{len(running)}"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-u", "-m", "mediacenter", "run", "--port", str(number), *options],
                cwd=PROJECT,
                env=clean_environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        installation = Installation(data=folder, port=number, process=process, log=log)
        running.append(installation)
        if ready:
            installation.wait_for("Ready after")
        return installation

    try:
        yield starter
    finally:
        for installation in running:
            installation.stop()


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Not below pytest's own folder: every run of pytest closes that to PostgreSQL's user, also while another runs."""
    folder = Path(tempfile.mkdtemp(prefix="mediacenter-run-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as folder:
        yield folder


@pytest.fixture
def start(home: Path) -> Iterator[Starter]:
    with starting(home) as starter:
        yield starter


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """One that the tests share which leave it as it was."""
    with temporary_home() as folder, starting(folder) as starter:
        yield starter()
