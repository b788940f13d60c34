"""``mediacenter run``: the whole installation as one command, from an empty folder to a page that answers.

It holds the data folder, starts PostgreSQL (unless ``DATABASE_URL`` names one), prepares the database, starts the web
server and the workers, restarts what dies, and stops everything in order: first those who work, last what they work on.
"""

import http.client
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import click

from mediacenter import embedded
from mediacenter.data_folder import PROJECT, DataFolder
from mediacenter.processes import ServiceSpec, end_leftovers, start
from mediacenter.supervision import RestartPolicy, Supervised

READY_LIMIT = 300.0
"""Seconds; a large migration or the recovery after a crash takes its time."""
POLL = 0.05
LEFTOVER_PATIENCE = 30.0
LOCAL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound

SHARED_SETTINGS = (
    *("DATABASE_URL", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "SITE_URL", "MEDIACENTER_DATA", "MEDIA_ORIGIN"),
    *("STORAGE_URL", "STORE_ORIGINS", "SENDFILE", "SCRATCH_DIR", "TRUSTED_PROXIES"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
)
"""What another command needs to work on the same installation."""


class StartFailed(Exception):
    """The installation cannot start. One line that says why and what to do."""


class StopAsked(Exception):
    """Ctrl-C or SIGTERM arrived while something was being waited for."""


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What ``mediacenter run`` was asked for. ``drain`` in seconds."""

    bind: str
    port: int
    workers: int
    drain: float


class Launcher:
    """Runs one installation until it is asked to stop."""

    def __init__(self, options: RunOptions, folder: DataFolder, environment: Mapping[str, str]) -> None:
        self.options = options
        self.folder = folder
        self.environment = dict(environment)
        self.database: embedded.EmbeddedDatabase | None = None
        self.parts: list[Supervised] = []
        self.stop_asked = False

    def run(self) -> None:
        """Until Ctrl-C or SIGTERM. Raises :class:`StartFailed`; whatever was started is stopped in every case."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        began = time.monotonic()
        self.folder.make()
        with self.folder.held():
            self._end_leftovers()
            try:
                self._start_everything()
                if shutil.which("ffmpeg") is None:
                    say("ffmpeg is missing: videos will wait until it is installed (apt-get install ffmpeg).")
                took = time.monotonic() - began
                say(f"Ready after {took:.1f} s:  {self.environment['SITE_URL']}/  (Ctrl-C stops it)")
                self._supervise()
            except StopAsked:
                pass
            finally:
                self._stop_everything()

    # --- starting ---------------------------------------------------------------------------------------------------

    def _start_everything(self) -> None:
        """PostgreSQL and the web server side by side: the server loads its code while the database comes up."""
        self._settle_environment()
        self._refuse_taken_port()
        self.folder.publish_environment(self._own_settings())
        if self.database is not None:
            leftover = embedded.leftover(self.database)
            if leftover is not None:
                end_leftovers([leftover], patience=LEFTOVER_PATIENCE)
            self._start(self.database.service)
        self._start(self._web())
        self._wait_until_ready()
        for number in range(1, self.options.workers + 1):
            self._start(self._worker(number))

    def _settle_environment(self) -> None:
        """The variables that are not set get the embedded mode's values."""
        host = LOCAL_ADDRESSES.get(self.options.bind, self.options.bind)
        values = self.environment
        values.setdefault("DJANGO_SETTINGS_MODULE", "mediacenter.settings")
        values["MEDIACENTER_DATA"] = str(self.folder.path)
        if not values.get("SECRET_KEY"):
            values["SECRET_KEY"] = self.folder.secret_key()
        if not values.get("SITE_URL"):
            values["SITE_URL"] = f"http://{f'[{host}]' if ':' in host else host}:{self.options.port}"
        if not values.get("DATABASE_URL"):
            self.database = embedded.prepare(self.folder.path)
            values["DATABASE_URL"] = self.database.url

    def _own_settings(self) -> dict[str, str]:
        return {name: self.environment[name] for name in SHARED_SETTINGS if self.environment.get(name)}

    def _refuse_taken_port(self) -> None:
        family = socket.AF_INET6 if ":" in self.options.bind else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.options.bind, self.options.port))
            except OSError as error:
                place = f"{self.options.bind}:{self.options.port}"
                raise StartFailed(f"{place} cannot be used ({error.strerror}): choose another with --port.") from error

    def _web(self) -> ServiceSpec:
        host = f"[{self.options.bind}]" if ":" in self.options.bind else self.options.bind
        arguments = ("web", "--prepare", "--bind", f"{host}:{self.options.port}")
        return self._python("web server", arguments)

    def _worker(self, number: int) -> ServiceSpec:
        name = "worker" if self.options.workers == 1 else f"worker {number}"
        return self._python(name, ("worker",))

    def _python(self, name: str, arguments: Sequence[str]) -> ServiceSpec:
        return ServiceSpec(
            name=name,
            command=(sys.executable, "-m", "mediacenter", *arguments),
            environment=self._python_environment(),
            folder=PROJECT,
            grace=self.options.drain,
        )

    def _python_environment(self) -> dict[str, str]:
        path = os.pathsep.join(filter(None, (str(PROJECT), self.environment.get("PYTHONPATH"))))
        return {**self.environment, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}

    def _start(self, spec: ServiceSpec) -> None:
        part = Supervised(service=start(spec), policy=RestartPolicy())
        self.parts.append(part)
        self._remember()

    def _remember(self) -> None:
        running = [part.service for part in self.parts if part.service.exit_code() is None]
        self.folder.remember_processes([service.identity for service in running])

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_LIMIT
        while (answer := self._readiness()) is not None:
            for part in self.parts:
                if (code := part.service.exit_code()) is not None:
                    raise StartFailed(self._why(part, code))
            if time.monotonic() > deadline:
                raise StartFailed(f"The web server is not ready after {READY_LIMIT:.0f} s: {answer}")
            self._pause()

    def _why(self, part: Supervised, code: int) -> str:
        if self.database is not None and part.name == self.database.service.name:
            return embedded.why_it_ended(self.database)
        return f"The {part.name} ended with {code}; the lines above say why."

    def _readiness(self) -> str | None:
        """None when ``/readyz`` answers 200, else what it answers."""
        host = LOCAL_ADDRESSES.get(self.options.bind, self.options.bind)
        site = urlsplit(self.environment["SITE_URL"])
        connection = http.client.HTTPConnection(host, self.options.port, timeout=10)
        try:
            connection.request("GET", "/readyz", headers={"Host": site.netloc, "X-Forwarded-Proto": site.scheme})
            answer = connection.getresponse()
            text = answer.read(2000).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return str(error)
        finally:
            connection.close()
        return None if answer.status == 200 else f"{answer.status} {text}"

    # --- running ----------------------------------------------------------------------------------------------------

    def _supervise(self) -> None:
        """Start again what ended, later each time it ends soon; say so."""
        while True:
            self._pause()
            for part in self.parts:
                line = part.look(time.monotonic())
                if line:
                    say(line)
                    self._remember()

    def _pause(self) -> None:
        time.sleep(POLL)
        self._check()

    def _check(self) -> None:
        if self.stop_asked:
            raise StopAsked

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.stop_asked = True

    # --- stopping ---------------------------------------------------------------------------------------------------

    def _end_leftovers(self) -> None:
        """An earlier launcher was killed: its children were told by the kernel; wait for them before starting anew."""
        killed = end_leftovers(self.folder.remembered_processes(), patience=LEFTOVER_PATIENCE)
        if killed:
            say(f"Ended {len(killed)} processes that an earlier start had left behind.")

    def _stop_everything(self) -> None:
        """Those who work first and together, then PostgreSQL."""
        database = [
            part for part in self.parts if self.database and part.service.spec.name == self.database.service.name
        ]
        workers = [part for part in self.parts if part not in database]
        if self.parts:
            say("Stopping …")
        for group in (workers, database):
            for part in group:
                part.service.ask_to_stop()
            for part in group:
                if not part.service.wait_stopped():
                    say(f"The {part.name} did not stop in {part.service.spec.grace:.0f} s and was killed.")
        self.folder.processes_file.unlink(missing_ok=True)
        if self.parts:
            say("Stopped.")


def say(line: str) -> None:
    click.echo(f"mediacenter: {line}")


def launch(options: RunOptions, folder: Path) -> None:
    """Run an installation on ``folder`` until it is asked to stop."""
    Launcher(options, DataFolder(folder), os.environ).run()
