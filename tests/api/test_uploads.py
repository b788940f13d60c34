"""Uploads over HTTP, on the folder store: what a client meets from announcement to acknowledgement."""

import hashlib

import pytest
from django.test import Client
from rest_framework.test import APIClient

from assets.models import Asset, AssetVersion
from assets.storage import get_store
from permissions.vocabulary import Role
from tests.api.conftest import ClientFor
from tests.factories import distinct_jpeg, make_agency

pytestmark = pytest.mark.django_db


def send_part(part: dict, body: bytes) -> str:
    answer = Client().put(
        part["url"], body, content_type="application/octet-stream", headers=dict(part["headers"].items())
    )
    assert answer.status_code == 200, answer.content
    return answer["ETag"]


def begin(client: APIClient, agency: str, body: bytes, **more: object) -> dict:
    said = {"agency": agency, "filename": "cầu.jpg", "size": len(body), "part_checksums": "sha256", **more}
    answer = client.post("/api/v1/uploads", said, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_file_sent_in_parts_becomes_a_draft_with_the_same_bytes(client_for: ClientFor) -> None:
    agency = make_agency(code="VGP")
    client = client_for(agency)
    body = distinct_jpeg()
    upload = begin(client, "VGP", body, title="Cầu Long Biên")

    sha256 = hashlib.sha256(body).hexdigest()
    signed = client.post(
        f"/api/v1/uploads/{upload['id']}/parts", {"parts": [{"number": 1, "sha256": sha256}]}, format="json"
    ).json()["parts"]
    etag = send_part(signed[0], body)
    done = client.post(
        f"/api/v1/uploads/{upload['id']}/complete", {"parts": [{"number": 1, "etag": etag}]}, format="json"
    )

    assert done.status_code == 200, done.content
    asset = Asset.objects.get(pk=done.json()["asset"]["id"])
    assert asset.reference == done.json()["asset"]["reference"]
    assert asset.reference.startswith("VGP-")
    version = AssetVersion.objects.get(asset=asset)
    with get_store().open(version.original_key) as stored:
        assert stored.read() == body
    detail = client.get(f"/api/v1/assets/{asset.pk}").json()
    assert detail["title"] == "Cầu Long Biên"
    assert detail["may"]["publish"] == {"allowed": False, "reason": "role_too_low"}
    again = client.post(f"/api/v1/uploads/{upload['id']}/complete", {}, format="json")
    assert again.json()["asset"] == done.json()["asset"]
    assert AssetVersion.objects.count() == 1


def test_a_small_file_goes_by_one_form_post(client_for: ClientFor) -> None:
    from io import BytesIO

    agency = make_agency()
    client = client_for(agency, Role.EDITOR)
    body = BytesIO(distinct_jpeg())
    body.name = "ảnh.jpg"
    answer = client.post("/api/v1/uploads/file", {"file": body}, format="multipart")
    assert answer.status_code == 201, answer.content
    assert answer.json()["state"] == "completed"
    listed = client.get("/api/v1/assets").json()["results"]
    assert [row["id"] for row in listed] == [answer.json()["asset"]["id"]]
    assert listed[0]["title"] == "ảnh.jpg"
