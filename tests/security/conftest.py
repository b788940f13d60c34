"""Callers of the API and of the pages."""

from tests.api.conftest import client_for as client_for
from tests.web.conftest import signed_in as signed_in
