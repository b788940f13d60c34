"""``mediacenter demo`` with a real worker, twice."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from assets.models import Asset, AssetVersion
from assets.states import Kind
from permissions.models import Agency, User
from permissions.vocabulary import AssetState
from tests.client.live import ROOT, database_url


@pytest.fixture
def environment(transactional_db: None, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "STORAGE_URL": settings.STORAGE_URL,
        "SCRATCH_DIR": str(tmp_path / "scratch"),
        "SECRET_KEY": settings.SECRET_KEY,
    }


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path) -> Iterator[None]:
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mediacenter", "worker"], env=environment, cwd=ROOT, stdout=log, stderr=log
        )
        yield
        process.terminate()
        process.wait(30)


def demo(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "mediacenter", "demo", *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_first_run_fills_and_publishes_and_a_second_adds_nothing(environment: dict[str, str], worker: None) -> None:
    said = demo(environment, "--limit", "3")

    assert "3 assets added" in said
    assert "3 assets published" in said
    assert Agency.objects.count() == 64
    kinds = set(Asset.objects.filter(state=AssetState.PUBLISHED).values_list("kind", flat=True))
    assert kinds == {Kind.INFOGRAPHIC, Kind.PHOTO, Kind.ARTICLE}
    assert all(asset.texts.count() == 3 for asset in Asset.objects.all())
    assert AssetVersion.objects.filter(state="ready", renditions__isnull=False).distinct().count() == 2
    person = User.objects.get(email="chau.vgp@demo.example")
    password = next(line.split()[1] for line in said.splitlines() if person.email in line)
    assert person.check_password(password)

    again = demo(environment, "--limit", "3")

    assert "0 agencies, 0 people, 0 assets added" in again
    assert "0 assets published" in again
    assert password not in again
    assert Asset.objects.count() == 3


def test_missing_tools_are_named_in_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    command = [sys.executable, "-m", "mediacenter", "demo", "--limit", "4"]
    done = subprocess.run(
        command, env=environment | {"PATH": str(tmp_path / "empty")}, cwd=ROOT, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "apt-get install espeak-ng ffmpeg" in done.stderr
    assert Agency.objects.count() == 0
