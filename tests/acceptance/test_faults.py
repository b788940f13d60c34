"""Everything is killed in the middle of uploads and transcodes; the external ledger says what must still be there.

Invariants: A (acknowledged bytes stay), B (rows and objects agree), C (every job ends, one set of renditions), E (no
manual step: the supervisor of each form starts again what died, nothing else is done).
"""

import hashlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.acceptance.conftest import make_film
from tests.acceptance.instance import Installation, Part, wait_until
from tests.acceptance.ledger import Acknowledged, Ledger, Uploads

pytestmark = [pytest.mark.faults]
UPLOADS = 10
FILMS = 3
PARTS = (Part.WORKER, Part.WEB, Part.DATABASE)


def make_photo(path: Path, seed: int) -> Path:
    """A photo like no other: 660 × 440 of noise."""
    noise = random.Random(seed).randbytes(300 * 200)
    Image.frombytes("L", (300, 200), noise).resize((660, 440)).convert("RGB").save(path, "JPEG", quality=90)
    return path


class Storm:
    """Which part is killed how many seconds after the one before: each part equally often, all by one seed."""

    def __init__(self, *, kills: int, seed: int) -> None:
        moments = random.Random(seed)
        rounds = [part for _ in range(-(-kills // len(PARTS))) for part in moments.sample(PARTS, len(PARTS))]
        self.parts = rounds[:kills]
        self.pauses = [moments.uniform(0.3, 3.0) for _ in self.parts]
        self._seed = seed

    def __str__(self) -> str:
        return f"{len(self.parts)} kills, seed {self._seed}"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    yield ledger
    ledger.close()


@pytest.fixture
def files(tmp_path: Path, request: pytest.FixtureRequest) -> list[Path]:
    """Photos and short films, none of which the installation has."""
    seed = int(time.time() * 1000)
    photos = [make_photo(tmp_path / f"ảnh {number}.jpg", seed + number) for number in range(UPLOADS - FILMS)]
    films = [make_film(tmp_path / f"phim {n}.mp4", seconds=2 + n, size="426x240") for n in range(FILMS)]
    mixed = [*photos, *films]
    random.Random(seed).shuffle(mixed)
    return mixed


def begin_uploads(installation: Installation, ledger: Ledger, files: list[Path], tmp_path: Path, *, over: float):
    """The files' uploads, begun evenly over so many seconds."""
    uploads = Uploads(url=installation.url, token=installation.token, ledger=ledger, memory=tmp_path / "memory.sqlite3")
    return uploads.begin([(number * over / len(files), path) for number, path in enumerate(files)])


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "storm",
    [
        Storm(kills=6, seed=20261122),
        pytest.param(Storm(kills=21, seed=1), marks=pytest.mark.slow),
        pytest.param(Storm(kills=21, seed=2), marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_nothing_acknowledged_is_lost_when_everything_is_killed(
    installation: Installation, ledger: Ledger, files: list[Path], tmp_path: Path, storm: Storm
) -> None:
    before = installation.rows("SELECT count(*) AS number FROM assets_asset")[0]["number"]
    running = begin_uploads(installation, ledger, files, tmp_path, over=sum(storm.pauses))

    for part, pause in zip(storm.parts, storm.pauses, strict=True):
        until = time.monotonic() + pause
        while time.monotonic() < until:
            time.sleep(0.1)
            installation.bring_back()
        ledger.write("kills", part=part)
        installation.kill(part)
    until_answering(installation)

    results = [finished(installation, upload) for upload in running]
    assert [result.reason for result in results if not result.ok] == []
    assert len(ledger.acknowledged) == len(files)
    until_every_job_ended(installation)
    assert installation.rows("SELECT count(*) AS number FROM assets_asset")[0]["number"] == before + len(files)
    assert_nothing_lost(installation, ledger.acknowledged)
    assert_one_result_each(installation, ledger.acknowledged)
    assert_clean(installation)


def finished(installation: Installation, upload):
    """The upload's result; what dies meanwhile is brought back."""
    wait_until(lambda: installation.bring_back() or upload.done(), within=200, what="the upload ends")
    return upload.result()


def until_answering(installation: Installation) -> None:
    wait_until(lambda: installation.bring_back() or installation.is_ready(), within=90, what="it answers again")


def until_every_job_ended(installation: Installation) -> None:
    def ended() -> bool:
        installation.bring_back()
        open_jobs = installation.rows(
            "SELECT count(*) AS number FROM procrastinate_jobs"
            " WHERE task_name = 'transcoding.process_version' AND status IN ('todo', 'doing')"
        )
        unfinished = installation.rows(
            "SELECT count(*) AS number FROM assets_assetversion WHERE state NOT IN ('ready', 'rejected', 'failed')"
        )
        return open_jobs[0]["number"] == unfinished[0]["number"] == 0

    wait_until(ended, within=240, what="every job ends")


def assert_nothing_lost(installation: Installation, promised: list[Acknowledged]) -> None:
    """Every acknowledged file downloads with the SHA-256 that it had on the client's disk (invariant A)."""
    with installation.api() as api:
        for each in promised:
            link = api.get(f"assets/{each.asset}/download", params={"profile": "original"})
            assert link.status_code == 200, (each, link.text)
            body = httpx.get(link.json()["url"], timeout=60).content
            assert hashlib.sha256(body).hexdigest() == each.sha256, each


def assert_one_result_each(installation: Installation, promised: list[Acknowledged]) -> None:
    """Ready, by exactly one attempt, whose renditions are the only ones (invariant C)."""
    for each in promised:
        (version,) = installation.rows(
            "SELECT id, state, attempt, rejection_code FROM assets_assetversion WHERE asset_id = %s", each.asset
        )
        assert version["state"] == "ready", (each, version)
        attempts = installation.rows(
            "SELECT id, state FROM assets_processingattempt WHERE version_id = %s", version["id"]
        )
        states = [attempt["state"] for attempt in attempts]
        assert states.count("succeeded") == 1, states
        assert "running" not in states
        owners = installation.rows("SELECT DISTINCT attempt FROM assets_rendition WHERE version_id = %s", version["id"])
        assert [row["attempt"] for row in owners] == [version["attempt"]]


def assert_clean(installation: Installation) -> None:
    """No process, no work folder, no discrepancy is left."""
    statuses = installation.rows(
        "SELECT DISTINCT status::text AS status FROM procrastinate_jobs WHERE task_name = 'transcoding.process_version'"
    )
    assert {row["status"] for row in statuses} <= {"succeeded"}, "none where all that was sent was aborted"
    wait_until(lambda: not installation.media_children(), within=30, what="no child of a dead worker lives")
    wait_until(lambda: not installation.scratch_entries(), within=30, what="no work folder is left")
    done = installation.command("verify", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
