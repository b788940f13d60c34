"""Every failure is an RFC 9457 problem with a stable code, whatever was sent."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from rest_framework.test import APIClient

from api.throttling import ActorRateThrottle
from assets.storage import get_store
from assets.storage.base import StoreFull, StoreUnavailable
from permissions.models import Agency
from permissions.vocabulary import Role
from tests.api.conftest import ClientFor
from tests.factories import PASSWORD, make_agency, make_asset, make_member

pytestmark = pytest.mark.django_db
JSON = "application/json"


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The body, checked to be the problem expected."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"
    body: dict[str, Any] = json.loads(answer.content)
    assert {"type", "title", "status", "code", "detail"} <= set(body)
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"]
    return body


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP")


@pytest.fixture
def client(client_for: ClientFor, agency: Agency) -> APIClient:
    return client_for(agency, Role.EDITOR)


def deep(levels: int) -> bytes:
    return b'{"texts":' + b"[" * levels + b"]" * levels + b"}"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b'{"title": NaN}',
        b'{"agency": "VGP", "agency": "VGP"}',
        b'{"filename": "a\\u0000.jpg"}',
        b'{"filename": "\\ud800.jpg"}',
        b'{"\\ud800": 1}',
        b'{"size": ' + b"9" * 5000 + b"}",
        deep(12),
        deep(500),
        deep(100_000),
    ],
    ids=lambda body: body[:24],
)
def test_a_body_that_is_no_sound_json_is_malformed(client: APIClient, body: bytes) -> None:
    answer = client.generic("POST", "/api/v1/uploads", body, content_type=JSON)
    if body:
        problem(answer, 400, "malformed")
    else:
        problem(answer, 400, "invalid")


def test_a_json_body_has_a_largest_size(client: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = client.generic("POST", "/api/v1/uploads", b'{"title": "' + b"x" * 1000 + b'"}', content_type=JSON)
    problem(answer, 413, "too_large")


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"1", b"null"])
def test_a_body_that_is_no_object_is_invalid(client: APIClient, body: bytes) -> None:
    problem(client.generic("POST", "/api/v1/uploads", body, content_type=JSON), 400, "invalid")


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x"])
def test_only_json_is_read(client: APIClient, media_type: str) -> None:
    answer = client.generic("POST", "/api/v1/uploads", b"x", content_type=media_type)
    problem(answer, 415, "media_type_not_supported")


def test_a_form_is_all_that_the_form_route_reads(client: APIClient) -> None:
    problem(client.post("/api/v1/uploads/file", {}, format="json"), 415, "media_type_not_supported")
    problem(client.generic("POST", "/api/v1/uploads/file", b"x", content_type="multipart/form-data"), 400, "malformed")


def test_what_is_no_route_and_what_is_no_method(client: APIClient) -> None:
    problem(client.get("/api/v1/nothing"), 404, "not_found")
    problem(client.get("/api/v1/assets/"), 404, "not_found")
    problem(client.get("/api/v1/assets/not-a-uuid"), 404, "not_found")
    answer = client.delete("/api/v1/assets")
    problem(answer, 405, "method_not_allowed")
    assert "GET" in answer["Allow"]
    problem(client.get("/api/v1/session", headers={"Accept": "text/html"}), 406, "not_acceptable")


UNKNOWN = [
    ("POST", "uploads", {"agency": "VGP", "filename": "a.jpg", "size": 1, "colour": "red"}),
    ("POST", "assets", {"agency": "VGP", "kind": "article", "texts": {"vi": {"title": "x", "tittle": "y"}}}),
    ("POST", "assets", {"agency": "VGP", "kind": "article", "texts": {"vi": {"title": "x"}, "fr": {}}}),
    ("POST", "tokens", {"name": "x", "scopes": ["assets:read"], "digest": "x"}),
    ("POST", "agencies", {"code": "AAA", "name_vi": "x", "path": "x"}),
    ("POST", "collections", {"agency": "VGP", "title": "x", "created_by": "x"}),
    ("POST", "uploads/companion", {"agency": "VGP", "size": 1}),
    ("GET", "assets?hue=red", None),
    ("GET", "assets?ordering=agency__path", None),
    ("GET", "jobs?version__asset__agency=1", None),
    ("GET", "agencies?colour=red", None),
    ("GET", "uploads?colour=red", None),
    ("GET", "collections?colour=red", None),
    ("GET", "tokens?colour=red", None),
]


@pytest.mark.parametrize(("method", "path", "body"), UNKNOWN)
def test_unknown_keys_are_refused_by_name(client: APIClient, method: str, path: str, body: Any) -> None:
    text = json.dumps(body) if body else ""
    answer = client.generic(method, f"/api/v1/{path}", text, content_type=JSON)
    assert problem(answer, 400, "unknown_field")["errors"]


def test_unknown_keys_of_a_patch_are_refused(client: APIClient, agency: Agency) -> None:
    asset = make_asset(agency=agency)
    answer = client.patch(f"/api/v1/assets/{asset.pk}", {"state": "published"}, format="json")
    assert problem(answer, 400, "unknown_field")["errors"] == {"state": ["Unknown field."]}


def test_a_query_parameter_is_given_once(client: APIClient) -> None:
    problem(client.get("/api/v1/assets?kind=photo&kind=video"), 400, "invalid")


@pytest.mark.parametrize("cursor", ["x", "cD1mb28=", "cD0lMDA=", "ä", "bz0tMQ==", "cD0=", "cj14"])
@pytest.mark.parametrize("path", ["assets", "agencies", "jobs", "collections", "uploads", "tokens"])
def test_a_made_up_cursor_is_a_problem_of_the_caller(client: APIClient, path: str, cursor: str) -> None:
    problem(client.get(f"/api/v1/{path}", {"cursor": cursor}), 400, "cursor_invalid")


def test_a_stranger_is_asked_to_sign_in_and_a_wrong_token_is_said_to_be_wrong() -> None:
    for path in ("uploads", "agencies", "tokens", "jobs", "collections"):
        answer = Client().get(f"/api/v1/{path}")
        problem(answer, 401, "not_signed_in")
        assert answer["WWW-Authenticate"].startswith("Bearer")
    answer = Client().post("/api/v1/assets", "{}", content_type=JSON)
    problem(answer, 401, "not_signed_in")
    answer = Client().get("/api/v1/assets", headers={"Authorization": "Bearer mc_aaaaaaaa_" + "x" * 43})
    problem(answer, 401, "token_invalid")


def test_a_session_needs_the_csrf_token_to_change_anything(agency: Agency) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_member(agency, password=PASSWORD), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/session").json()["authenticated"]
    answer = client.post("/api/v1/collections", '{"agency":"VGP","title":"x"}', content_type=JSON)
    problem(answer, 403, "csrf_failed")
    client.get("/login")
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else "a" * 32
    client.cookies["csrftoken"] = token
    answer = client.post(
        "/api/v1/collections",
        '{"agency":"VGP","title":"x"}',
        content_type=JSON,
        headers={"X-CSRFToken": token, "Origin": "http://127.0.0.1:8000", "Host": "127.0.0.1:8000"},
    )
    assert answer.status_code == 201, answer.content


def test_too_many_requests_say_when_to_come_back(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ActorRateThrottle, "THROTTLE_RATES", {"anonymous": "2/min", "actor": "3/min"})
    for _ in range(3):
        assert client.get("/api/v1/session").status_code == 200
    answer = client.get("/api/v1/session")
    problem(answer, 429, "throttled")
    assert 1 <= int(answer["Retry-After"]) <= 60
    stranger = Client()
    for _ in range(2):
        assert stranger.get("/api/v1/assets").status_code == 200
    problem(stranger.get("/api/v1/assets"), 429, "throttled")


def test_guessing_tokens_is_throttled_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ActorRateThrottle, "THROTTLE_RATES", {"anonymous": "2/min", "actor": "3/min"})
    guess = Client(headers={"Authorization": "Bearer mc_aaaaaaaa_" + "x" * 43})
    for _ in range(2):
        problem(guess.get("/api/v1/session"), 401, "token_invalid")
    problem(guess.get("/api/v1/session"), 429, "throttled")


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [(StoreUnavailable("The store is away."), 503, "store_unavailable"), (StoreFull("No room."), 507, "store_full")],
)
def test_a_store_that_fails_is_said_with_when_to_retry(
    client: APIClient, monkeypatch: pytest.MonkeyPatch, failure: Exception, status: int, code: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise failure

    monkeypatch.setattr(type(get_store()), "create_multipart", fail)
    answer = client.post("/api/v1/uploads", {"agency": "VGP", "filename": "a.jpg", "size": 1}, format="json")
    problem(answer, status, code)
    assert ("Retry-After" in answer) == (status == 503)
    companion = client.post("/api/v1/uploads/companion", {"agency": "VGP"}, format="json").json()["companion_endpoint"]
    path = companion.partition("8000")[2]
    said = {"filename": "a.jpg", "metadata": {"size": 10}}
    problem(Client().post(f"{path}/s3/multipart", json.dumps(said), content_type=JSON), status, code)


def test_a_database_that_fails_is_said_with_when_to_retry(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr("api.views.assets.newest", fail)
    answer = client.get("/api/v1/assets")
    assert "connection" not in problem(answer, 503, "database_unavailable")["detail"]
    assert int(answer["Retry-After"]) > 0


def test_a_fault_of_ours_tells_nothing(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("api.views.assets.newest", fail)
    client.raise_request_exception = False
    assert "secret" not in problem(client.get("/api/v1/assets"), 500, "internal")["detail"]


class TestTheMediaOrigin:
    @pytest.fixture(autouse=True)
    def apart(self, settings: Any) -> None:
        settings.SITE_URL = "https://kho.example.vn"
        settings.MEDIA_ORIGIN = "https://media.example.vn"
        settings.ALLOWED_HOSTS = ["kho.example.vn", "media.example.vn"]

    @pytest.mark.parametrize(
        ("host", "path", "there"),
        [
            ("kho.example.vn", "/api/v1/session", True),
            ("kho.example.vn", "/login", True),
            ("media.example.vn", "/api/v1/session", False),
            ("MEDIA.example.vn", "/api/v1/session", False),
            ("media.example.vn", "/login", False),
            ("kho.example.vn", "/media/public/x", False),
            ("kho.example.vn", "/robots.txt", True),
            ("media.example.vn", "/robots.txt", True),
            ("media.example.vn", "/sitemap.xml", False),
        ],
    )
    def test_each_host_serves_only_its_own(self, host: str, path: str, there: bool) -> None:
        answer = Client().get(path, headers={"Host": host})
        assert (answer.status_code == 200) == there

    def test_media_answers_on_its_host_without_cookies(self) -> None:
        answer = Client().get("/media/public/x", headers={"Host": "media.example.vn"})
        problem(answer, 404, "not_found")
        assert not answer.cookies

    def test_an_unknown_host_is_refused(self) -> None:
        assert Client().get("/api/v1/session", headers={"Host": "evil.example"}).status_code == 400
