"""Every part is asked; one that is not well is named with what to do; one that is away hides none of the others."""

import json
from datetime import timedelta
from pathlib import Path

import pgtrigger
import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client

from assets.models import Revision
from mediacenter import checks
from mediacenter.commands.doctor import command
from mediacenter.doctor import Finding, Level, examine
from mediacenter.doctor import machine as machine_part
from mediacenter.health import _store
from tests.conftest import NO_TRUNCATE
from tests.without_vmaf import without_vmaf

pytestmark = pytest.mark.django_db


def by_id() -> dict[str, Finding]:
    return {finding.id: finding for finding in examine()}


def test_every_part_is_asked_and_each_finding_that_is_not_well_says_what_to_do() -> None:
    found = by_id()
    parts = {finding_id.split(".")[0] for finding_id in found}
    assert parts >= {"settings", "python", "ffmpeg", "sandbox", "fonts", "disk", "database", "store", "queue"}
    assert [f.id for f in found.values() if f.level is not Level.OK and not f.advice] == []
    for finding_id in ("ffmpeg", "database.version", "database.extensions", "database.migrations", "database.clock"):
        assert found[finding_id].level is Level.OK, found[finding_id]
    assert "pg_trgm" in found["database.extensions"].message


def test_without_a_worker_the_command_ends_with_1_and_says_start_one() -> None:
    result = CliRunner().invoke(command, ["--json"])
    rows = {row["id"]: row for row in json.loads(result.stdout)["findings"]}
    assert result.exit_code == 1
    assert rows["queue.workers"]["level"] == "problem"
    assert "mediacenter worker" in rows["queue.workers"]["advice"]


@pytest.fixture
def cursor():
    with connection.cursor() as opened:
        yield opened


def worker(cursor, *, silent_for: timedelta) -> int:
    cursor.execute(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval) RETURNING id", [silent_for]
    )
    return int(cursor.fetchone()[0])


def job(cursor, *, status: str, by: int | None = None, age: timedelta = timedelta()) -> None:
    cursor.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id) VALUES ('images', 't', %s, %s)"
        " RETURNING id",
        [status, by],
    )
    (job_id,) = cursor.fetchone()
    cursor.execute("UPDATE procrastinate_events SET at = at - %s::interval WHERE job_id = %s", [age, job_id])
    if status == "failed":
        cursor.execute("INSERT INTO procrastinate_events (job_id, type) VALUES (%s, 'failed')", [job_id])


def test_the_queue_is_well_while_somebody_works_and_nothing_waits_long(cursor) -> None:
    alive = worker(cursor, silent_for=timedelta(seconds=1))
    job(cursor, status="doing", by=alive)
    job(cursor, status="todo", age=timedelta(minutes=1))
    found = by_id()
    levels = {found[f"queue.{name}"].level for name in ("workers", "waiting", "stalled", "failed")}
    assert levels == {Level.OK}
    assert found["queue.waiting"].message == "1 jobs wait."


def test_dead_workers_stalled_waiting_and_failed_jobs_are_told(cursor) -> None:
    worker(cursor, silent_for=timedelta(seconds=1))
    dead = worker(cursor, silent_for=timedelta(minutes=5))
    job(cursor, status="doing", by=dead)
    job(cursor, status="todo", age=timedelta(hours=2))
    job(cursor, status="failed")
    found = by_id()
    assert {n: found[f"queue.{n}"].level for n in ("workers", "waiting", "stalled", "failed")} == dict.fromkeys(
        ("workers", "waiting", "stalled", "failed"), Level.WARNING
    )
    assert "the oldest for 120 minutes" in found["queue.waiting"].message


def test_a_migration_that_is_missing_is_a_problem(cursor) -> None:
    cursor.execute("DELETE FROM django_migrations WHERE app = 'assets'")
    missing = by_id()["database.migrations"]
    assert missing.level is Level.PROBLEM
    assert "assets.0001_initial" in missing.message


def test_guards_that_are_gone_or_switched_off_are_named(cursor) -> None:
    pgtrigger.enable(*NO_TRUNCATE)
    found = by_id()
    assert (found["record.guards"].level, found["history.guards"].level) == (Level.OK, Level.OK)
    off, gone = (
        trigger.get_pgid(Revision)
        for trigger in Revision._meta.triggers
        if trigger.name in {"append_only", "outlives_asset"}
    )
    cursor.execute(f"ALTER TABLE assets_revision DISABLE TRIGGER {off}")
    cursor.execute(f"DROP TRIGGER {gone} ON assets_revision")
    found = by_id()
    assert found["record.guards"].level is Level.OK
    assert found["history.guards"].level is Level.PROBLEM
    assert off in found["history.guards"].message
    assert gone in found["history.guards"].message
    assert "pgtrigger install assets" in found["history.guards"].advice


def test_a_store_that_is_away_is_a_problem_and_the_queue_is_still_asked(settings) -> None:
    from assets.storage import get_store

    settings.STORAGE_URL = "s3://bucket?endpoint=http://127.0.0.1:9"
    get_store.cache_clear()
    found = by_id()
    assert [f for f in found.values() if f.id.startswith("store") and f.level is Level.PROBLEM]
    assert "queue.workers" in found


def test_a_disk_without_room_is_a_problem_that_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_part, "NO_ROOM", 10**18)
    found = by_id()["disk.scratch"]
    assert (found.level, "SCRATCH_DIR" in found.advice) == (Level.PROBLEM, True)


def test_an_ffmpeg_that_measures_no_vmaf_is_a_warning() -> None:
    assert "ffmpeg.vmaf" not in by_id()
    with without_vmaf():
        found = by_id()["ffmpeg.vmaf"]
    assert (found.level, "IMAGEIO_FFMPEG_EXE" in found.advice) == (Level.WARNING, True)


@pytest.mark.parametrize(
    ("changes", "check", "ids"),
    [
        ({"SECRET_KEY": "x" * 60}, checks.secret_key, ["mediacenter.E001"]),
        ({"SECRET_KEY_FALLBACKS": ["short"]}, checks.secret_key, ["mediacenter.E001"]),
        ({"DEBUG": True, "HTTPS": False}, checks.debug, ["mediacenter.W002"]),
        ({"DEBUG": True, "HTTPS": True}, checks.debug, ["mediacenter.E002"]),
        ({"STORAGE_URL": "ftp://x"}, checks.storage_url, ["mediacenter.E003"]),
        (
            {"HTTPS": True, "MEDIA_ORIGIN": "https://a", "SITE_URL": "https://a"},
            checks.media_origin,
            ["mediacenter.W003"],
        ),
        ({"HTTPS": True, "MEDIA_ORIGIN": "https://b", "SITE_URL": "https://a"}, checks.media_origin, []),
        ({"HTTPS": True, "TRUSTED_PROXIES": 0}, checks.proxies, ["mediacenter.W004"]),
        ({"HTTPS": True, "TRUSTED_PROXIES": 1}, checks.proxies, []),
    ],
)
def test_settings_that_are_unsafe_have_ids(settings, changes, check, ids) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert [message.id for message in check(None)] == ids


def test_ready_says_which_part_is_away_and_not_why(settings, client: Client, tmp_path: Path) -> None:
    from assets.storage import get_store

    _store._asked = None
    assert client.get("/readyz").json() == {"ready": True, "parts": {"database": "ok", "queue": "ok", "store": "ok"}}
    settings.STORAGE_URL = "s3://bucket?endpoint=http://127.0.0.1:9"
    get_store.cache_clear()
    _store._asked = None
    try:
        answer = client.get("/readyz")
    finally:
        _store._asked = None
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer.json() == {"ready": False, "parts": {"database": "ok", "queue": "ok", "store": "failed"}}
    assert client.get("/healthz").content == b"ok\n"
    assert client.post("/healthz").status_code == 405
