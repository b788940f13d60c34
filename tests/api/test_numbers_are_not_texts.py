"""What the document types as a text or a truth value is not made out of a number."""

import pytest

from assets.models import Licence
from permissions.vocabulary import Role
from tests.api.conftest import ClientFor
from tests.factories import make_agency

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("licences", {"agency": "VGP", "code": "a", "name_vi": "A", "public_domain": 0}, "public_domain"),
        ("licences", {"agency": "VGP", "code": 5, "name_vi": "A"}, "code"),
        ("assets/bulk", {"action": "submit", "ids": [False]}, "ids"),
    ],
)
def test_a_number_in_place_of_a_text_or_a_truth_value_is_refused_at_its_field(
    client_for: ClientFor, path: str, body: dict[str, object], field: str
) -> None:
    answer = client_for(make_agency(code="VGP"), Role.AGENCY_ADMIN).post(f"/api/v1/{path}", body, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not Licence.objects.filter(code__in=("a", "5")).exists()
