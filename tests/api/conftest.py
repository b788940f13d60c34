"""Callers of the API."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from assets.storage import get_store
from assets.storage.s3_admin import init_storage
from permissions.models import Agency
from permissions.vocabulary import Role, Scope
from tests import s3_servers
from tests.factories import make_member, make_token

ClientFor = Callable[..., APIClient]


def bearer(secret: str) -> APIClient:
    """A client that sends this token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.fixture
def client_for() -> ClientFor:
    """``client_for(agency, role)`` calls by the token of a new person with that role."""

    def make(agency: Agency, role: Role = Role.CONTRIBUTOR, *, scopes: tuple[Scope, ...] = tuple(Scope)) -> APIClient:
        _, secret = make_token(user=make_member(agency, role), scopes=scopes)
        return bearer(secret)

    return make


@pytest.fixture
def s3(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The site on an S3 server."""
    with s3_servers.running(s3_servers.NAMES[-1], tmp_path) as server:
        config = server.config()
        init_storage(config, say=lambda _: None)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
        settings.STORAGE_URL = f"s3://{config.bucket}?endpoint={server.endpoint}"
        get_store.cache_clear()
        yield
    get_store.cache_clear()
