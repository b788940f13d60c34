"""A statement that takes too long is ended in PostgreSQL, and whoever asked is told so."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from django.db import connection, transaction
from django.test import Client

from tests.client.live import WebServer, database_url
from tests.client.ports import free_port
from tests.client.wire import Wire
from tests.factories import make_user


@pytest.fixture
def hurried(transactional_db: None, tmp_path: Path) -> Iterator[WebServer]:
    """A web process whose statements may take a second."""
    with Wire(free_port()) as wire:
        server = WebServer(
            port=wire.target, wire=wire, store_wire=wire, storage_url=f"file://{tmp_path / 'objects'}",
            log=tmp_path / "web.log", extra={"WEB_STATEMENT_SECONDS": "1"},
        )  # fmt: skip
        try:
            server.start()
            yield server
        finally:
            server.stop()


def test_a_request_that_waits_too_long_is_answered_and_leaves_no_statement_behind(hurried: WebServer) -> None:
    address = f"http://127.0.0.1:{hurried.port}/api/v1/assets"
    with psycopg.connect(database_url()) as other:
        other.execute("LOCK TABLE assets_asset IN ACCESS EXCLUSIVE MODE")
        answer = httpx.get(address, timeout=30)
        assert (answer.status_code, answer.json()["code"]) == (503, "took_too_long")
        assert int(answer.headers["Retry-After"]) > 0
        waiting = other.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'assets_asset'::regclass"
        ).fetchone()
        assert waiting == (0,)
    assert httpx.get(address, timeout=30).status_code == 200


@pytest.mark.django_db
def test_a_page_says_so_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '50ms'; SELECT pg_sleep(10)")

    client.force_login(make_user())
    monkeypatch.setattr("mediacenter.web.views.library.search", slow)
    answer = client.get("/", {"search": "cầu"})
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
