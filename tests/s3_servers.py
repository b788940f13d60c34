"""Real S3 servers for the tests: MinIO and versitygw on loopback, each with a temporary folder and a random port.

``MEDIACENTER_TEST_S3_ENDPOINT`` (with ``…_ACCESS_KEY`` and ``…_SECRET_KEY``) names a server that runs already; the
contract then runs on that one. Without it the programs are taken from PATH or ~/go/bin, or built once with Go. A
machine that can do neither fails these tests, since "runs on any S3" would otherwise be a claim.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from assets.storage import S3Config

_MODULES = {
    "minio": "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c",
    "versitygw": "github.com/versity/versitygw/cmd/versitygw@v1.8.0",
}
_BUILT = Path.home() / ".cache" / "mediacenter-tests" / "bin"
_GIVEN = os.environ.get("MEDIACENTER_TEST_S3_ENDPOINT")
NAMES: Sequence[str] = ("given",) if _GIVEN else ("minio", "versitygw")


@dataclass(frozen=True, kw_only=True)
class S3Server:
    """A server that answers, and the credentials that administer it."""

    name: str
    endpoint: str
    access_key: str
    secret_key: str

    def config(self, bucket: str | None = None) -> S3Config:
        """A bucket there (with a name of its own unless given; it is not made)."""
        return S3Config(
            bucket=bucket or f"test-{uuid4().hex[:12]}",
            endpoint=self.endpoint,
            access_key=self.access_key,
            secret_key=self.secret_key,
        )


@contextmanager
def running(name: str, folder: Path) -> Iterator[S3Server]:
    """The named server (``minio``, ``versitygw`` or ``given``), stopped afterwards if it was started here."""
    if name == "given":
        yield S3Server(
            name=name,
            endpoint=_GIVEN or "",
            access_key=os.environ["MEDIACENTER_TEST_S3_ACCESS_KEY"],
            secret_key=os.environ["MEDIACENTER_TEST_S3_SECRET_KEY"],
        )
        return
    program = program_of(name)
    port = free_port()
    server = S3Server(name=name, endpoint=f"http://127.0.0.1:{port}", access_key="test-root", secret_key=uuid4().hex)
    with started(server, program, port, folder):
        yield server


@contextmanager
def started(server: S3Server, program: str, port: int, folder: Path) -> Iterator[None]:
    """The server's process while the block runs; its data stay in ``folder``."""
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            _command(server.name, program, port, folder),
            env={**os.environ, **_environment(server)},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        try:
            _wait_for(server, process, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _command(name: str, program: str, port: int, folder: Path) -> list[str]:
    data, versions = folder / "data", folder / "versions"
    data.mkdir(exist_ok=True)
    versions.mkdir(exist_ok=True)
    address = f"127.0.0.1:{port}"
    if name == "minio":
        return [program, "server", "--quiet", "--address", address, str(data)]
    return [program, "--port", address, "--quiet", "posix", "--versioning-dir", str(versions), str(data)]


def _environment(server: S3Server) -> dict[str, str]:
    if server.name == "minio":
        return {
            "MINIO_ROOT_USER": server.access_key,
            "MINIO_ROOT_PASSWORD": server.secret_key,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
        }
    return {"ROOT_ACCESS_KEY": server.access_key, "ROOT_SECRET_KEY": server.secret_key}


def _wait_for(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(server.endpoint, timeout=2).status_code < 500:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    pytest.fail(f"{server.name} did not start: {log.read_text(errors='replace')[-500:]}", pytrace=False)


def program_of(name: str) -> str:
    """Where the program is; built if need be."""
    for found in (shutil.which(name), Path.home() / "go" / "bin" / name, _BUILT / name):
        if found and Path(found).exists():
            return str(found)
    go = shutil.which("go") or "/usr/local/go/bin/go"
    if Path(go).exists():
        _BUILT.mkdir(parents=True, exist_ok=True)
        with (_BUILT / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (_BUILT / name).exists():
                command = [go, "install", _MODULES[name]]
                subprocess.run(command, env={**os.environ, "GOBIN": str(_BUILT)}, check=False, timeout=1800)
        if (_BUILT / name).exists():
            return str(_BUILT / name)
    pytest.fail(
        f"{name} is not here: put it on PATH, install Go (then `go install {_MODULES[name]}` runs by itself), or set "
        "MEDIACENTER_TEST_S3_ENDPOINT, …_ACCESS_KEY and …_SECRET_KEY.",
        pytrace=False,
    )


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
