"""What is going away says so, in its answers, in the document and in the changelog of the API.

The mechanism is tried on real operations that are declared to be ending here; the product's own table is held against
``docs/api-policy.md``.
"""

import re
from collections.abc import Mapping
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from django.urls import get_resolver
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.deprecation import ENDINGS, Ending
from api.views.base import ActorView
from mediacenter.client.transport import Transport
from permissions.vocabulary import Role
from tests.api.conftest import ClientFor
from tests.api.test_openapi import UNDOCUMENTED
from tests.error_codes import ROOT
from tests.factories import make_agency, make_member, make_ready_asset, make_token

LISTED, RENDITIONS = "GET /api/v1/assets", "GET /api/v1/assets/{asset_id}/renditions"
ENDING = Ending(since=date(2027, 1, 1), sunset=date(2028, 7, 1), instead="Use `POST assets/read`.")
CHANGELOG = (ROOT / "docs" / "api-policy.md").read_text().partition("\n## Changelog of the API\n")[2]
LEAST_DAYS = 365
"""Between the announcement and the end, as the policy promises."""


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Ending:
    for operation in (LISTED, RENDITIONS):
        monkeypatch.setitem(ENDINGS, operation, ENDING)
    return ENDING


def document() -> dict[str, Any]:
    answer = Client().get("/api/v1/schema", headers={"Accept": "application/vnd.oai.openapi"})
    served: dict[str, Any] = yaml.safe_load(answer.content)
    return served


def faults(endings: Mapping[str, Ending], served: Mapping[str, Any], changelog: str) -> list[str]:
    """What the table lacks: an operation of that name, its mark, time enough, a changelog line with both dates."""
    found = []
    for name, each in endings.items():
        method, _, path = name.partition(" ")
        operation = served["paths"].get(path, {}).get(method.lower())
        lines = [line for line in changelog.splitlines() if f"`{name}`" in line]
        if operation is None:
            found.append(f"{name} is no operation")
        elif not operation.get("deprecated"):
            found.append(f"{name} is not marked in the document")
        if (each.sunset - each.since).days < LEAST_DAYS:
            found.append(f"{name} ends too soon")
        if not any(str(each.since) in line and str(each.sunset) in line for line in lines):
            found.append(f"{name} is not in the changelog of the API")
        if not each.instead.endswith("."):
            found.append(f"{name} does not say what to use instead")
    return found


@pytest.mark.django_db
def test_answers_of_what_is_ending_say_since_when_until_when_and_where_to_read_on(
    ending: Ending, client_for: ClientFor
) -> None:
    agency = make_agency(code="VGP")
    asset, client = make_ready_asset(agency=agency), client_for(agency, Role.EDITOR)
    for answer in (client.get("/api/v1/assets"), client.get(f"/api/v1/assets/{asset.pk}/renditions")):
        assert answer.status_code == 200
        assert answer["Deprecation"] == "@1798761600"
        assert parsedate_to_datetime(answer["Sunset"]).date() == ending.sunset
        assert answer["Link"] == f'<{settings.SITE_URL}/api/v1/docs>; rel="deprecation"; type="text/html"'
    assert Client().get("/api/v1/docs", headers={"Accept": "text/html"}).status_code == 200
    assert "Deprecation" in client.head("/api/v1/assets")


@pytest.mark.django_db
@pytest.mark.usefixtures("ending")
def test_refusals_and_answers_without_a_body_say_so_too(client_for: ClientFor) -> None:
    agency = make_agency(code="VGP")
    client = client_for(agency, Role.EDITOR)
    refused = client.get("/api/v1/assets?nothing=1")
    assert (refused.status_code, "Sunset" in refused) == (400, True)
    unknown = Client(headers={"Authorization": "Bearer mc_nobody"}).get("/api/v1/assets")
    assert (unknown.status_code, "Sunset" in unknown) == (401, True)
    tag = client.get("/api/v1/assets?ids=" + str(make_ready_asset(agency=agency).pk))
    again = client.get(tag.wsgi_request.get_full_path(), headers={"If-None-Match": tag["ETag"]})
    assert (again.status_code, "Sunset" in again) == (304, True)


@pytest.mark.django_db
@pytest.mark.usefixtures("ending")
def test_only_the_operation_that_is_ending_says_so(client_for: ClientFor) -> None:
    agency = make_agency(code="VGP")
    asset, client = make_ready_asset(agency=agency), client_for(agency, Role.EDITOR)
    for answer in (
        client.post("/api/v1/assets", {}, format="json"),
        client.get(f"/api/v1/assets/{asset.pk}"),
        client.get("/api/v1/nowhere"),
    ):
        assert not {"Deprecation", "Sunset", "Link"} & set(answer.headers)


@pytest.mark.django_db
@pytest.mark.usefixtures("ending")
def test_the_document_marks_what_is_ending_and_stays_valid() -> None:
    served = document()
    listed = served["paths"]["/api/v1/assets"]["get"]
    assert listed["deprecated"] is True
    assert listed["description"].startswith(
        "Deprecated since 2027-01-01; answers until 2028-07-01. Use `POST assets/read`."
    )
    assert all({"Deprecation", "Sunset", "Link"} <= set(each["headers"]) for each in listed["responses"].values())
    telling = {
        f"{method.upper()} {path}"
        for path, item in served["paths"].items()
        for method, each in item.items()
        if isinstance(each, dict)
        and any("Sunset" in answer.get("headers", ()) for answer in each["responses"].values())
    }
    assert telling == {LISTED, RENDITIONS}, "an answer that operations share is marked for one of them only"
    assert "deprecated" not in served["paths"]["/api/v1/assets"]["post"]
    assert list(OpenAPIV31SpecValidator(served).iter_errors()) == []


@pytest.mark.django_db
def test_every_deprecated_operation_is_marked_dated_and_in_the_changelog() -> None:
    served = document()
    assert faults(ENDINGS, served, CHANGELOG) == []
    marked = {
        f"{method.upper()} {path}"
        for path, item in served["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and operation.get("deprecated")
    }
    assert marked == set(ENDINGS), "the table is the only place that deprecates"


@pytest.mark.django_db
@pytest.mark.usefixtures("ending")
def test_a_table_that_lacks_something_is_found_out() -> None:
    served, line = document(), f"- 2027-01-01: `{LISTED}` is deprecated; it answers until 2028-07-01."
    assert faults({LISTED: ENDING}, served, line) == []
    assert faults({LISTED: ENDING}, served, "") == [f"{LISTED} is not in the changelog of the API"]
    hasty = Ending(since=ENDING.since, sunset=date(2027, 12, 31), instead="x")
    assert faults({LISTED: hasty}, served, line.replace("2028-07-01", "2027-12-31")) == [
        f"{LISTED} ends too soon",
        f"{LISTED} does not say what to use instead",
    ]
    gone, kept = "GET /api/v1/gone", "POST /api/v1/assets"
    assert faults({gone: ENDING}, served, line.replace(LISTED, gone)) == [f"{gone} is no operation"]
    assert faults({kept: ENDING}, served, line.replace(LISTED, kept)) == [f"{kept} is not marked in the document"]


def test_every_documented_route_can_say_that_it_is_ending() -> None:
    for resolver in get_resolver().url_patterns:
        if getattr(resolver, "namespace", None) == "api":
            for route in resolver.url_patterns:
                if not route.name.startswith(UNDOCUMENTED):
                    assert issubclass(route.callback.view_class, ActorView), route.name


def test_the_policy_has_a_changelog_of_dated_lines() -> None:
    lines = [line for line in CHANGELOG.splitlines() if line.startswith("- ")]
    assert lines
    assert all(re.match(r"- \d{4}-\d{2}-\d{2}: ", line) for line in lines)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("ending")
def test_our_client_logs_once_what_will_be_gone(live_server: Any, caplog: pytest.LogCaptureFixture) -> None:
    _, secret = make_token(user=make_member(make_agency(code="VGP"), Role.VIEWER))
    with Transport(live_server.url, secret, patience=5) as transport:
        for path in ("session", "assets", "assets"):
            assert transport.call("GET", path).status == 200
    told = [entry.getMessage() for entry in caplog.records if entry.name == "mediacenter.client.transport"]
    assert len(told) == 1
    assert told[0].startswith("GET /api/v1/assets is deprecated and answers until Sat, 01 Jul 2028 00:00:00 GMT")
