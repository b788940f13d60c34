"""CORS: scripts of registered origins may read answers; an origin gives nobody a right."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import OperationalError, connection
from django.test import Client
from rest_framework.test import APIClient

from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import ClientFor
from tests.factories import make_agency, make_member, make_ready_asset

pytestmark = pytest.mark.django_db

PORTAL = "https://moh.gov.vn"
PREFLIGHT = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,if-match"}


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="MOH", api_origins=[PORTAL])


def cors_of(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.lower().startswith("access-control-")}


def vary_of(answer: Any) -> list[str]:
    return [name.strip().lower() for name in answer.headers.get("Vary", "").split(",")]


@pytest.mark.usefixtures("agency")
def test_a_registered_origin_may_read_answers_and_the_headers_that_clients_need() -> None:
    answer = Client().get("/api/v1/assets", headers={"Origin": PORTAL})
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == PORTAL
    exposed = answer["Access-Control-Expose-Headers"].split(", ")
    wanted = {"ETag", "Link", "Location", "Retry-After", "RateLimit", "RateLimit-Remaining", "RateLimit-Reset"}
    assert wanted <= set(exposed)
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.usefixtures("agency")
@pytest.mark.parametrize(
    "origin",
    [
        "https://other.gov.vn",
        "http://moh.gov.vn",
        "https://moh.gov.vn:8443",
        "https://moh.gov.vn.evil.example",
        "https://a.moh.gov.vn",
        "https://moh.gov.vn/",
        "https://MOH.gov.vn",
        "null",
        "*",
        "https://" + "a" * 400,
        "https://moh.gov.vn'--",
        "https://[",
    ],
)
def test_any_other_origin_is_told_nothing(origin: str) -> None:
    for answer in (
        Client().get("/api/v1/assets", headers={"Origin": origin}),
        Client().options("/api/v1/assets", headers={"Origin": origin, **PREFLIGHT}),
    ):
        assert answer.status_code == 200
        assert cors_of(answer) == {}


@pytest.mark.usefixtures("agency")
def test_a_preflight_is_answered_before_anybody_is_counted_and_may_be_kept() -> None:
    answer = Client().options("/api/v1/assets/x/publish", headers={"Origin": PORTAL, **PREFLIGHT})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Access-Control-Allow-Origin"] == PORTAL
    assert {"authorization", "content-type", "if-match", "if-none-match", "idempotency-key"} <= set(
        answer["Access-Control-Allow-Headers"].split(", ")
    )
    assert set(answer["Access-Control-Allow-Methods"].split(", ")) == {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert answer["Access-Control-Max-Age"] == "3600"
    assert "origin" in vary_of(answer)
    assert "RateLimit" not in answer.headers


@pytest.mark.usefixtures("agency")
@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/oembed?url=x",
        "/media/p/x",
        "/healthz",
        "/api/v1/companion/x/s3/multipart",
        "/",
        "/oai?verb=Identify",
    ],
)
def test_only_the_api_is_opened(path: str) -> None:
    answer = Client().get(path, headers={"Origin": PORTAL})
    assert cors_of(answer).get("Access-Control-Allow-Origin") != PORTAL


@pytest.mark.usefixtures("agency")
@pytest.mark.parametrize("origin", ["", PORTAL, "https://other.gov.vn"])
def test_caches_keep_what_each_origin_is_told_apart(origin: str) -> None:
    """Also the answer to who names no origin: it must not be given to a page afterwards."""
    make_ready_asset(agency=Agency.objects.get(), state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    headers = {"Origin": origin} if origin else {}
    for path in ("/api/v1/assets", "/api/v1/feeds/atom", "/api/v1/assets/nothing", "/api/v1/schema"):
        assert "origin" in vary_of(Client().get(path, headers=headers)), path


@pytest.mark.usefixtures("agency")
def test_an_etag_read_by_one_origin_holds_for_all_and_304_says_who_may_read_it(client_for: ClientFor) -> None:
    client = client_for(Agency.objects.get())
    etag = client.get("/api/v1/feeds/atom").headers["ETag"]
    allowed = client.get("/api/v1/feeds/atom", headers={"Origin": PORTAL, "If-None-Match": etag})
    assert (allowed.status_code, allowed["Access-Control-Allow-Origin"], allowed["ETag"]) == (304, PORTAL, etag)
    refused = client.get("/api/v1/feeds/atom", headers={"Origin": "https://other.gov.vn", "If-None-Match": etag})
    assert (refused.status_code, cors_of(refused)) == (304, {})
    assert "origin" in vary_of(allowed)
    assert "origin" in vary_of(refused)


@pytest.mark.usefixtures("agency")
def test_refusals_can_be_read_by_the_page_too(client_for: ClientFor) -> None:
    stranger = Client().get("/api/v1/agencies", headers={"Origin": PORTAL})
    assert (stranger.status_code, stranger["Access-Control-Allow-Origin"]) == (401, PORTAL)
    wrong = client_for(Agency.objects.get()).get("/api/v1/assets?x=1", headers={"Origin": PORTAL})
    assert (wrong.status_code, wrong["Access-Control-Allow-Origin"]) == (400, PORTAL)
    assert Client().get("/api/v1/nothing", headers={"Origin": PORTAL})["Access-Control-Allow-Origin"] == PORTAL


def test_an_origin_gives_nobody_more_than_they_have(agency: Agency, client_for: ClientFor) -> None:
    hidden = make_ready_asset(agency=agency, state=AssetState.DRAFT)
    other = client_for(make_agency(code="OTHER"))
    for client in (APIClient(), other):
        answer = client.get(f"/api/v1/assets/{hidden.pk}", headers={"Origin": PORTAL})
        plain = client.get(f"/api/v1/assets/{hidden.pk}")
        assert (answer.status_code, answer.content) == (plain.status_code, plain.content)
        assert answer.status_code == 404


def test_a_session_does_not_act_for_a_page_of_a_registered_origin(agency: Agency) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_member(agency, Role.AGENCY_ADMIN), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/api/v1/tokens", {}, content_type="application/json", headers={"Origin": PORTAL})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    read = client.get("/api/v1/session", headers={"Origin": PORTAL})
    assert "Access-Control-Allow-Credentials" not in read.headers  # a browser that sent the cookie hides the answer


def test_what_is_taken_out_is_over_at_once_and_a_closed_agency_opens_nothing(agency: Agency) -> None:
    def allowed() -> bool:
        answer = Client().get("/api/v1/assets", headers={"Origin": PORTAL})
        return "Access-Control-Allow-Origin" in answer.headers

    assert allowed()
    Agency.objects.filter(pk=agency.pk).update(is_active=False)
    assert not allowed()
    Agency.objects.filter(pk=agency.pk).update(is_active=True, api_origins=[])
    assert not allowed()


def test_an_administrator_registers_origins_by_api(agency: Agency, client_for: ClientFor) -> None:
    admin, path = client_for(agency, Role.AGENCY_ADMIN), f"/api/v1/agencies/{agency.code}"
    changed = admin.patch(path, {"api_origins": ["https://BAO.vn/", PORTAL]}, format="json")
    assert changed.status_code == 200, changed.content
    assert changed.json()["administration"]["api_origins"] == ["https://bao.vn", PORTAL]
    for wrong in ("http://moh.gov.vn", "*", "https://moh.gov.vn/api", "https://*.gov.vn", "null"):
        refused = admin.patch(path, {"api_origins": [wrong]}, format="json")
        assert (refused.status_code, list(refused.json()["errors"])) == (400, ["api_origins"]), wrong
    editor = client_for(agency, Role.EDITOR).patch(path, {"api_origins": []}, format="json")
    assert (editor.status_code, editor.json()["code"]) == (403, "role_too_low")


@pytest.fixture
def without_database() -> Iterator[None]:
    def refuse(*_: Any) -> None:
        raise OperationalError("the connection is closed")

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.usefixtures("agency", "without_database")
def test_a_database_that_is_away_is_said_as_without_an_origin() -> None:
    answer = Client().get("/api/v1/assets", headers={"Origin": PORTAL})
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert cors_of(answer) == {}


def test_no_origin_is_opened_by_a_setting_beside_the_database() -> None:
    for name in ("CORS_ALLOWED_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ALLOW_ALL_ORIGINS"):
        assert not getattr(configured, name, None)
    assert not getattr(configured, "CORS_ALLOW_CREDENTIALS", False)
