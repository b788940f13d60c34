"""A running installation, started as people start it: ``mediacenter run`` on a folder and a port of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

PROJECT = Path(__file__).resolve().parents[1]
START_LIMIT = 120
STOP_LIMIT = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(data: Path) -> dict[str, str]:
    """Without what the test run itself is connected to: the embedded mode begins with nothing set."""
    ours = (
        "DATABASE_URL",
        "SECRET_KEY",
        "STORAGE_URL",
        "SITE_URL",
        "MEDIA_ORIGIN",
        "LOG_LEVEL",
        "DJANGO_SETTINGS_MODULE",
    )
    kept = {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("RATE_")}
    return {**kept, "MEDIACENTER_DATA": str(data)}


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


@dataclass(kw_only=True)
class Installation:
    data: Path
    port: int
    process: "subprocess.Popen[str]"
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def printed(self) -> str:
        return self.log.read_text()

    def wait_for(self, text: str, *, times: int = 1) -> None:
        deadline = time.monotonic() + START_LIMIT
        while self.printed().count(text) < times:
            assert self.process.poll() is None, self.printed()
            assert time.monotonic() < deadline, self.printed()
            time.sleep(0.1)

    def family(self) -> list[psutil.Process]:
        """The launcher's children and theirs; the launcher itself not."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def part(self, *words: str) -> psutil.Process:
        """The direct child whose command line has all the words."""
        for child in psutil.Process(self.process.pid).children():
            if all(word in " ".join(child.cmdline()) for word in words):
                return child
        raise AssertionError(f"no child with {words}: {[child.cmdline() for child in self.family()]}")

    def environment(self) -> dict[str, str]:
        return dict(json.loads((self.data / "run" / "environment.json").read_text()))

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Another command of ``mediacenter`` on the same data folder."""
        return subprocess.run(
            [sys.executable, "-m", "mediacenter", *arguments],
            cwd=PROJECT,
            env=clean_environment(self.data),
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """As Ctrl-C does it: the signal goes to the whole foreground group."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        return self.process.wait(STOP_LIMIT)
