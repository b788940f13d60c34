from uuid import uuid4

import pytest
from django.test import Client

from assets.models import Collection, ProcessingAttempt
from permissions.models import AuditEvent
from permissions.vocabulary import Role
from tests.api.conftest import ClientFor
from tests.factories import make_agency, make_asset, make_attempt, make_collection, make_ready_asset, make_version

pytestmark = pytest.mark.django_db


def test_runs_of_processing_are_listed_and_filtered(client_for: ClientFor) -> None:
    agency = make_agency()
    client = client_for(agency)
    ready = make_ready_asset(agency=agency)
    asset = make_asset(agency=agency)
    running = make_attempt(make_version(asset), stage="hash", progress=10)
    rows = client.get("/api/v1/jobs").json()["results"]
    assert rows[0]["id"] == str(running.pk)
    assert (rows[0]["asset"]["id"], rows[0]["version"], rows[0]["progress"]) == (str(asset.pk), 1, 10)
    assert rows[1]["asset"]["id"] == str(ready.pk)
    assert [row["id"] for row in client.get("/api/v1/jobs?state=running").json()["results"]] == [str(running.pk)]
    assert [row["id"] for row in client.get(f"/api/v1/jobs?asset={asset.pk}").json()["results"]] == [str(running.pk)]
    assert client.get(f"/api/v1/jobs/{running.pk}").json() == rows[0]
    assert client.get(f"/api/v1/jobs/{uuid4()}").json()["code"] == "not_found"
    assert client.get("/api/v1/jobs?state=x").status_code == 400
    assert Client().get(f"/api/v1/jobs/{running.pk}").status_code == 401
    assert ProcessingAttempt.objects.count() == 2


def test_a_collection_is_begun_filled_and_read(client_for: ClientFor) -> None:
    agency = make_agency(code="VGP")
    client, asset = client_for(agency), make_asset(agency=agency)
    made = client.post("/api/v1/collections", {"agency": "VGP", "title": "Lũ lụt"}, format="json")
    assert made.status_code == 201, made.content
    url = f"/api/v1/collections/{made.json()['id']}"
    for _ in range(2):
        added = client.post(f"{url}/items", {"asset": str(asset.pk)}, format="json")
        assert added.status_code == 200, added.content
    assert Collection.objects.get().assets.get() == asset
    assert client.get(url).json() == made.json()
    albums = client.get(f"/api/v1/assets?album={made.json()['id']}").json()["results"]
    assert [row["id"] for row in albums] == [str(asset.pk)]
    again = client.post("/api/v1/collections", {"agency": "VGP", "title": "Lũ lụt"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "collection_exists")
    assert AuditEvent.objects.filter(act="collection.created").count() == 1


def test_a_collection_keeps_the_order_in_which_assets_came(client_for: ClientFor) -> None:
    agency = make_agency()
    assets = [make_asset(agency=agency) for _ in range(3)]
    collection = make_collection(assets[2], agency=agency)
    client = client_for(agency)
    for asset in (assets[0], assets[1]):
        client.post(f"/api/v1/collections/{collection.pk}/items", {"asset": str(asset.pk)}, format="json")
    order = list(collection.items.values_list("asset_id", flat=True))
    assert order == [assets[2].pk, assets[0].pk, assets[1].pk]


def test_who_only_looks_changes_no_collection(client_for: ClientFor) -> None:
    agency = make_agency(code="VGP")
    viewer, asset = client_for(agency, Role.VIEWER), make_asset(agency=agency)
    collection = make_collection(asset)
    assert viewer.get(f"/api/v1/collections/{collection.pk}").status_code == 200
    for path, said in (
        ("collections", {"agency": "VGP", "title": "x"}),
        (f"collections/{collection.pk}/items", {"asset": str(asset.pk)}),
    ):
        answer = viewer.post(f"/api/v1/{path}", said, format="json")
        assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")
    hidden = client_for(agency).post(
        f"/api/v1/collections/{collection.pk}/items", {"asset": str(make_asset().pk)}, format="json"
    )
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
