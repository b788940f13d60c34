"""The upload page's form; the protocol itself is tested in a browser."""

import pytest

from assets.models import Collection
from permissions.vocabulary import Audience, Role
from tests.factories import make_agency, make_collection
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db


def test_it_offers_the_agencies_one_may_upload_for_and_no_others(signed_in: SignedIn) -> None:
    ministry = make_agency(name_vi="Bộ")
    department = make_agency(name_vi="Cục", parent=ministry)
    make_agency(name_vi="Khác")
    offered = signed_in(ministry).get("/upload").context["agencies"]
    assert [(choice.id, choice.label.strip()) for choice in offered] == [(ministry.pk, "Bộ"), (department.pk, "Cục")]


def test_viewers_are_told_whom_to_ask(signed_in: SignedIn) -> None:
    page = signed_in(make_agency(), Role.VIEWER).get("/upload").content.decode()
    assert "You cannot upload" in page
    assert "<form id" not in page


def test_albums_that_one_may_not_fill_are_not_suggested(signed_in: SignedIn) -> None:
    agency = make_agency()
    make_collection(agency=agency, title="Của ta")
    make_collection(title="Của người")
    opened = [make_collection(agency=agency, title="Của biên tập"), make_collection(title="Của người khác")]
    Collection.objects.filter(pk__in=[each.pk for each in opened]).update(audience=Audience.PUBLIC)
    page = signed_in(agency).get("/upload").content.decode()
    assert "Của ta" in page
    assert "Của người" not in page
    assert "Của biên tập" not in page
    assert "Của biên tập" in signed_in(agency, Role.EDITOR).get("/upload").content.decode()
