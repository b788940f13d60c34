"""What off-the-shelf Uppy asks of its companion, by a URL that is the credential."""

import json
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.test import Client
from rest_framework.test import APIClient

from api.views import companion
from assets.models import Asset, Upload
from assets.storage import get_store
from permissions.models import Agency, ApiToken
from permissions.vocabulary import Role
from tests.api.conftest import ClientFor
from tests.factories import distinct_jpeg, make_agency

pytestmark = pytest.mark.django_db
JSON = "application/json"
ALLOWED = "https://toasoan.example"


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP")


@pytest.fixture
def owner(client_for: ClientFor, agency: Agency) -> APIClient:
    return client_for(agency)


def endpoint(owner: APIClient, **more: str) -> str:
    answer = owner.post("/api/v1/uploads/companion", {"agency": "VGP", **more}, format="json")
    assert answer.status_code == 201, answer.content
    return f"{urlsplit(answer.json()['companion_endpoint']).path}/s3"


def post(url: str, said: Any, **headers: str) -> Any:
    return Client().post(url, said if isinstance(said, str) else json.dumps(said), content_type=JSON, headers=headers)


def code_of(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_uppy_s_multipart_upload_works_from_end_to_end(owner: APIClient) -> None:
    url, body = endpoint(owner, album="Uppy"), distinct_jpeg()
    said = {"filename": "ảnh.jpg", "type": "image/jpeg", "metadata": {"name": "ảnh.jpg", "size": len(body), "id": "u1"}}
    begun = post(f"{url}/multipart", said).json()
    where = f"{url}/multipart/{begun['uploadId']}"
    signed = Client().get(f"{where}/1", {"key": begun["key"]}).json()
    sent = Client().put(signed["url"], body, content_type="image/jpeg")
    assert sent.status_code == 200, sent.content
    listed = Client().get(where, {"key": begun["key"]}).json()
    assert listed == [{"PartNumber": 1, "Size": len(body), "ETag": sent["ETag"]}]
    parts = [{"PartNumber": 1, "ETag": sent["ETag"]}]
    done = post(f"{where}/complete?key={begun['key']}", {"parts": parts})
    assert done.status_code == 200, done.content
    asset = Asset.objects.get()
    assert done.json()["location"].endswith(f"/assets/{asset.pk}")
    assert asset.collections.get().title == "Uppy"
    assert asset.current_version is not None
    with get_store().open(asset.current_version.original_key) as stored:
        assert stored.read() == body


def test_uppy_s_form_for_small_files_works(owner: APIClient) -> None:
    url, file = endpoint(owner), BytesIO(distinct_jpeg())
    file.name = "a.jpg"
    params = Client().get(f"{url}/params?filename=a.jpg&type=image/jpeg").json()
    assert params["method"] == "POST"
    answer = Client().post(urlsplit(params["url"]).path, {**params["fields"], "file": file})
    assert (answer.status_code, Asset.objects.count()) == (201, 1)
    assert code_of(Client().post(f"{url}/form", {"type": "x"})) == (400, "invalid")


@pytest.mark.parametrize(
    "said",
    [
        {"filename": "a.jpg"},
        {"filename": "a.jpg", "metadata": {}},
        {"filename": "a.jpg", "metadata": {"size": None}},
        {"filename": "a.jpg", "metadata": {"size": "x"}},
        {"filename": "a.jpg", "metadata": {"size": [1]}},
        '{"filename": "a.jpg", "metadata": {"size": 1e400}}',
        {"filename": "a.jpg", "metadata": {"size": 0}},
        {"filename": "a.jpg", "metadata": []},
        {"filename": "", "metadata": {"size": 1}},
        {"metadata": {"size": 1}},
    ],
    ids=str,
)
def test_what_uppy_must_say_is_checked(owner: APIClient, said: Any) -> None:
    assert code_of(post(f"{endpoint(owner)}/multipart", said)) == (400, "invalid")


@pytest.mark.parametrize("body", ["", "{", "[]", "[" * 5000, '{"filename": "\\ud800"}'], ids=lambda body: body[:8])
def test_what_is_no_json_object_is_malformed(owner: APIClient, body: str) -> None:
    assert code_of(post(f"{endpoint(owner)}/multipart", body)) == (400, "malformed")


@pytest.mark.parametrize(
    "parts", [None, 1, [1], [{}], [{"PartNumber": 1}], [{"PartNumber": "x", "ETag": "x"}]], ids=str
)
def test_parts_are_checked(owner: APIClient, parts: Any) -> None:
    url = endpoint(owner)
    begun = post(f"{url}/multipart", {"filename": "a.jpg", "metadata": {"size": 10}}).json()
    answer = post(f"{url}/multipart/{begun['uploadId']}/complete", {"parts": parts})
    assert code_of(answer) == (400, "invalid")


def test_it_may_be_given_up(owner: APIClient) -> None:
    url = endpoint(owner)
    begun = post(f"{url}/multipart", {"filename": "a.jpg", "metadata": {"size": 10}}).json()
    assert Client().delete(f"{url}/multipart/{begun['uploadId']}").status_code == 200
    assert Upload.objects.get().state == "aborted"
    answer = Client().get(f"{url}/multipart/{begun['uploadId']}/1")
    assert code_of(answer) == (409, "upload_closed")


def test_the_address_ends_with_its_time(owner: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    url = endpoint(owner)
    assert Client().get(f"{url}/params").status_code == 200
    real = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: real + companion.LIFETIME.total_seconds() + 1)
    assert code_of(Client().get(f"{url}/params")) == (403, "url_invalid")


def test_the_address_ends_with_the_token_behind_it(owner: APIClient) -> None:
    url = endpoint(owner)
    ApiToken.objects.update(revoked_at="2026-01-01T00:00:00Z")
    assert code_of(post(f"{url}/multipart", {"filename": "a.jpg", "metadata": {"size": 1}})) == (403, "url_invalid")


def test_the_address_cannot_be_changed(owner: APIClient) -> None:
    url = endpoint(owner)
    head, _, rest = url.partition("companion/")
    assert code_of(Client().get(f"{head}companion/x{rest.removesuffix('/s3')}/s3/params")) == (403, "url_invalid")


def test_another_s_upload_and_another_agency_s_are_absent(
    owner: APIClient, client_for: ClientFor, agency: Agency
) -> None:
    begun = post(f"{endpoint(owner)}/multipart", {"filename": "a.jpg", "metadata": {"size": 10}}).json()
    other = endpoint(client_for(agency))
    for answer in (
        Client().get(f"{other}/multipart/{begun['uploadId']}"),
        Client().get(f"{other}/multipart/{begun['uploadId']}/1"),
        Client().delete(f"{other}/multipart/{begun['uploadId']}"),
        post(f"{other}/multipart/{begun['uploadId']}/complete", {"parts": []}),
        Client().get(f"{endpoint(owner)}/multipart/{begun['uploadId']}?key=originals/x/y"),
    ):
        assert code_of(answer) == (404, "not_found")


def test_only_who_may_upload_gets_an_address(client_for: ClientFor, agency: Agency) -> None:
    answer = client_for(agency, Role.VIEWER).post("/api/v1/uploads/companion", {"agency": "VGP"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")


@pytest.mark.parametrize(
    ("origin", "let_in"), [(ALLOWED, True), ("https://evil.example", False), ("null", False), ("", False)]
)
def test_only_pages_of_allowed_origins_may_use_it(owner: APIClient, settings: Any, origin: str, let_in: bool) -> None:
    settings.UPLOAD_CORS_ORIGINS = (ALLOWED,)
    url = f"{endpoint(owner)}/multipart"
    said = {"filename": "a.jpg", "metadata": {"size": 10}}
    for answer in (Client().options(url, headers={"Origin": origin}), post(url, said, Origin=origin)):
        assert answer.get("Access-Control-Allow-Origin") == (origin if let_in else None)
        assert "Access-Control-Allow-Credentials" not in answer
        assert "Origin" in answer["Vary"]


def test_other_methods_are_a_problem(owner: APIClient) -> None:
    answer = Client().put(f"{endpoint(owner)}/multipart", "{}", content_type=JSON)
    assert code_of(answer) == (405, "method_not_allowed")
    assert "POST" in answer["Allow"]
