"""The stores that the contract runs on, each reached over real HTTP."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from assets.storage import get_store
from assets.storage.base import ObjectStore
from assets.storage.folder import FolderStore
from assets.storage.s3 import S3Store
from assets.storage.s3_admin import init_storage
from tests import s3_servers

hypothesis.settings.register_profile("storage", deadline=None)  # a busy machine is no finding
hypothesis.settings.load_profile("storage")


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Nothing: access logs are noise here."""


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Iterator[str]:
    """The folder store's views behind a real HTTP server on loopback, with all middleware; its origin."""
    with ThreadedWSGIServer(("127.0.0.1", 0), _Quiet) as server:
        origin = f"http://127.0.0.1:{server.server_address[1]}"
        settings.SITE_URL = settings.MEDIA_ORIGIN = origin
        settings.ROOT_URLCONF = "tests.storage.urls"
        settings.UPLOAD_CORS_ORIGINS = ("https://newsroom.example",)
        settings.STATIC_ROOT = tmp_path / "static"
        settings.STATIC_ROOT.mkdir()
        server.set_app(WSGIHandler())
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield origin
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(site: str) -> FolderStore:
    """A folder store of this test's own, served at ``site``."""
    get_store.cache_clear()
    store = get_store()
    assert isinstance(store, FolderStore)
    return store


@pytest.fixture(scope="session")
def _servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, s3_servers.S3Server]]:
    """Servers by name, each started when it is first asked for."""
    with ExitStack() as stack:

        class Servers(dict[str, s3_servers.S3Server]):
            def __missing__(self, name: str) -> s3_servers.S3Server:
                folder = tmp_path_factory.mktemp(name)
                self[name] = stack.enter_context(s3_servers.running(name, folder))
                return self[name]

        yield Servers()


@pytest.fixture(scope="session")
def _buckets(_servers: dict[str, s3_servers.S3Server]) -> dict[str, S3Store]:
    class Buckets(dict[str, S3Store]):
        def __missing__(self, name: str) -> S3Store:
            config = _servers[name].config()
            init_storage(config, say=lambda _: None, upload_origins=["https://newsroom.example"])
            self[name] = S3Store(config)
            return self[name]

    return Buckets()


@pytest.fixture(
    params=["folder", *(pytest.param(name, marks=pytest.mark.s3) for name in s3_servers.NAMES)],
)
def store(request: pytest.FixtureRequest) -> ObjectStore:
    """Every store that keeps the contract."""
    if request.param == "folder":
        found: ObjectStore = request.getfixturevalue("folder")
        return found
    buckets: dict[str, S3Store] = request.getfixturevalue("_buckets")
    return buckets[request.param]


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.s3) for name in s3_servers.NAMES])
def s3(request: pytest.FixtureRequest, _buckets: dict[str, S3Store]) -> S3Store:
    """Every S3 server."""
    return _buckets[request.param]


@pytest.fixture
def minio(_servers: dict[str, s3_servers.S3Server]) -> s3_servers.S3Server:
    """A MinIO that these tests administer."""
    return _servers["minio"]


@pytest.fixture
def versitygw(_servers: dict[str, s3_servers.S3Server]) -> s3_servers.S3Server:
    """A versitygw that these tests administer."""
    return _servers["versitygw"]


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A small file."""
    path = tmp_path / "sample.bin"
    path.write_bytes(bytes(range(256)) * 4)
    return path
