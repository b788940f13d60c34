"""The deployed topology on loopback: nginx in front, gunicorn, two workers, PostgreSQL, and MinIO or a folder."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg

from tests import nginx, s3_servers
from tests.installation import PROJECT, clean_environment, free_port

BUCKET = "mediacenter"
STOP_LIMIT = 40


@dataclass(frozen=True, kw_only=True)
class Topology:
    """What is reached where; ``token`` belongs to an editor of the first agency."""

    port: int
    store: str
    folder: Path
    environment: Mapping[str, str]
    token: str

    def origin(self, name: str) -> str:
        """``site``, ``files`` or ``s3``."""
        return f"http://{name}.test:{self.port}"

    def send(self, method: str, url: str, **options: Any) -> httpx.Response:
        """A request to a host name that only this nginx knows."""
        parts = urlsplit(url)
        assert parts.port == self.port, f"{url} does not go through nginx"
        headers = {"Host": parts.netloc, **options.pop("headers", {})}
        target = url.replace(parts.netloc, f"127.0.0.1:{self.port}", 1)
        return httpx.request(method, target, headers=headers, timeout=60, trust_env=False, **options)

    def api(self, method: str, path: str, **options: Any) -> Any:
        answer = self.send(
            method,
            f"{self.origin('site')}/api/v1/{path}",
            headers={"Authorization": f"Bearer {self.token}", **options.pop("headers", {})},
            **options,
        )
        assert answer.status_code < 300, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def manage(self, code: str) -> str:
        """Python in the installation; what it printed."""
        return _mediacenter(self.environment, "manage", "shell", "-v", "0", "-c", code)

    def wait_processed(self, asset: str, *, limit: float = 120) -> dict[str, Any]:
        deadline = time.monotonic() + limit
        while True:
            detail: dict[str, Any] = self.api("GET", f"assets/{asset}")
            state = detail["processing"]["state"]
            if state in {"ready", "rejected"} or time.monotonic() > deadline:
                return detail
            time.sleep(0.3)


def _mediacenter(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mediacenter", *arguments],
        cwd=PROJECT, env=dict(environment), capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@contextmanager
def _part(environment: Mapping[str, str], folder: Path, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """One process of the product, stopped as a service manager does it."""
    with (folder / f"{arguments[0]}-{secrets.token_hex(3)}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mediacenter", *arguments],
            cwd=PROJECT, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            process.wait(STOP_LIMIT)


@contextmanager
def _database() -> Iterator[str]:
    """A database of its own on the test run's server."""
    name = f"topology_{secrets.token_hex(4)}"
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        base, _, query = server.partition("?")
        yield f"{base.rpartition('/')[0]}/{name}?{query}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running(store: str) -> Iterator[Topology]:
    """``store``: ``minio`` or ``folder``."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mediacenter-topology-")))
        port, web_port, inner_port = free_port(), free_port(), free_port()
        environment = {
            **clean_environment(folder / "data"),
            "DATABASE_URL": stack.enter_context(_database()),
            "SECRET_KEY": secrets.token_urlsafe(64),
            "SITE_URL": f"http://site.test:{port}",
            "MEDIA_ORIGIN": f"http://files.test:{port}",
            "TRUSTED_PROXIES": "1",
            "SENDFILE": "nginx",
            "PUBLIC_MAX_AGE_SECONDS": "1",
            "WEB_BIND": f"127.0.0.1:{web_port}",
            "WEB_WORKERS": "2",
            "RATE_ACTOR": "100000/min",
        }
        keys: dict[str, Mapping[str, str]] = {"web": {}, "worker": {}}
        store_address = "127.0.0.1:9"
        if store == "minio":
            server = stack.enter_context(s3_servers.running("minio", folder))
            store_address = urlsplit(server.endpoint).netloc
            environment |= {
                "STORAGE_URL": f"s3://{BUCKET}?endpoint={server.endpoint}&public_endpoint=http://s3.test:{port}",
                "STORE_ORIGINS": f"http://s3.test:{port}",
            }
            keys = _storage_init(environment, server, folder / "secrets")
        else:
            environment["STORAGE_URL"] = f"file://{folder}/store"
        _mediacenter({**environment, **keys["web"]}, "prepare")
        stack.enter_context(_part({**environment, **keys["web"]}, folder, "web"))
        for _ in range(2):
            stack.enter_context(_part({**environment, **keys["worker"]}, folder, "worker"))
        configuration = nginx.write_configuration(
            folder / "nginx",
            {
                "LISTEN": f"127.0.0.1:{port}",
                "SITE_HOST": "site.test",
                "MEDIA_HOST": "files.test",
                "STORE_HOST": "s3.test",
                "STORE_SIGNED_HOST": f"s3.test:{port}",
                "BUCKET": BUCKET,
                "WEB_ADDRESS": f"127.0.0.1:{web_port}",
                "STORE_ADDRESS": store_address,
                "INNER_ADDRESS": f"127.0.0.1:{inner_port}",
                "OBJECTS_DIR": f"{folder}/store/objects",
            },
        )
        stack.enter_context(nginx.serving(configuration, f"http://127.0.0.1:{port}/"))
        everything = {**environment, **keys["web"]}
        topology = Topology(
            port=port, store=store, folder=folder, environment=everything, token=_editors_token(everything)
        )
        _wait_ready(topology)
        yield topology


def _storage_init(
    environment: Mapping[str, str], server: s3_servers.S3Server, folder: Path
) -> dict[str, Mapping[str, str]]:
    root = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
    _storage_init_may_warn({**environment, **root}, folder)
    return {role: _read_env(folder / f"{role}.env") for role in ("web", "worker")}


def _storage_init_may_warn(environment: Mapping[str, str], folder: Path) -> None:
    """What a server cannot do (CORS per bucket on MinIO) is said and ends with 1; the users are there all the same."""
    done = subprocess.run(
        [sys.executable, "-m", "mediacenter", "storage-init", "--write-to", str(folder)],
        cwd=PROJECT, env=dict(environment), capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert (folder / "web.env").exists(), done.stdout + done.stderr


def _read_env(path: Path) -> dict[str, str]:
    assert path.stat().st_mode & 0o077 == 0
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


_MAKE_TOKEN = """
from permissions.actor import actor_for_user
from permissions.models import Agency, User
from permissions.usecases.tokens import issue_token
from permissions.vocabulary import Scope
user = User.objects.get()
print(issue_token(by=actor_for_user(user), name="topology", scopes=list(Scope)).secret)
"""


def _editors_token(environment: Mapping[str, str]) -> str:
    return _mediacenter(environment, "manage", "shell", "-v", "0", "-c", _MAKE_TOKEN).splitlines()[-1]


def _wait_ready(topology: Topology) -> None:
    deadline = time.monotonic() + 60
    while (answer := topology.send("GET", f"{topology.origin('site')}/readyz")).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)


__all__: Sequence[str] = ("BUCKET", "Topology", "running")
