import pytest
from django.test import Client

from permissions.models import Agency, AuditEvent
from permissions.vocabulary import PlatformRole, Role, Scope
from tests.api.conftest import ClientFor, bearer
from tests.factories import make_agency, make_member, make_token, make_user

pytestmark = pytest.mark.django_db


def test_a_stranger_is_told_that_nobody_is_signed_in() -> None:
    said = Client().get("/api/v1/session").json()
    assert (said["authenticated"], said["user"], said["token"], said["memberships"]) == (False, None, None, [])


def test_a_token_is_told_whose_it_is_and_what_it_may() -> None:
    agency = make_agency(code="VGP")
    user = make_member(agency, Role.EDITOR)
    make_member(make_agency(), Role.EDITOR)
    token, secret = make_token(user=user, scopes=(Scope.READ, Scope.UPLOAD))
    said = bearer(secret).get("/api/v1/session").json()
    assert said["user"] == {"id": str(user.pk), "email": user.email, "full_name": user.full_name}
    assert (said["token"]["id"], said["token"]["scopes"]) == (str(token.pk), ["assets:read", "uploads:write"])
    assert [(m["agency"]["code"], m["role"]) for m in said["memberships"]] == [("VGP", "editor")]
    assert [a["code"] for a in said["upload_agencies"]] == ["VGP"]
    assert secret.rpartition("_")[2] not in str(said)


def test_an_agency_s_token_speaks_for_the_agency() -> None:
    agency = make_agency(code="VGP")
    _, secret = make_token(agency=agency, role=Role.VIEWER)
    said = bearer(secret).get("/api/v1/session").json()
    assert (said["user"], said["agency"]["code"], said["upload_agencies"]) == (None, "VGP", [])


def test_agencies_come_in_the_order_of_the_tree_page_by_page(client_for: ClientFor) -> None:
    top = make_agency(code="TOP")
    for number in range(3):
        make_agency(code=f"SUB{number}", parent=top)
    client = client_for(top)
    codes, url = [], "/api/v1/agencies?page_size=2"
    while url:
        page = client.get(url).json()
        codes += [row["code"] for row in page["results"]]
        url = page["next"]
    assert codes == ["TOP", "SUB0", "SUB1", "SUB2"]
    assert client.get("/api/v1/agencies?parent=TOP").json()["results"][0]["depth"] == 2


def test_an_agency_is_found_by_id_by_code_and_by_name(client_for: ClientFor) -> None:
    agency = make_agency(code="VGP", name_vi="Cổng Thông tin", name_en="Portal", name_zh="門戶")
    client = client_for(agency)
    by_code = client.get("/api/v1/agencies/VGP").json()
    assert by_code == client.get(f"/api/v1/agencies/{agency.pk}").json()
    assert by_code["names"] == {"vi": "Cổng Thông tin", "en": "Portal", "zh": "門戶"}
    assert [a["code"] for a in client.get("/api/v1/agencies?search=portal").json()["results"]] == ["VGP"]
    in_english = client.get("/api/v1/agencies/VGP", headers={"Accept-Language": "en"})
    assert (in_english.json()["name"], by_code["name"]) == ("Portal", "Cổng Thông tin")


def test_a_closed_agency_is_gone(client_for: ClientFor) -> None:
    client = client_for(make_agency())
    make_agency(code="OLD", is_active=False)
    assert client.get("/api/v1/agencies/OLD").status_code == 404


def test_agencies_are_for_members_of_the_network(client_for: ClientFor) -> None:
    make_agency(code="VGP")
    _, secret = make_token(user=make_user())
    assert bearer(secret).get("/api/v1/agencies").json()["results"] == []
    assert bearer(secret).get("/api/v1/agencies/VGP").status_code == 404


def test_an_administrator_adds_an_agency_below_theirs(client_for: ClientFor) -> None:
    top = make_agency(code="TOP")
    said = {"code": "NEW", "name_vi": "Mới", "name_en": "New", "parent": "TOP"}
    refused = client_for(top, Role.EDITOR).post("/api/v1/agencies", said, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "role_too_low")
    admin = client_for(top, Role.AGENCY_ADMIN)
    made = admin.post("/api/v1/agencies", said, format="json")
    assert made.status_code == 201, made.content
    assert Agency.objects.get(code="NEW").parent == top
    assert AuditEvent.objects.filter(act="agency.created", target=made.json()["id"]).count() == 1
    again = admin.post("/api/v1/agencies", said, format="json")
    assert (again.status_code, list(again.json()["errors"])) == (400, ["code"])
    root = admin.post("/api/v1/agencies", {"code": "ROOT", "name_vi": "x"}, format="json")
    assert root.status_code == 403


def test_an_operator_adds_a_root() -> None:
    _, secret = make_token(user=make_user(platform_role=PlatformRole.OPERATOR))
    made = bearer(secret).post("/api/v1/agencies", {"code": "ROOT", "name_vi": "x"}, format="json")
    assert made.status_code == 201
    narrow, text = make_token(user=make_user(platform_role=PlatformRole.OPERATOR), scopes=(Scope.READ,))
    refused = bearer(text).post("/api/v1/agencies", {"code": "ROOT2", "name_vi": "x"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing"), narrow
