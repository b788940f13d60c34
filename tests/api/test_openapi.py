"""The OpenAPI document is part of the contract: a change of it is seen in a review of ``tests/api/openapi.yaml``.

To accept a change: ``UPDATE_OPENAPI=1 python -m pytest tests/api/test_openapi.py``.
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import get_resolver
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest_framework.test import APIClient

from assets.models import Asset, Licence, Release
from assets.models.rights import LicenceKind, ReleaseKind
from permissions.vocabulary import AssetState, Role
from tests.api.conftest import ClientFor
from tests.factories import make_agency, make_attempt, make_collection, make_ready_asset, make_upload

SNAPSHOT = Path(__file__).parent / "openapi.yaml"
METHODS = {"get", "post", "patch", "put", "delete"}
UNDOCUMENTED = ("companion-", "schema", "docs", "nothing")
"""Uppy's protocol is Uppy's; the document and its page do not document themselves."""


@pytest.fixture
def served(db: None) -> dict[str, Any]:
    answer = Client().get("/api/v1/schema", headers={"Accept": "application/vnd.oai.openapi"})
    assert answer.status_code == 200
    document: dict[str, Any] = yaml.safe_load(answer.content)
    return document


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def test_the_document_is_the_one_agreed_on(served: dict[str, Any]) -> None:
    text = yaml.safe_dump(served, allow_unicode=True, sort_keys=True, width=120)
    if os.environ.get("UPDATE_OPENAPI"):
        SNAPSHOT.write_text(text)
    assert yaml.safe_load(SNAPSHOT.read_text()) == served, "UPDATE_OPENAPI=1 accepts the change"


def test_the_document_is_valid_openapi_3_1(served: dict[str, Any]) -> None:
    assert served["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(served).iter_errors()) == []


def test_every_operation_documents_its_problems(served: dict[str, Any]) -> None:
    for name, operation in operations(served):
        for status in ("400", "401", "403", "404", "429", "503"):
            content = operation["responses"][status]["content"]
            assert list(content) == ["application/problem+json"], f"{name} {status}"
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and status != "414":  # which the web server says by itself, without the API
                assert answer["content"]["application/problem+json"]["schema"] == {
                    "$ref": "#/components/schemas/Problem"
                }, f"{name} {status}"


def test_every_route_of_the_api_is_documented(served: dict[str, Any]) -> None:
    documented = {re.sub(r"\{\w+\}", "{}", path) for path in served["paths"]}
    for resolver in get_resolver().url_patterns:
        if getattr(resolver, "namespace", None) != "api":
            continue
        for route in resolver.url_patterns:
            if not route.name.startswith(UNDOCUMENTED):
                assert "/api/v1/" + re.sub(r"<\w+:\w+>", "{}", str(route.pattern)) in documented, route.name


@pytest.mark.django_db
def test_lists_answer_as_documented(served: dict[str, Any], client_for: ClientFor) -> None:
    agency = make_agency(code="VGP")
    client = client_for(agency, Role.AGENCY_ADMIN)
    nested = ("agencies/{key}/members", "agencies/{key}/invitations")
    for path in ("agencies", "tokens", "uploads", "assets", "jobs", "collections", "licences", *nested):
        name = path.format(key="VGP")
        schema = served["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        described = served["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        assert set(described["properties"]) == set(client.get(f"/api/v1/{name}").json()), name


@pytest.mark.django_db
def test_answers_have_exactly_the_documented_fields(served: dict[str, Any], client_for: ClientFor) -> None:
    agency = make_agency(code="VGP")
    client = client_for(agency, Role.AGENCY_ADMIN)
    asset = make_ready_asset(agency=agency, state=AssetState.PUBLISHED)
    licence = Licence.objects.create(agency=agency, code="own", kind=LicenceKind.OWN_TERMS, name_vi="Riêng")
    Asset.objects.filter(pk=asset.pk).update(licence_terms=licence)
    Release.objects.create(asset=asset, kind=ReleaseKind.MODEL, name="An", document=asset)
    attempt = make_attempt(asset.current_version)  # type: ignore[arg-type]
    token = client.get("/api/v1/session").json()["token"]["id"]
    upload = make_upload(agency=agency, actor_key=f"token:{token}")
    for path, said in (
        ("session", ""),
        ("agencies/{key}", "VGP"),
        ("agencies/{key}/usage", "VGP"),
        ("assets/{asset_id}", asset.pk),
        ("assets/{asset_id}/renditions", asset.pk),
        ("assets/{asset_id}/rights", asset.pk),
        ("assets/{asset_id}/releases", asset.pk),
        ("jobs/{job_id}", attempt.pk),
        ("collections/{collection_id}", make_collection(asset).pk),
        ("uploads/{upload_id}", upload.pk),
    ):
        answer = get(client, re.sub(r"\{\w+\}", str(said), path))
        schema = served["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        check(served, schema, answer, path)


def get(client: APIClient, path: str) -> Any:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def check(document: dict[str, Any], schema: dict[str, Any], value: Any, where: str) -> None:
    """The keys of every object are those that the schema names, all the way down."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for choice in schema.get("oneOf", schema.get("allOf", schema.get("anyOf", ()))):
        if value is not None and "$ref" in choice:
            check(document, choice, value, where)
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema.get("required", schema["properties"])) <= set(value) <= set(schema["properties"]), where
        for name, item in value.items():
            check(document, schema["properties"][name], item, f"{where}.{name}")
    if isinstance(value, list) and "items" in schema:
        for item in value:
            check(document, schema["items"], item, f"{where}[]")


@pytest.mark.django_db
def test_the_page_loads_only_what_is_ours() -> None:
    answer = Client().get("/api/v1/docs", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    page = answer.content.decode()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(loaded) >= 4
    for url in loaded:
        assert url.startswith(("/static/", "/api/v1/docs?")), url
        if url.startswith("/static/"):
            assert finders.find(url.removeprefix(settings.STATIC_URL)), url
    script = Client().get("/api/v1/docs?script=", headers={"Accept": "*/*"}).content.decode()
    assert not re.search(r"https?://(?!127\.0\.0\.1)", page + script)
    assert "<script>" not in page
    rules = dict(rule.split(" ", 1) for rule in answer["Content-Security-Policy"].split("; "))
    assert (rules["script-src"], rules["style-src"]) == ("'self'", "'self' 'unsafe-inline'")
    assert "'unsafe-inline'" not in Client().get("/api/v1/session")["Content-Security-Policy"]
