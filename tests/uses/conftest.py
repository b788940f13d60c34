"""People with a browser, and a public work that others use."""

import pytest

from assets.models import Asset
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience
from tests.factories import make_agency, make_ready_asset, make_text
from tests.web.conftest import signed_in

__all__ = ["signed_in"]


@pytest.fixture
def owner() -> Agency:
    return make_agency(code="VGP")


@pytest.fixture
def paper() -> Agency:
    return make_agency(code="TTX")


@pytest.fixture
def work(owner: Agency) -> Asset:
    made = make_ready_asset(agency=owner, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    make_text(made, title="Cầu Long Biên")
    return made
