"""A PostgreSQL and gunicorn of their own for measurements of the search, and settings for this process to match.

Import before anything of Django: ``BENCH_DATA`` names the folder (``/tmp/bench-search``).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mediacenter import embedded
from mediacenter.processes import ServiceSpec, start

DATA = Path(os.environ.get("BENCH_DATA", "/tmp/bench-search"))  # noqa: S108 - thrown away
ROOT = Path(__file__).parents[2]
TUNED = (
    *("-c", "shared_buffers=2GB", "-c", "effective_cache_size=5GB", "-c", "max_wal_size=8GB"),
    *("-c", "checkpoint_timeout=30min", "-c", "autovacuum=off", "-c", "random_page_cost=1.1"),
)
"""Of the 8 GiB that the bench may use. Else as delivered."""


@contextmanager
def database() -> Iterator[None]:
    """The server runs; the variables name it."""
    for folder in (DATA, DATA / "logs"):
        folder.mkdir(exist_ok=True, parents=True)
        folder.chmod(0o755)
    cluster = embedded.prepare(DATA)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="mediacenter.settings",
        DATABASE_URL=cluster.url,
        SECRET_KEY="only-for-measurements-" + "x" * 40,
        MEDIACENTER_DATA=str(DATA / "data"),
        STORAGE_URL=f"file://{DATA / 'objects'}",
        STATIC_ROOT=str(ROOT / "staticfiles"),
        RATE_ANONYMOUS="1000000/min",
        RATE_ACTOR="1000000/min",
        LOG_LEVEL="WARNING",
    )
    spec = cluster.service
    service = start(replace(spec, command=(*spec.command, *TUNED)))
    try:
        _wait(cluster.url)
        yield
    finally:
        service.stop()


def _wait(url: str) -> None:
    import time

    import psycopg

    for _ in range(600):
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


@contextmanager
def web(port: int) -> Iterator[str]:
    """gunicorn as deployed, with as many processes as there are cores; its origin."""
    command = (sys.executable, "-m", "mediacenter", "web", "--bind", f"127.0.0.1:{port}")
    with _served("web server", command, {"SITE_URL": f"http://127.0.0.1:{port}"}, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def raw_list(port: int) -> Iterator[str]:
    """The list as raw SQL and json, by a gunicorn with the same settings."""
    command = (sys.executable, "-m", "gunicorn", "tests.bench.raw_list:application", "--bind", f"127.0.0.1:{port}")
    with _served("raw list", (*command, "--worker-class", "gthread", "--threads", "8", "--workers", "2"), {}, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _served(name: str, command: tuple[str, ...], extra: dict[str, str], port: int) -> Iterator[None]:
    import time

    import httpx

    log = DATA / "logs" / f"{name}.log"
    service = start(
        ServiceSpec(name=name, command=command, environment={**os.environ, **extra}, folder=ROOT, log_file=log)
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/api/v1/assets?page_size=1", timeout=30).raise_for_status()
                break
            except httpx.HTTPError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
        yield
    finally:
        service.stop()
