from datetime import UTC, datetime, timedelta

import pytest

from permissions.models import ApiToken, AuditEvent
from permissions.vocabulary import Role, Scope
from tests.api.conftest import ClientFor, bearer
from tests.factories import make_agency

pytestmark = pytest.mark.django_db


def test_a_secret_is_shown_once_and_works_until_it_is_revoked(client_for: ClientFor) -> None:
    client = client_for(make_agency())
    made = client.post("/api/v1/tokens", {"name": "máy ảnh", "scopes": ["assets:read"]}, format="json")
    assert made.status_code == 201
    secret = made.json()["token"]
    assert bearer(secret).get("/api/v1/session").json()["token"]["name"] == "máy ảnh"
    listed = client.get("/api/v1/tokens")
    assert secret not in listed.content.decode()
    assert made.json()["id"] in [row["id"] for row in listed.json()["results"]]
    assert AuditEvent.objects.filter(act="token.issued", target=made.json()["id"]).exists()

    assert client.delete(f"/api/v1/tokens/{made.json()['id']}").status_code == 204
    assert client.delete(f"/api/v1/tokens/{made.json()['id']}").status_code == 204
    assert bearer(secret).get("/api/v1/session").json()["code"] == "token_invalid"


def test_an_agency_s_token_takes_its_administrator(client_for: ClientFor) -> None:
    agency = make_agency(code="VGP")
    said = {"name": "cổng", "scopes": ["assets:read"], "agency": "VGP", "role": "viewer"}
    refused = client_for(agency, Role.EDITOR).post("/api/v1/tokens", said, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "role_too_low")
    admin = client_for(agency, Role.AGENCY_ADMIN)
    made = admin.post("/api/v1/tokens", said, format="json")
    assert (made.status_code, made.json()["agency"]["code"]) == (201, "VGP")
    without_role = admin.post("/api/v1/tokens", {**said, "role": None}, format="json")
    assert without_role.status_code == 400


def test_a_token_needs_the_scope_to_make_others(client_for: ClientFor) -> None:
    narrow = client_for(make_agency(), scopes=(Scope.READ, Scope.WRITE))
    refused = narrow.post("/api/v1/tokens", {"name": "x", "scopes": ["assets:read"]}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert narrow.get("/api/v1/tokens").json()["results"] == []


def test_the_fields_are_checked(client_for: ClientFor) -> None:
    client = client_for(make_agency())
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    for said, field in (
        ({"name": "", "scopes": ["assets:read"]}, "name"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["everything"]}, "scopes"),
        ({"name": "x", "scopes": ["assets:read"], "expires_at": past}, "expires_at"),
        ({"name": "x", "scopes": ["assets:read"], "agency": "NOPE", "role": "viewer"}, "agency"),
    ):
        answer = client.post("/api/v1/tokens", said, format="json")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert ApiToken.objects.count() == 1


def test_the_list_is_cut_into_pages(client_for: ClientFor) -> None:
    client = client_for(make_agency())
    for number in range(3):
        client.post("/api/v1/tokens", {"name": str(number), "scopes": ["assets:read"]}, format="json")
    page = client.get("/api/v1/tokens?page_size=2").json()
    rest = client.get(page["next"]).json()
    assert [row["name"] for row in page["results"]] == ["2", "1"]
    assert rest["next"] is None
    assert len(rest["results"]) == 2
