from collections.abc import Iterator

import pytest

from assets.storage import get_store
from tests.client.live import WebServer
from tests.client.ports import free_port
from tests.client.wire import Wire

LIMITS = "--limit-request-line 8190"
"""As ``mediacenter.web_server`` has it: gunicorn's own default cuts off what the document allows."""


def origin_of(port: int) -> str:
    """Asked directly: the wire holds small packets back, which thousands of small requests would wait for."""
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def site(transactional_db: None, settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A running site on the test's database and a store on disk."""
    folder = tmp_path_factory.mktemp("contract")
    with Wire(free_port()) as wire:
        server = WebServer(
            port=wire.target,
            wire=wire,
            store_wire=wire,
            storage_url=f"file://{folder / 'objects'}",
            log=folder / "web.log",
            extra={"SITE_URL": origin_of(wire.target), "GUNICORN_CMD_ARGS": LIMITS},
        )
        settings.STORAGE_URL = server.storage_url
        settings.SITE_URL = settings.MEDIA_ORIGIN = origin_of(wire.target)
        get_store.cache_clear()
        try:
            server.start()
            yield server
        finally:
            server.stop()
