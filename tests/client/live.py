"""The real web process and the real client, each in a process of its own that a test may kill."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from django.conf import settings
from django.db import connection

from tests.client.wire import Wire

COMMAND = "from mediacenter.commands.upload import command; command()"
ROOT = Path(__file__).parents[2]


@dataclass(kw_only=True)
class WebServer:
    """gunicorn on the test's database, reached through ``wire``; clients reach its store through ``store_wire``."""

    port: int
    wire: Wire
    store_wire: Wire
    storage_url: str
    log: Path
    extra: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def ensure_running(self) -> None:
        if self.process is None or self.process.poll() is not None:
            self.start()

    def start(self) -> None:
        arguments = ["-m", "gunicorn", "mediacenter.wsgi", "--bind", f"127.0.0.1:{self.port}", "--threads", "8"]
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "STORAGE_URL": self.storage_url,
            "SITE_URL": self.wire.origin,
            "SECRET_KEY": settings.SECRET_KEY,
            **self.extra,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *arguments, "--worker-class", "gthread"],
                env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/api/v1/session", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"the web process did not start: {self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """``kill -9`` of the whole group: no goodbye, no flush."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def memory(self) -> int:
        """Resident bytes of the processes that serve, without what they share with nobody counted twice (USS)."""
        assert self.process is not None
        return sum(child.memory_full_info().uss for child in psutil.Process(self.process.pid).children(recursive=True))


def database_url() -> str:
    """The test database, as another process reaches it: the run's server with the test's database name."""
    server, _, _ = os.environ["DATABASE_URL"].partition("?")
    query = os.environ["DATABASE_URL"][len(server) :]
    return f"{server.rsplit('/', 1)[0]}/{connection.settings_dict['NAME']}{query}"


@dataclass(frozen=True, kw_only=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def results(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.out)["results"]
        return found


@dataclass(frozen=True, kw_only=True)
class Client:
    """``mediacenter upload`` as a person would run it: no database, no Django settings, a state folder."""

    server: str
    token: str
    agency: str
    state: Path
    wrapper: tuple[str, ...] = ()

    def begin(self, *arguments: str | Path, token: str | None = None) -> "subprocess.Popen[str]":
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.state),
            "XDG_STATE_HOME": str(self.state),
            "MEDIACENTER_SERVER": self.server,
            "MEDIACENTER_TOKEN": self.token if token is None else token,
            "LC_ALL": "C.UTF-8",
        }
        return subprocess.Popen(
            [*self.wrapper, sys.executable, "-c", COMMAND, *map(str, arguments)],
            env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def upload(self, *arguments: str | Path, token: str | None = None, agency: str | None = None) -> Ran:
        """Run to the end with ``--json`` for this client's agency."""
        return finish(self.begin("--json", "--agency", agency or self.agency, *arguments, token=token))


def finish(process: "subprocess.Popen[str]", *, seconds: float = 120) -> Ran:
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"the client did not end: {out}{err}") from None
    return Ran(code=process.returncode, out=out, err=err)
