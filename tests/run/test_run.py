"""``mediacenter run`` from an empty folder: what it makes, prints, refuses, and leaves behind (nothing)."""

import os
import re
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest

from tests.installation import PROJECT, Installation, answers, clean_environment, free_port
from tests.run.conftest import Starter

pytestmark = pytest.mark.timeout(300)


def test_an_empty_folder_becomes_an_installation_that_answers_and_ctrl_c_leaves_nothing(start: Starter) -> None:
    installation = start()
    family = installation.family()
    assert len(family) >= 4  # PostgreSQL and its processes, the web server and its own, a worker
    assert httpx.get(f"{installation.url}/healthz").text == "ok\n"
    ready = httpx.get(f"{installation.url}/readyz")
    assert ready.json() == {"ready": True, "parts": {"database": "ok", "queue": "ok", "store": "ok"}}
    printed = installation.printed()
    assert re.search(r"First agency VGP, administrator \S+@\S+", printed)
    assert re.search(r"Password \(shown only now\): \S{23}", printed)

    assert installation.stop() == 0
    gone, alive = psutil.wait_procs(family, timeout=5)
    assert [(process.pid, process.name()) for process in alive] == []
    assert len(gone) == len(family)
    assert not (installation.data / "postgres" / "postmaster.pid").exists()
    assert not (installation.data / "run" / "environment.json").exists()
    assert "Stopped." in installation.printed()


def test_a_second_start_keeps_everything_and_prints_no_password_again(start: Starter) -> None:
    first = start("--workers", "0")
    key = (first.data / "secret-key").read_text()
    first.stop(signal.SIGTERM)
    second = start("--workers", "0", data=first.data)
    assert (second.data / "secret-key").read_text() == key
    assert "Password" not in second.printed()
    assert "First agency" not in second.printed()
    assert second.command("manage", "shell", "-v", "0", "-c", _COUNT_USERS).stdout.strip() == "1 user"


_COUNT_USERS = "from permissions.models import User; print(User.objects.count(), 'user')"


def test_after_kill_9_of_the_launcher_nothing_stays_and_the_next_start_works(start: Starter) -> None:
    first = start()
    family = first.family()
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait(10)
    _, alive = psutil.wait_procs(family, timeout=40)
    assert [(process.pid, process.cmdline()) for process in alive] == []
    second = start(data=first.data)
    assert answers(second.url)


def test_a_start_right_after_kill_9_waits_for_what_is_left(start: Starter) -> None:
    first = start("--workers", "0")
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait(10)
    second = start("--workers", "0", data=first.data)
    assert answers(second.url)


@pytest.mark.faults
def test_each_part_that_is_killed_is_started_again(start: Starter) -> None:
    installation = start()
    for count, part in enumerate((("mediacenter", "worker"), ("mediacenter", "web"), ("postgres", "-D")), 1):
        victim = installation.part(*part)
        victim.kill()
        installation.wait_for("was killed by signal 9", times=count)
        installation.wait_for("was started again", times=count)
        assert installation.part(*part).pid != victim.pid
        deadline = time.monotonic() + 60
        while not answers(installation.url):
            assert time.monotonic() < deadline, installation.printed()
            time.sleep(0.2)


# --- Tests that share one installation ----------------------------------------------------------------------


def test_what_is_secret_is_closed_to_others(installation: Installation) -> None:
    for name in ("secret-key", "run/environment.json"):
        assert stat.S_IMODE((installation.data / name).stat().st_mode) == 0o600
    for name in ("postgres", "socket", "run"):
        assert stat.S_IMODE((installation.data / name).stat().st_mode) == 0o700
    assert installation.data.stat().st_mode & stat.S_IRWXO == 0
    assert installation.part("postgres", "-D").uids().real != 0  # also where root runs it


def test_two_cannot_run_on_one_folder(installation: Installation, start: Starter) -> None:
    second = start("--workers", "0", data=installation.data, ready=False)
    assert second.process.wait(60) == 1
    assert f"Already running on {installation.data} (process {installation.process.pid})" in second.printed()
    assert answers(installation.url)


def test_a_taken_port_is_named_before_anything_starts(installation: Installation, start: Starter) -> None:
    second = start("--workers", "0", port=installation.port, ready=False)
    assert second.process.wait(60) == 1
    assert f"127.0.0.1:{installation.port} cannot be used" in second.printed()
    assert "--port" in second.printed()


def test_other_commands_find_the_running_instance_through_the_data_folder(
    installation: Installation, home: Path
) -> None:
    deadline = time.monotonic() + 60
    while (seen := installation.command("doctor", "--json")).returncode != 0:  # until the worker has said that it lives
        assert time.monotonic() < deadline, seen.stdout + seen.stderr
        time.sleep(0.5)
    assert '"queue.workers"' in seen.stdout
    elsewhere = replace(installation, data=home / "empty").command("doctor")
    assert elsewhere.returncode == 1
    assert f"Nothing runs on {home / 'empty'}" in elsewhere.stderr


def test_a_database_url_takes_the_place_of_the_embedded_server(installation: Installation, home: Path) -> None:
    url = installation.environment()["DATABASE_URL"].replace("/mediacenter?", "/postgres?")
    port = free_port()
    environment = {**clean_environment(home / "second"), "DATABASE_URL": url}
    with (home / "second-log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "mediacenter", "run", "--workers", "0", "--port", str(port)],
            cwd=PROJECT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 120
        while not answers(f"http://127.0.0.1:{port}"):
            assert process.poll() is None, Path(log.name).read_text()
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert not (home / "second" / "postgres").exists()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
