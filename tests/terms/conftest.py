import pytest

from api.views import archives
from permissions.models import Agency
from tests.api.conftest import client_for
from tests.factories import make_agency
from tests.terms.asking import asks, write
from tests.web.conftest import signed_in

__all__ = ["client_for", "signed_in"]


@pytest.fixture(autouse=True)
def _new_places() -> None:
    archives._places.cache_clear()


@pytest.fixture
def owner() -> Agency:
    """Has terms and asks for them, and for a statement."""
    made = make_agency(code="VGP", name_en="Government Portal")
    write(made)
    return asks(made, terms=True, statement=True)


@pytest.fixture
def paper() -> Agency:
    return make_agency(code="TTX")
