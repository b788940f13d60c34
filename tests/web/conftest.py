"""Pages as people see them."""

from collections.abc import Callable

import pytest
from django.test import Client

from permissions.models import Agency
from permissions.vocabulary import Role
from tests.factories import make_member

SignedIn = Callable[..., Client]


def text(client: Client, path: str) -> str:
    """A page that opens."""
    answer = client.get(path)
    assert answer.status_code == 200, answer
    content: str = answer.content.decode()
    return content


@pytest.fixture
def signed_in() -> SignedIn:
    """``signed_in(agency, role)`` is the browser of a new person with that role, reading English."""

    def make(agency: Agency, role: Role = Role.CONTRIBUTOR, *, language: str = "en", **options: bool) -> Client:
        client = Client(headers={"accept-language": language}, **options)
        client.force_login(make_member(agency, role), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make
