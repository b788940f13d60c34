"""A whole installation as processes of its own, in both forms that people run it in.

``EmbeddedInstallation`` is ``mediacenter run``: PostgreSQL in the data folder, objects in a folder, the launcher starts
again what dies. ``ServicesInstallation`` is what a machine room has: a PostgreSQL server named by ``DATABASE_URL``, a
MinIO named by ``STORAGE_URL``, web and worker as separate services with the least keys that ``storage-init`` makes for
them, and a supervisor (here :meth:`~Installation.bring_back`) that starts again what died.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psutil
import psycopg
from psycopg.rows import dict_row

from assets.storage.s3_admin import init_storage
from mediacenter import embedded
from mediacenter.processes import Service, ServiceSpec, start
from permissions.vocabulary import Scope
from tests import s3_servers
from tests.acceptance.audit import AuditLog

ROOT = Path(__file__).parents[2]
OURS = re.compile(
    r"MEDIACENTER_|RATE_|AWS_|WEB_|STOR|SCRATCH|STATIC|SECRET|SITE_|MEDIA_|DATABASE_|LOG_LEVEL|SENDFILE|PYTEST"
)
"""Variables of the test run that an installation must not inherit."""
START_LIMIT = 90.0
MAINTENANCE = "maintenance"
"""The queue whose worker alone may delete originals, and so has keys of its own on S3."""


class Part(StrEnum):
    """What can be killed and started again."""

    WEB = "web"
    WORKER = "worker"
    DATABASE = "database"


def wait_until(condition: Callable[[], bool], *, within: float, what: str) -> None:
    """``within`` in seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"waited {within:.0f} s in vain: {what}"
        time.sleep(0.05)


class Installation(ABC):
    """One that runs and answers. ``environment`` is what its other commands need; ``token`` may do everything."""

    store_origin: str
    """Where bytes of media are fetched from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.scratch = self.data / "scratch"
        self.log_file = folder / "output.log"
        self.port = s3_servers.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        inherited = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        self.environment = inherited | {
            "DJANGO_SETTINGS_MODULE": "mediacenter.settings",
            "MEDIACENTER_DATA": str(self.data),
            "STATIC_ROOT": str(folder / "static"),
            "STALLED_AFTER_SECONDS": "10",
            "XDG_STATE_HOME": str(folder / "state"),
            "MEDIACENTER_SERVER": self.url,
        }
        self.token = ""

    # --- what tests do with it --------------------------------------------------------------------------------------

    def command(self, *arguments: str | Path, timeout: float = 280, **more: str) -> "subprocess.CompletedProcess[str]":
        """Run ``mediacenter …`` on this installation, as its operator and with its token."""
        return subprocess.run(
            self.command_line(*arguments),
            env=self.environment | {"MEDIACENTER_TOKEN": self.token, **more},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    @staticmethod
    def command_line(*arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "mediacenter", *map(str, arguments)]

    def api(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=f"{self.url}/api/v1/", headers=headers, timeout=30)

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What the database says, asked past the product."""
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=10).status_code == 200
        except httpx.HTTPError:
            return False

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def media_children(self) -> list[str]:
        """The command lines of processes that work in this installation's work folder."""
        found = []
        for process in psutil.process_iter():
            try:
                line = process.cmdline()
                if any(str(self.scratch) in word for word in line) or process.cwd().startswith(str(self.scratch)):
                    found.append(" ".join(line))
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
        return found

    def scratch_entries(self) -> list[str]:
        return sorted(path.name for path in self.scratch.iterdir()) if self.scratch.exists() else []

    # --- how it is broken and mended --------------------------------------------------------------------------------

    @property
    @abstractmethod
    def database_url(self) -> str: ...

    @abstractmethod
    def process(self, part: Part) -> psutil.Process | None:
        """The part's first process, None while it is down."""

    @abstractmethod
    def bring_back(self) -> None:
        """Start again what is down, as a supervisor would. Only in the main thread."""

    def kill(self, part: Part) -> None:
        """``kill -9``: of web all processes at once, of the others the first, whose children must see to themselves."""
        leader = self.process(part)
        if leader is None:
            return
        others = leader.children(recursive=True) if part is Part.WEB else []
        for each in (leader, *others):
            try:
                each.kill()
            except psutil.NoSuchProcess:
                continue

    def terminate(self, part: Part) -> psutil.Process:
        leader = self.process(part)
        assert leader is not None, f"{part} does not run"
        leader.terminate()
        return leader

    # --- its beginning ----------------------------------------------------------------------------------------------

    def sign_in(self, announcement: str) -> None:
        """As the first administrator does: the password that was printed once, the sign-in page, a token."""
        address = re.search(r"administrator (\S+)", announcement)
        password = re.search(r"Password \(shown only now\): (\S+)", announcement)
        assert address, announcement
        assert password, announcement
        with httpx.Client(base_url=self.url, timeout=30) as browser:
            browser.get("/login").raise_for_status()
            form = {"username": address[1], "password": password[1]}
            csrf = {"X-CSRFToken": browser.cookies["csrftoken"]}
            answer = browser.post("/login", data=form, headers=csrf)
            assert answer.status_code == 302, answer.text
            csrf = {"X-CSRFToken": browser.cookies["csrftoken"]}
            made = browser.post("/api/v1/tokens", json={"name": "acceptance", "scopes": list(Scope)}, headers=csrf)
            assert made.status_code == 201, made.text
        self.token = made.json()["token"]


class EmbeddedInstallation(Installation):
    """``mediacenter run`` and nothing else."""

    @property
    def store_origin(self) -> str:  # type: ignore[override]
        return self.url

    @property
    def database_url(self) -> str:
        content: dict[str, str] = json.loads((self.data / "run" / "environment.json").read_text())
        return content["DATABASE_URL"]

    @contextmanager
    def running(self) -> Iterator[None]:
        with self.log_file.open("wb") as output:
            launcher = subprocess.Popen(
                self.command_line("run", "--port", str(self.port)),
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._launcher = psutil.Process(launcher.pid)
        try:
            wait_until(
                lambda: "Ready after" in self.log() or launcher.poll() is not None, within=START_LIMIT, what="ready"
            )
            assert launcher.poll() is None, self.log()
            self.sign_in(self.log())
            yield
        finally:
            launcher.send_signal(signal.SIGTERM)
            try:
                launcher.wait(90)
            except subprocess.TimeoutExpired:
                launcher.kill()
                launcher.wait()

    def process(self, part: Part) -> psutil.Process | None:
        for child in self._launcher.children():
            try:
                line = child.cmdline()
                is_it = child.name() == "postgres" if part is Part.DATABASE else part in line
                if is_it and child.status() != psutil.STATUS_ZOMBIE:
                    return child
            except psutil.NoSuchProcess:
                continue
        return None

    def bring_back(self) -> None:
        """The launcher does it by itself."""


class ServicesInstallation(Installation):
    """PostgreSQL and MinIO by their URLs; web and worker are services of a supervisor."""

    def __init__(self, folder: Path, minio: s3_servers.S3Server, audit: AuditLog) -> None:
        super().__init__(folder)
        self.audit = audit
        self.store_origin = minio.endpoint
        self.bucket = minio.config().bucket
        self._config = minio.config(self.bucket)
        self._services: dict[str, Service] = {}
        self.data.mkdir()
        (self.data / "logs").mkdir()
        self._database = embedded.prepare(self.data)
        self.environment |= {
            "DATABASE_URL": self.database_url,
            "STORAGE_URL": f"s3://{self.bucket}?endpoint={quote(minio.endpoint, safe='')}",
            "STORE_ORIGINS": minio.endpoint,
            "SECRET_KEY": "only-for-tests-" + "y" * 40,
            "SITE_URL": self.url,
            "ACCESS_LOG": "true",
        }

    @property
    def database_url(self) -> str:
        return self._database.url

    @contextmanager
    def running(self) -> Iterator[None]:
        keys = {
            str(user.role): {"AWS_ACCESS_KEY_ID": user.access_key, "AWS_SECRET_ACCESS_KEY": user.secret_key}
            for user in init_storage(self._config, say=lambda _: None).users
        }
        self.web_key = keys["web"]["AWS_ACCESS_KEY_ID"]
        self.environment |= keys["maintenance"]
        try:
            self._services[Part.DATABASE] = start(self._database.service)
            prepared = self.command("prepare", timeout=START_LIMIT, **keys["web"])
            assert prepared.returncode == 0, prepared.stdout + prepared.stderr
            bind = f"127.0.0.1:{self.port}"
            self._services[Part.WEB] = start(self._spec(Part.WEB, "--bind", bind, **keys["web"]))
            media = ("--queue", "images", "--queue", "video")
            self._services[Part.WORKER] = start(self._spec(Part.WORKER, *media, **keys["worker"]))
            self._services[MAINTENANCE] = start(self._spec(Part.WORKER, "--queue", MAINTENANCE))
            wait_until(self.is_ready, within=START_LIMIT, what="ready")
            self.sign_in(prepared.stdout)
            yield
        finally:
            for part in (Part.WEB, Part.WORKER, MAINTENANCE):
                if part in self._services:
                    self._services[part].ask_to_stop()
            for part in (Part.WEB, Part.WORKER, MAINTENANCE, Part.DATABASE):
                if part in self._services:
                    self._services[part].stop()

    def _spec(self, part: Part, *arguments: str, **more: str) -> ServiceSpec:
        return ServiceSpec(
            name=part,
            command=self.command_line(part, *arguments),
            environment=self.environment | {"PYTHONUNBUFFERED": "1", **more},
            folder=ROOT,
            log_file=self.log_file,
        )

    def process(self, part: Part) -> psutil.Process | None:
        service = self._services[part]
        return None if service.exit_code() is not None else psutil.Process(service.process.pid)

    def bring_back(self) -> None:
        for part, service in self._services.items():
            if service.exit_code() is not None:
                service.wait_stopped()
                self._services[part] = start(service.spec)


@contextmanager
def embedded_installation(folder: Path) -> Iterator[Installation]:
    installation = EmbeddedInstallation(folder)
    with installation.running():
        yield installation


@contextmanager
def services_installation(folder: Path) -> Iterator[Installation]:
    """With a MinIO of its own, which reports every request that it answered."""
    with AuditLog.listening() as audit:
        before = dict(os.environ)
        os.environ.update(audit.minio_settings())
        try:
            (folder / "minio").mkdir()
            with s3_servers.running("minio", folder / "minio") as minio:
                installation = ServicesInstallation(folder, minio, audit)
                with installation.running():
                    yield installation
        finally:
            for name in audit.minio_settings():
                os.environ.pop(name, None)
            os.environ.update({name: before[name] for name in audit.minio_settings() if name in before})


FORMS: Mapping[str, Callable[[Path], Any]] = {"embedded": embedded_installation, "services": services_installation}
