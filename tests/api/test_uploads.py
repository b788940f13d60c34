"""Uploads over HTTP, on the folder store: what a client meets from announcement to acknowledgement."""

import hashlib
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework.test import APIClient

from assets.models import Asset, AssetVersion, Collection, CollectionItem, Upload
from assets.states import UploadState
from assets.storage import get_store
from assets.storage.base import MIB, ObjectMissing
from assets.usecases.uploads_abort import expire_uploads
from permissions.models import Agency, AuditEvent, Membership
from permissions.vocabulary import AssetState, Audience, Role, Scope
from tests.api.conftest import ClientFor
from tests.factories import distinct_jpeg, make_agency, make_collection, make_ready_asset
from transcoding.sweeping import delete_unclaimed_originals

pytestmark = pytest.mark.django_db
UPLOADS = "/api/v1/uploads"


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP", default_credit_line="Ảnh: VGP", default_licence="CC BY 4.0")


@pytest.fixture
def client(client_for: ClientFor, agency: Agency) -> APIClient:
    return client_for(agency)


def post(client: APIClient, path: str, said: Any, **headers: str) -> Any:
    return client.post(path, said, format="json", headers=headers)


def begin(client: APIClient, body: bytes, **more: object) -> dict[str, Any]:
    said = {"agency": "VGP", "filename": "cầu.jpg", "size": len(body), "part_checksums": "sha256", **more}
    answer = post(client, UPLOADS, said)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def sign(client: APIClient, upload: dict[str, Any], number: int, body: bytes) -> dict[str, Any]:
    parts = [{"number": number, "sha256": sha256(body)}]
    answer = post(client, f"{UPLOADS}/{upload['id']}/parts", {"parts": parts})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()["parts"][0]
    return found


def send(part: dict[str, Any], body: bytes) -> str:
    answer = Client().put(part["url"], body, content_type="application/octet-stream", headers=part["headers"])
    assert answer.status_code == 200, answer.content
    return str(answer["ETag"])


def complete(client: APIClient, upload: dict[str, Any], said: Any = None) -> Any:
    return post(client, f"{UPLOADS}/{upload['id']}/complete", said or {})


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_file_sent_in_parts_becomes_a_draft_with_the_same_bytes(client: APIClient) -> None:
    body = distinct_jpeg()
    upload = begin(client, body, title="Cầu Long Biên", album="Cầu")
    etag = send(sign(client, upload, 1, body), body)
    arrived = client.get(f"{UPLOADS}/{upload['id']}/parts").json()["parts"]
    assert arrived == [{"number": 1, "size": len(body), "etag": etag.strip('"'), "sha256": sha256(body)}]
    done = complete(client, upload, {"parts": [{"number": 1, "etag": etag}]})

    assert (done.status_code, done.json()["state"]) == (200, "completed")
    asset = Asset.objects.get(pk=done.json()["asset"]["id"])
    assert asset.reference == done.json()["asset"]["reference"]
    assert asset.reference.startswith("VGP-")
    assert (asset.state, asset.audience) == (AssetState.DRAFT, Audience.AGENCY)
    assert (asset.credit_line, asset.licence) == ("Ảnh: VGP", "CC BY 4.0")
    album = CollectionItem.objects.get(asset=asset).collection
    assert (album.title, album.revision) == ("Cầu", 2)
    acts = AuditEvent.objects.filter(target=album.pk).values_list("act", flat=True)
    assert sorted(acts) == ["collection.added", "collection.created"]
    version = AssetVersion.objects.get(asset=asset)
    with get_store().open(version.original_key) as stored:
        assert stored.read() == body
    detail = client.get(f"/api/v1/assets/{asset.pk}").json()
    assert detail["title"] == "Cầu Long Biên"
    assert detail["may"]["publish"] == {"allowed": False, "reason": "role_too_low"}
    job = ProcrastinateJob.objects.get(lock=f"version:{version.pk}")
    assert (job.queue_name, job.args) == ("images", {"version_id": str(version.pk)})
    assert AuditEvent.objects.filter(act="asset.uploaded", target=asset.pk).count() == 1


def test_an_album_that_others_see_is_filled_by_those_who_may_publish(client: APIClient, client_for: ClientFor) -> None:
    agency = Agency.objects.get(code="VGP")
    flood = make_collection(agency=agency, title="Lũ")
    Collection.objects.filter(pk=flood.pk).update(audience=Audience.PUBLIC)
    narrow = client_for(agency, Role.EDITOR, scopes=(Scope.UPLOAD,))
    for caller in (client, narrow):
        said = {"agency": "VGP", "filename": "a.jpg", "size": 10, "album": "Lũ"}
        refused = post(caller, UPLOADS, said)
        assert (refused.status_code, list(refused.json()["errors"])) == (400, ["album"])
        begin(caller, b"x", album="Của ta")  # one that only the agency sees, or that is not there yet
    assert not Upload.objects.filter(album="Lũ").exists()
    body = distinct_jpeg()
    editor = client_for(agency, Role.EDITOR)
    upload = begin(editor, body, album="Lũ")
    send(sign(editor, upload, 1, body), body)
    assert complete(editor, upload).status_code == 200
    flood.refresh_from_db()
    assert (flood.items.count(), flood.revision) == (1, 2)
    added = AuditEvent.objects.get(act="collection.added", target=flood.pk)
    assert added.data["asset"] == str(flood.items.get().asset_id)


def test_an_upload_into_an_album_that_was_opened_meanwhile_is_kept_outside_it(client: APIClient) -> None:
    body = distinct_jpeg()
    album = make_collection(agency=Agency.objects.get(code="VGP"), title="Lũ")
    upload = begin(client, body, album="Lũ")
    send(sign(client, upload, 1, body), body)
    Collection.objects.filter(pk=album.pk).update(audience=Audience.NETWORK)
    done = complete(client, upload)
    assert done.status_code == 200, "what is acknowledged is kept"
    assert not album.items.exists()
    refused = AuditEvent.objects.get(act="collection.add_refused", target=album.pk)
    assert refused.data == {"asset": done.json()["asset"]["id"], "reason": "role_too_low"}


def test_completing_again_gives_the_same_asset(client: APIClient) -> None:
    body = distinct_jpeg()
    upload = begin(client, body)
    send(sign(client, upload, 1, body), body)
    first, second = complete(client, upload), complete(client, upload)
    assert first.json() == second.json()
    version = AssetVersion.objects.get()
    assert ProcrastinateJob.objects.filter(lock=f"version:{version.pk}").count() == 1


def test_a_file_of_several_parts_is_put_together_in_order(client: APIClient) -> None:
    body = bytes(range(256)) * (65 * 1024)  # 16.25 MiB: two parts
    upload = begin(client, body, filename="phim.mp4")
    assert (upload["part_size"], upload["part_count"], upload["kind"]) == (16 * MIB, 2, "video")
    for number, piece in ((2, body[16 * MIB :]), (1, body[: 16 * MIB])):
        send(sign(client, upload, number, piece), piece)
    done = complete(client, upload)
    version = AssetVersion.objects.get(asset=done.json()["asset"]["id"])
    with get_store().open(version.original_key) as stored:
        assert sha256(stored.read()) == sha256(body)


def test_the_rules_of_parts(client: APIClient) -> None:
    body = distinct_jpeg()
    upload = begin(client, body)
    parts = f"{UPLOADS}/{upload['id']}/parts"
    assert code_of(post(client, parts, {"parts": [{"number": 1}]})) == (400, "part_checksum_needed")
    assert code_of(post(client, parts, {"parts": [{"number": 2, "sha256": sha256(b"")}]})) == (400, "part_unknown")
    for bad in ([], [{"number": 0}], [{"number": 1, "sha256": "X"}], [{"number": n} for n in range(1, 102)]):
        assert code_of(post(client, parts, {"parts": bad})) == (400, "invalid")
    missing = complete(client, upload)
    assert (code_of(missing), missing.json()["parts"]) == ((400, "part_missing"), [1])
    send(sign(client, upload, 1, body), body)
    swapped = complete(client, upload, {"parts": [{"number": 1, "etag": "0" * 32}]})
    assert (code_of(swapped), swapped.json()["parts"]) == ((400, "part_wrong_checksum"), [1])
    assert client.get(f"{UPLOADS}/{upload['id']}").json()["state"] == "open"
    assert complete(client, upload).status_code == 200
    assert code_of(client.get(parts)) == (409, "upload_closed")
    assert code_of(post(client, parts, {"parts": [{"number": 1, "sha256": sha256(body)}]})) == (409, "upload_closed")


def test_without_announced_checksums_parts_have_none(client: APIClient) -> None:
    body = distinct_jpeg()
    upload = begin(client, body, part_checksums="none")
    parts = f"{UPLOADS}/{upload['id']}/parts"
    with_one = post(client, parts, {"parts": [{"number": 1, "sha256": sha256(body)}]})
    assert code_of(with_one) == (400, "part_checksum_needed")
    send(post(client, parts, {"parts": [{"number": 1}]}).json()["parts"][0], body)
    assert complete(client, upload).status_code == 200


def test_a_repeated_announcement_is_one_upload(client: APIClient, client_for: ClientFor, agency: Agency) -> None:
    said = {"agency": "VGP", "filename": "a.jpg", "size": 10}
    first = post(client, UPLOADS, said, **{"Idempotency-Key": "k1"})
    again = post(client, UPLOADS, said, **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = post(client, UPLOADS, {**said, "size": 11}, **{"Idempotency-Key": "k1"})
    assert code_of(other) == (422, "idempotency_key_reused")
    elsewhere = post(client_for(agency), UPLOADS, said, **{"Idempotency-Key": "k1"})
    assert elsewhere.status_code == 201
    assert Upload.objects.count() == 2
    for malformed in ("", " ", "x" * 201, "a\tb"):
        answer = post(client, UPLOADS, said, **{"Idempotency-Key": malformed})
        assert code_of(answer) == (400, "idempotency_key_malformed")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"filename": "a.jpg", "size": 0}, "size"),
        ({"filename": "a.jpg", "size": -1}, "size"),
        ({"filename": "a.jpg", "size": 5 * 1024**4 + 1}, "size"),
        ({"filename": "a.xyz", "size": 1}, "kind"),
        ({"filename": "a.jpg", "size": 1, "kind": "article"}, "kind"),
        ({"filename": "..", "size": 1}, "filename"),
        ({"filename": "a.jpg", "size": 1, "sha256": "A" * 64}, "sha256"),
        ({"filename": "a.jpg", "size": 1, "agency": "NOPE"}, "agency"),
        ({"size": 1}, "filename"),
    ],
)
def test_an_announcement_is_checked_field_by_field(client: APIClient, said: dict[str, Any], field: str) -> None:
    answer = post(client, UPLOADS, {"agency": "VGP", **said})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_name_is_kept_for_people_and_never_becomes_a_path(client: APIClient) -> None:
    upload = begin(client, b"x" * 10, filename="../../etc/C:\\x\\ảnh\u202e.jpg")
    assert upload["filename"] == "ảnh.jpg"
    assert Upload.objects.get().key.startswith("originals/")


@pytest.mark.parametrize(
    ("role", "scopes", "code"),
    [(Role.VIEWER, tuple(Scope), "role_too_low"), (Role.EDITOR, (Scope.READ, Scope.WRITE), "scope_missing")],
)
def test_uploading_takes_a_contributor_and_the_scope(
    client_for: ClientFor, agency: Agency, role: Role, scopes: tuple[Scope, ...], code: str
) -> None:
    answer = post(client_for(agency, role, scopes=scopes), UPLOADS, {"agency": "VGP", "filename": "a.jpg", "size": 1})
    assert code_of(answer) == (403, code)


def test_a_token_that_may_only_upload_can(client_for: ClientFor, agency: Agency) -> None:
    client = client_for(agency, scopes=(Scope.UPLOAD,))
    body = distinct_jpeg()
    upload = begin(client, body)
    send(sign(client, upload, 1, body), body)
    done = complete(client, upload).json()
    assert client.get(f"/api/v1/assets/{done['asset']['id']}").status_code == 404


def test_who_lost_the_role_can_neither_go_on_nor_finish(client: APIClient) -> None:
    body = distinct_jpeg()
    upload = begin(client, body)
    send(sign(client, upload, 1, body), body)
    Membership.objects.all().delete()
    again = post(client, f"{UPLOADS}/{upload['id']}/parts", {"parts": [{"number": 1, "sha256": sha256(body)}]})
    assert code_of(again) == (403, "role_too_low")
    assert code_of(complete(client, upload)) == (403, "role_too_low")
    assert not Asset.objects.exists()
    assert client.delete(f"{UPLOADS}/{upload['id']}").status_code == 204


def test_a_known_file_is_pointed_out_unless_it_is_wanted_twice(client: APIClient, agency: Agency) -> None:
    body = distinct_jpeg()
    before = make_ready_asset(agency=agency, original=body)
    said = {"agency": "VGP", "filename": "a.jpg", "size": len(body), "sha256": sha256(body)}
    answer = post(client, UPLOADS, said)
    assert code_of(answer) == (409, "duplicate")
    assert answer.json()["duplicate_of"] == {
        "id": str(before.pk),
        "reference": before.reference,
        "url": f"http://127.0.0.1:8000/assets/{before.pk}",
    }
    assert post(client, UPLOADS, {**said, "allow_duplicate": True}).status_code == 201


def test_a_file_that_only_others_have_is_not_pointed_out(client: APIClient) -> None:
    body = distinct_jpeg()
    make_ready_asset(original=body, state=AssetState.PUBLISHED, audience=Audience.AGENCY)
    said = {"agency": "VGP", "filename": "a.jpg", "size": len(body), "sha256": sha256(body)}
    assert post(client, UPLOADS, said).status_code == 201


def test_giving_up_leaves_nothing_and_may_be_repeated(client: APIClient) -> None:
    body = distinct_jpeg()
    upload = begin(client, body)
    send(sign(client, upload, 1, body), body)
    for _ in range(2):
        assert client.delete(f"{UPLOADS}/{upload['id']}").status_code == 204
    row = Upload.objects.get()
    assert (row.state, row.finished_at is not None) == (UploadState.ABORTED, True)
    assert list(get_store().pending_uploads()) == []
    assert code_of(complete(client, upload)) == (409, "upload_closed")


def test_what_is_complete_cannot_be_given_up(client: APIClient) -> None:
    body = distinct_jpeg()
    upload = begin(client, body)
    send(sign(client, upload, 1, body), body)
    complete(client, upload)
    assert code_of(client.delete(f"{UPLOADS}/{upload['id']}")) == (409, "upload_closed")
    assert get_store().head(AssetVersion.objects.get().original_key).size == len(body)


def join_in_the_store() -> None:
    """As a completion does that is killed before its transaction."""
    row, store = Upload.objects.get(), get_store()
    parts = store.list_parts(row.key, row.store_upload_id)
    store.complete_multipart(row.key, row.store_upload_id, parts, size=row.size)


def test_an_abort_between_the_store_and_the_acknowledgement_leaves_the_object_to_the_sweeper(client: APIClient) -> None:
    """As after a crash between the two steps of completing: the object stands, the upload is open. The keys that a web
    server has on S3 cannot delete originals."""
    body = distinct_jpeg()
    upload = begin(client, body)
    send(sign(client, upload, 1, body), body)
    row, store = Upload.objects.get(), get_store()
    store.complete_multipart(
        row.key, row.store_upload_id, store.list_parts(row.key, row.store_upload_id), size=row.size
    )
    assert client.delete(f"{UPLOADS}/{upload['id']}").status_code == 204
    assert code_of(complete(client, upload)) == (409, "upload_closed")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE assets_upload SET finished_at = now() - interval '1 day'")
    assert delete_unclaimed_originals() == 1
    with pytest.raises(ObjectMissing):
        store.head(row.key)


def test_completing_finds_what_an_earlier_try_left_in_the_store(client: APIClient) -> None:
    body = distinct_jpeg()
    upload = begin(client, body)
    send(sign(client, upload, 1, body), body)
    row, store = Upload.objects.get(), get_store()
    store.complete_multipart(
        row.key, row.store_upload_id, store.list_parts(row.key, row.store_upload_id), size=row.size
    )
    assert complete(client, upload).json()["state"] == "completed"


def test_an_upload_that_the_store_forgot_is_said_to_be_over(client: APIClient) -> None:
    upload = begin(client, b"x" * 10)
    row = Upload.objects.get()
    get_store().abort_multipart(row.key, row.store_upload_id)
    assert code_of(complete(client, upload)) == (409, "upload_closed")


def test_nobody_s_uploads_end_by_the_database_s_clock(client: APIClient) -> None:
    old, live = begin(client, b"x" * 10), begin(client, b"x" * 10)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE assets_upload SET expires_at = now() - interval '1 s' WHERE id = %s", [old["id"]])
    assert expire_uploads() == 1
    assert client.get(f"{UPLOADS}/{old['id']}").json()["state"] == "expired"
    assert client.get(f"{UPLOADS}/{live['id']}").json()["state"] == "open"
    assert len(list(get_store().pending_uploads())) == 1


def test_asking_for_parts_keeps_an_upload_alive(client: APIClient) -> None:
    body = distinct_jpeg()
    upload = begin(client, body)
    soon = datetime.now(UTC) + timedelta(minutes=1)
    Upload.objects.update(expires_at=soon)
    sign(client, upload, 1, body)
    assert Upload.objects.get().expires_at > soon + timedelta(hours=1)


def form(body: bytes, name: str = "ảnh.jpg") -> BytesIO:
    file = BytesIO(body)
    file.name = name
    return file


def test_a_small_file_goes_by_one_form_post(client: APIClient) -> None:
    answer = client.post(f"{UPLOADS}/file", {"file": form(distinct_jpeg())}, format="multipart")
    assert (answer.status_code, answer.json()["state"]) == (201, "completed"), answer.content
    listed = client.get("/api/v1/assets").json()["results"]
    assert [row["id"] for row in listed] == [answer.json()["asset"]["id"]]
    assert listed[0]["title"] == "ảnh.jpg"


def test_a_form_says_the_same_things(client: APIClient) -> None:
    body = distinct_jpeg()
    said = {"agency": "vgp", "title": "Cầu", "language": "en", "album": "A", "sha256": sha256(body)}
    answer = client.post(f"{UPLOADS}/file", {**said, "file": form(body)}, format="multipart")
    asset = Asset.objects.get(pk=answer.json()["asset"]["id"])
    assert (asset.original_language, asset.texts.get().title) == ("en", "Cầu")
    for bad, code in (
        ({"colour": "red"}, "unknown_field"),
        ({"sha256": sha256(b"other")}, "checksum_mismatch"),
        ({"kind": "article"}, "invalid"),
    ):
        answer = client.post(f"{UPLOADS}/file", {"file": form(distinct_jpeg()), **bad}, format="multipart")
        assert code_of(answer) == (400, code)
    empty = client.post(f"{UPLOADS}/file", {"file": form(b"")}, format="multipart")
    assert list(empty.json()["errors"]) == ["size"]
    two = client.post(f"{UPLOADS}/file", {"file": [form(distinct_jpeg()), form(distinct_jpeg())]}, format="multipart")
    assert two.json()["errors"] == {"file": ["Give it once."]}
    assert Asset.objects.count() == 1


def test_a_form_too_large_is_refused_before_it_is_read(client: APIClient, settings: Any) -> None:
    settings.SINGLE_POST_LIMIT = 1000
    over = client.post(f"{UPLOADS}/file", {"file": form(b"x" * 1001)}, format="multipart")
    assert (code_of(over), over.json()["limit"]) == ((413, "too_large"), 1000)
    unread = client.generic(
        "POST", f"{UPLOADS}/file", b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(50 * MIB)
    )
    assert code_of(unread) == (413, "too_large")
    assert not Upload.objects.exists()


def test_who_may_upload_to_several_agencies_says_to_which(client_for: ClientFor) -> None:
    viewer = client_for(make_agency(), Role.VIEWER)
    answer = viewer.post(f"{UPLOADS}/file", {"file": form(distinct_jpeg())}, format="multipart")
    assert list(answer.json()["errors"]) == ["agency"]


def test_one_s_uploads_are_listed_newest_first(client: APIClient, client_for: ClientFor, agency: Agency) -> None:
    mine = [begin(client, b"x" * 10)["id"] for _ in range(3)]
    begin(client_for(agency), b"x" * 10)
    page = client.get(f"{UPLOADS}?page_size=2").json()
    rest = client.get(page["next"]).json()["results"]
    assert [row["id"] for row in page["results"] + rest] == mine[::-1]
