"""Dates that no database row should hold: refused wherever one can be said, and nothing breaks by the attempt."""

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from rest_framework import serializers
from rest_framework.test import APIClient

from api.serializers import audit, inputs
from api.serializers.base import MomentField, StrictSerializer
from assets.models import Asset, Release
from assets.usecases.assets_edit import edit_asset
from permissions.errors import Invalid
from permissions.moments import EARLIEST, LATEST, is_sensible
from permissions.vocabulary import PlatformRole, Role, Scope
from tests.api.conftest import ClientFor, bearer
from tests.factories import actor_in, make_agency, make_asset, make_collection, make_token, make_user
from transcoding.embedded import apply_embedded
from transcoding.results import EmbeddedMetadata

pytestmark = pytest.mark.django_db
BAD = ("0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:00-12:00", "9999-12-31T23:59:59")


def test_what_can_be_kept_is_asked_without_an_overflow() -> None:
    for moment in (datetime.min, datetime.max):  # noqa: DTZ901
        assert not is_sensible(moment)
        for hours in (-23, 23):
            assert not is_sensible(moment.replace(tzinfo=timezone(timedelta(hours=hours))))
    assert is_sensible(EARLIEST)
    assert is_sensible(LATEST - timedelta(microseconds=1))
    assert not is_sensible(EARLIEST - timedelta(microseconds=1))
    assert not is_sensible(LATEST)


@pytest.mark.parametrize("value", BAD)
def test_no_field_of_a_body_takes_it(client_for: ClientFor, value: str) -> None:
    agency = make_agency()
    editor = client_for(agency, Role.EDITOR)
    asset, collection = make_asset(agency=agency), make_collection(agency=agency, title="Lễ hội")
    address, about = f"/api/v1/assets/{asset.pk}", {"agency": agency.code}
    bodies: list[tuple[str, str, dict[str, Any], str]] = [
        *(("patch", address, {name: value}, name) for name in ("event_date", "embargo_until", "rights_end")),
        *(
            ("post", f"{address}/releases", {"kind": "model", "name": "An", name: value}, name)
            for name in ("valid_from", "valid_until")
        ),
        ("post", f"{address}/schedule", {"at": value}, "at"),
        ("post", f"{address}/assign", {"assignee": None, "due_at": value}, "due_at"),
        ("post", "/api/v1/assets/bulk", {"action": "schedule", "ids": [str(asset.pk)], "at": value}, "at"),
        *(
            ("patch", f"/api/v1/collections/{collection.pk}", {"kind": "event", name: value}, name)
            for name in ("starts_at", "ends_at")
        ),
        ("post", "/api/v1/collections", {**about, "title": "Hội", "kind": "event", "starts_at": value}, "starts_at"),
        ("post", "/api/v1/tokens", {"name": "x", "scopes": [Scope.READ], "expires_at": value}, "expires_at"),
        (
            "post",
            "/api/v1/assets",
            {**about, "kind": "article", "texts": {"vi": {"title": "Tin"}}, "event_date": value},
            "event_date",
        ),
    ]
    for method, path, body, field in bodies:
        answer = getattr(editor, method)(path, body, format="json")
        assert (answer.status_code, list(answer.json().get("errors", ()))) == (400, [field]), (path, field, answer)
    for path in ("/api/v1/assets", address, "/api/v1/collections", "/api/v1/reviews", "/api/v1/tokens"):
        assert editor.get(path).status_code == 200, path


@pytest.mark.parametrize("value", BAD)
def test_no_filter_takes_it(value: str) -> None:
    operator = bearer(make_token(user=make_user(platform_role=PlatformRole.OPERATOR))[1])
    for caller in (APIClient(), operator):
        for name in ("created_from", "created_to"):
            assert caller.get("/api/v1/assets", {name: value}).status_code == 400
    for path in ("/api/v1/audit", "/api/v1/audit/export"):
        for name in ("from", "to"):
            assert operator.get(path, {name: value, **_format(path)}).status_code == 400


def _format(path: str) -> dict[str, str]:
    return {"format": "csv"} if path.endswith("export") else {}


def test_every_date_that_a_request_may_say_is_checked() -> None:
    plain = [(kind.__name__, name) for kind in _requests() for name, field in kind().get_fields().items()
             if isinstance(field, serializers.DateTimeField) and not isinstance(field, MomentField)]  # fmt: skip
    assert plain == []
    assert sum(isinstance(field, MomentField) for kind in _requests() for field in kind().get_fields().values()) > 12


def _requests() -> Iterator[type[StrictSerializer]]:
    for module in (inputs, audit):
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, StrictSerializer):
                yield found


def test_the_use_case_refuses_it_whoever_calls() -> None:
    agency = make_agency()
    asset = make_asset(agency=agency)
    with pytest.raises(Invalid) as refused:
        edit_asset(asset_id=asset.pk, by=actor_in(agency), fields={"event_date": datetime(1, 1, 1, tzinfo=UTC)})
    assert list(refused.value.data["fields"]) == ["event_date"]


@pytest.mark.parametrize("moment", [datetime(9999, 12, 31, tzinfo=UTC), datetime.min])  # noqa: DTZ901
def test_a_file_that_says_it_has_no_date(moment: datetime) -> None:
    asset = make_asset(agency=make_agency())
    apply_embedded(asset, EmbeddedMetadata(event_date=moment), filename="x.jpg")
    asset.refresh_from_db()
    assert asset.event_date is None


def test_the_database_refuses_what_the_code_should_never_write() -> None:
    asset = make_asset()
    collection = make_collection(agency=asset.agency)
    late = datetime(9000, 1, 1, tzinfo=UTC)
    for rows, name in (
        *((Asset.objects.all(), name) for name in ("event_date", "embargo_until", "rights_end", "due_at")),
        (type(collection).objects.all(), "starts_at"),
    ):
        with pytest.raises(IntegrityError, match="dates_sensible"), transaction.atomic():
            rows.update(**{name: late})
    with pytest.raises(IntegrityError, match="dates_sensible"), transaction.atomic():
        Release.objects.create(asset=asset, kind="model", name="An", valid_until=late)
    assert Client().get("/api/v1/assets").status_code == 200


def test_the_migration_moves_what_was_stored_before_to_the_nearest_end() -> None:
    asset = make_asset()
    collection = make_collection(agency=asset.agency)
    release = Release.objects.create(asset=asset, kind="model", name="An", valid_until=datetime(2030, 1, 1, tzinfo=UTC))
    moved = importlib.import_module("assets.migrations.0012_sensible_dates").moved
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in ("asset", "collection", "release"):
            cursor.execute(f"ALTER TABLE assets_{model} DROP CONSTRAINT {model}_dates_sensible")
        cursor.execute("UPDATE assets_asset SET event_date = '0001-01-01 BC', rights_end = '10000-01-01'")
        cursor.execute("UPDATE assets_collection SET starts_at = '10000-01-01', ends_at = '10000-01-02'")
        cursor.execute("UPDATE assets_release SET valid_from = '0001-01-01 BC'")
        for model in ("asset", "collection", "release"):
            cursor.execute(moved(model))
    for row in (asset, collection, release):
        row.refresh_from_db()
    assert (asset.event_date, asset.embargo_until) == (datetime(1000, 1, 1, 0, 0, 1, tzinfo=UTC), None)
    assert asset.rights_end == datetime(8999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert collection.starts_at is not None
    assert collection.ends_at is not None
    assert collection.starts_at < collection.ends_at < LATEST
    assert (release.valid_from, release.valid_until) == (EARLIEST, datetime(2030, 1, 1, tzinfo=UTC))
