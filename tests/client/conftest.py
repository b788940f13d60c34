from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from assets.storage import get_store
from assets.storage.s3_admin import init_storage
from permissions.models import Agency
from permissions.vocabulary import Role
from tests import s3_servers
from tests.client.live import Client, WebServer
from tests.client.ports import free_port
from tests.client.wire import Wire
from tests.factories import make_agency, make_member, make_token


@pytest.fixture(scope="session")
def minio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3_servers.S3Server]:
    with s3_servers.running(s3_servers.NAMES[0], tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(scope="session")
def _sites(
    request: pytest.FixtureRequest, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], WebServer]]:
    """A site for each store, started when it is first asked for; starting one takes seconds, so tests share them."""
    sites: dict[str, WebServer] = {}
    with ExitStack() as stack:

        def site_on(store_name: str) -> WebServer:
            if store_name not in sites:
                folder = tmp_path_factory.mktemp(f"site-{store_name}")
                wire = stack.enter_context(Wire(free_port()))
                if store_name == "s3":
                    storage_url, store_wire, keys = _bucket(request.getfixturevalue("minio"), stack)
                else:
                    storage_url, store_wire, keys = f"file://{folder / 'objects'}", wire, {}
                site = WebServer(
                    port=wire.target,
                    wire=wire,
                    store_wire=store_wire,
                    storage_url=storage_url,
                    log=folder / "web.log",
                    extra=keys,
                )
                stack.callback(site.stop)
                sites[store_name] = site
            return sites[store_name]

        yield site_on


def _bucket(server: s3_servers.S3Server, stack: ExitStack) -> tuple[str, Wire, dict[str, str]]:
    config = server.config()
    init_storage(config, say=lambda _: None)
    wire = stack.enter_context(Wire(int(server.endpoint.rsplit(":", 1)[1])))
    query = urlencode({"endpoint": server.endpoint, "public_endpoint": wire.origin})
    keys = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
    return f"s3://{config.bucket}?{query}", wire, keys


@pytest.fixture
def store_name() -> str:
    """Tests that run on both stores parametrise this."""
    return "folder"


@pytest.fixture
def web(
    *,
    _sites: Callable[[str], WebServer],
    transactional_db: None,
    settings: Any,
    store_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> WebServer:
    """A running site. In this process ``get_store()`` is its store."""
    site = _sites(store_name)
    settings.STORAGE_URL, settings.SITE_URL, settings.MEDIA_ORIGIN = (
        site.storage_url,
        site.wire.origin,
        site.wire.origin,
    )
    for name, value in site.extra.items():
        monkeypatch.setenv(name, value)
    get_store.cache_clear()
    site.ensure_running()
    return site


@pytest.fixture
def agency(transactional_db: None) -> Agency:
    return make_agency(code="VGP")


@pytest.fixture
def client(web: WebServer, agency: Agency, tmp_path: Path) -> Client:
    """Somebody who may upload for ``agency``."""
    _, token = make_token(user=make_member(agency, Role.CONTRIBUTOR))
    return Client(server=web.wire.origin, token=token, agency=agency.code, state=tmp_path / "state")
