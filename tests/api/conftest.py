"""Callers of the API."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from permissions.models import Agency
from permissions.vocabulary import Role, Scope
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
