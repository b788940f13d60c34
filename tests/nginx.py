"""nginx with the configuration of ``deploy/nginx``, on loopback and random ports."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

DEPLOY = Path(__file__).resolve().parents[1] / "deploy" / "nginx"
TEMPLATE = DEPLOY / "mediacenter.conf.template"
PROGRAM = shutil.which("nginx") or "/usr/sbin/nginx"
_NAME = re.compile(r"\$\{([A-Z_]+)\}")


def names_in_template() -> set[str]:
    return set(_NAME.findall(TEMPLATE.read_text()))


def render(values: Mapping[str, str]) -> str:
    """As envsubst does it in the image: a missing name is an error here."""
    return _NAME.sub(lambda match: values[match[1]], TEMPLATE.read_text())


def write_configuration(folder: Path, values: Mapping[str, str]) -> Path:
    """A whole ``nginx.conf`` around the rendered site, with everything below ``folder``."""
    (folder / "tls").mkdir(parents=True, exist_ok=True)
    (folder / "cache").mkdir(exist_ok=True)
    site = folder / "site.conf"
    site.write_text(
        render(
            {"CACHE_DIR": str(folder / "cache"), "TLS_DIR": str(folder / "tls"), "INCLUDE_DIR": str(DEPLOY), **values}
        )
    )
    temporary = "\n".join(
        f"  {name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""  # the objects of a test belong to who runs it
    main = folder / "nginx.conf"
    main.write_text(f"""\
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_processes 2;
events {{ worker_connections 512; }}
http {{
  include /etc/nginx/mime.types;
  access_log {folder}/access.log;
  sendfile on;
{temporary}
  include {site};
}}
""")
    return main


def test_configuration(path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [PROGRAM, "-t", "-c", str(path), "-p", str(path.parent)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


test_configuration.__test__ = False  # type: ignore[attr-defined]  # a tool of the tests, not a test


@contextmanager
def serving(path: Path, url: str) -> Iterator[None]:
    """nginx runs and accepts connections at ``url``; ended afterwards, its workers with it."""
    process = subprocess.Popen([PROGRAM, "-c", str(path), "-p", str(path.parent)], stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                httpx.get(url, timeout=2)
                break
            except httpx.ConnectError:
                assert process.poll() is None, (path.parent / "error.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            except httpx.RemoteProtocolError:
                break  # an unknown name gets no answer, which is one
        yield
    finally:
        process.terminate()
        process.wait(20)
