"""What a person's browser never sends, but may: dates at the ends of time."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.test import Client

import mediacenter.web
from mediacenter.web.forms_rights import MomentField
from permissions.models import Agency
from permissions.vocabulary import PlatformRole, Role
from tests.factories import make_agency, make_asset, make_collection, make_user
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db
SENTENCE = "Give a year from 1000 to 8999."
BAD = ("0001-01-01T00:00", "9999-12-31T23:59-12:00", "0001-01-01T00:00+14:00")


def filled(client: Client, path: str, name: str = "form") -> dict[str, Any]:
    """What the browser would send of the page's form."""
    form = client.get(path).context[name]
    return {field: value for field in form.fields if (value := form[field].value()) not in (None, False, "")}


def require_whole(client: Client, *more: str) -> None:
    for path in ("/", "/reviews", "/collections", *more):
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("value", BAD)
def test_the_forms_of_an_asset_refuse_it_and_the_library_stays_open(signed_in: SignedIn, value: str) -> None:
    agency = make_agency()
    asset, client = make_asset(agency=agency), signed_in(agency, Role.EDITOR)
    address = f"/assets/{asset.pk}"
    sent = filled(client, f"{address}/edit")
    for name in ("event_date", "embargo_until", "rights_end"):
        answer = client.post(f"{address}/edit", {**sent, name: value})
        assert answer.status_code == 400
        assert SENTENCE in answer.content.decode()
    for path, body in (
        ("releases", {"kind": "model", "name": "An", "valid_from": value}),
        ("releases", {"kind": "model", "name": "An", "valid_until": value}),
        ("workflow/schedule", {"at": value}),
        ("assign", {"due_at": value}),
    ):
        answer = client.post(f"{address}/{path}", body, follow=True)
        assert answer.status_code == 200
        assert SENTENCE in answer.content.decode(), path
    require_whole(client, address, f"{address}/edit")


@pytest.mark.parametrize("value", BAD)
def test_the_form_of_a_collection_refuses_it(signed_in: SignedIn, value: str) -> None:
    agency = make_agency()
    client, collection = signed_in(agency, Role.EDITOR), make_collection(agency=agency)
    address = f"/collections/{collection.pk}"
    for name in ("starts_at", "ends_at"):
        answer = client.post(address, {**filled(client, address), "kind": "event", name: value})
        assert answer.status_code == 400
        assert SENTENCE in answer.content.decode()
    require_whole(client, address)


@pytest.mark.parametrize("value", BAD)
def test_the_record_is_shown_without_such_a_filter(value: str) -> None:
    client = Client()
    client.force_login(
        make_user(platform_role=PlatformRole.OPERATOR), backend="django.contrib.auth.backends.ModelBackend"
    )
    for name in ("since", "until"):
        answer = client.get("/audit", {name: value})
        assert answer.status_code == 200
        assert not answer.context["filtered"]


def test_a_date_of_today_s_kind_is_taken_as_this_installation_s(signed_in: SignedIn) -> None:
    agency: Agency = make_agency()
    asset, client = make_asset(agency=agency), signed_in(agency, Role.EDITOR)
    sent = filled(client, f"/assets/{asset.pk}/edit")
    assert client.post(f"/assets/{asset.pk}/edit", {**sent, "event_date": "1945-09-02T14:00"}).status_code == 302
    asset.refresh_from_db()
    assert asset.event_date is not None
    assert asset.event_date.year == 1945


def test_every_date_of_a_form_is_checked() -> None:
    fields = {(form.__name__, name): field for form in _forms() for name, field in form.base_fields.items()}
    dates = {name: field for name, field in fields.items() if isinstance(field, forms.DateTimeField | forms.DateField)}
    assert len(dates) >= 8
    assert {name for name, field in dates.items() if not isinstance(field, MomentField)} == set()


def _forms() -> Iterator[Any]:
    for found in pkgutil.walk_packages(mediacenter.web.__path__, "mediacenter.web."):
        for value in vars(importlib.import_module(found.name)).values():
            if isinstance(value, type) and issubclass(value, forms.BaseForm) and hasattr(value, "base_fields"):
                yield value
