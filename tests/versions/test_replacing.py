"""An original is replaced: when, by whom, and what everybody sees until then and after."""

import hashlib
from io import BytesIO

import pytest
from django.test import Client
from PIL import Image

from assets.models import Asset, AssetVersion, Correction, Upload
from assets.states import CorrectionState, Kind, UploadState, VersionState
from permissions.models import AuditEvent, Membership
from permissions.vocabulary import AssetState, PlatformRole, Role, Scope
from tests.api.conftest import bearer
from tests.factories import (
    distinct_jpeg,
    jpeg,
    make_agency,
    make_asset,
    make_membership,
    make_ready_asset,
    make_token,
    make_user,
    make_version,
)
from tests.versions.flow import API, act, corrected, detail, person, public_photo, send, work_off_the_queue

pytestmark = pytest.mark.django_db


def test_a_replacement_becomes_current_once_it_is_ready_and_not_before() -> None:
    agency = make_agency(review_steps=0)
    asset, (user, editor) = public_photo(agency), person(agency)
    first = asset.current_version
    assert first is not None
    body = distinct_jpeg(width=90, height=70)

    answer = send(editor, asset, body)

    assert answer.status_code == 201, answer.content
    assert answer.json()["asset"]["id"] == str(asset.pk)
    before = detail(Client(), asset)
    assert (before["version"]["number"], before["width"], before["correction"]) == (1, 64, None)
    assert detail(editor, asset)["correction"]["version"] == 2
    assert work_off_the_queue() == ["ready"]
    after = detail(Client(), asset)
    assert (after["version"]["number"], after["width"], after["revision"]) == (2, 90, asset.revision + 1)
    assert after["corrected_at"] is not None
    assert detail(editor, asset)["version"]["sha256"] == hashlib.sha256(body).hexdigest()
    assert Asset.objects.count() == 1
    event = AuditEvent.objects.get(act="asset.original_replaced")
    assert (event.user_id, event.target, event.data["reason"]) == (user.pk, asset.pk, "Sai người trong ảnh")
    assert (event.data["before"]["version"], event.data["after"]["version"]) == (1, 2)
    assert event.data["after"]["sha256"] == hashlib.sha256(body).hexdigest()
    assert AssetVersion.objects.get(pk=first.pk).original_key == first.original_key


def test_the_parts_of_a_replacement_are_sent_as_of_any_upload() -> None:
    agency = make_agency(review_steps=0)
    asset, (_, editor) = public_photo(agency), person(agency)
    body = distinct_jpeg(width=70)
    said = {"asset": str(asset.pk), "reason": "Cắt lại", "filename": "a.jpg", "size": len(body)}
    upload = editor.post(f"{API}/uploads", said, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert upload.status_code == 201, upload.content
    assert upload.json()["agency"]["id"] == str(agency.pk)
    again = editor.post(f"{API}/uploads", said, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert (again.status_code, again.json()["id"]) == (200, upload.json()["id"])
    base = f"{API}/uploads/{upload.json()['id']}"
    part = editor.post(f"{base}/parts", {"parts": [{"number": 1}]}, format="json").json()["parts"][0]
    put = Client().put(part["url"].removeprefix("http://127.0.0.1:8000"), body, **headers_of(part["headers"]))
    assert put.status_code == 200, put.content
    for _ in range(2):  # as often as it is asked
        assert editor.post(f"{base}/complete", {}, format="json").json()["asset"]["id"] == str(asset.pk)
    assert work_off_the_queue() == ["ready"]
    assert detail(editor, asset)["version"]["number"] == 2
    assert Upload.objects.get().state == UploadState.COMPLETED


def headers_of(headers: dict[str, str]) -> dict[str, str]:
    return {"HTTP_HOST": "127.0.0.1:8000", "content_type": "application/octet-stream", "headers": headers}  # type: ignore[dict-item]


def test_where_work_is_reviewed_somebody_else_confirms_what_is_published() -> None:
    agency = make_agency(review_steps=1)
    asset = public_photo(agency)
    (maker, own), (_, other) = person(agency), person(agency)

    version = corrected(own, asset)

    assert (version.state, version.number) == (VersionState.READY, 2)
    assert detail(Client(), asset)["version"]["number"] == 1
    assert detail(own, asset)["correction"]["state"] == "waiting"
    refused = act(own, asset, "versions/2/confirm")
    assert (refused.status_code, refused.json()["code"]) == (403, "own_work")
    done = act(other, asset, "versions/2/confirm")
    assert done.status_code == 200, done.content
    assert detail(Client(), asset)["version"]["number"] == 2
    asset.refresh_from_db()
    assert maker.pk in asset.makers
    assert AuditEvent.objects.get(act="asset.original_replaced").data["confirmed"] is True
    assert act(other, asset, "versions/2/confirm").status_code == 404


def test_a_declined_correction_leaves_everything_as_it_is_and_says_why() -> None:
    agency = make_agency(review_steps=2)
    asset, (_, own), (_, other) = public_photo(agency), person(agency), person(agency)
    corrected(own, asset)
    assert act(other, asset, "versions/2/decline", reason=" ").status_code == 400
    assert act(other, asset, "versions/2/decline", reason="Ảnh mới sai").status_code == 200
    assert detail(Client(), asset)["version"]["number"] == 1
    told = own.get(f"{API}/assets/{asset.pk}/versions").json()["results"][0]
    assert (told["number"], told["current"]) == (2, False)
    assert (told["corrections"][0]["state"], told["corrections"][0]["decision"]) == ("declined", "Ảnh mới sai")
    assert act(other, asset, "versions/2/confirm").status_code == 404
    assert act(own, asset, "versions/2/restore", reason="Vẫn muốn").status_code == 409
    assert corrected(own, asset).number == 3, "another may be sent"


def test_whoever_made_a_correction_takes_it_back() -> None:
    agency = make_agency(review_steps=0)
    asset, (_, own) = make_ready_asset(agency=agency), person(agency, Role.CONTRIBUTOR)
    assert send(own, asset).status_code == 201
    assert act(own, asset, "versions/2/decline", reason="Nhầm tệp").status_code == 200
    work_off_the_queue()
    assert detail(own, asset)["version"]["number"] == 1
    assert Correction.objects.get().state == CorrectionState.DECLINED


def test_a_token_that_may_only_read_takes_no_correction_back() -> None:
    agency = make_agency(review_steps=0)
    asset, (user, own) = make_ready_asset(agency=agency), person(agency, Role.CONTRIBUTOR)
    assert send(own, asset).status_code == 201
    reading = bearer(make_token(user=user, scopes=(Scope.READ,))[1])
    refused = act(reading, asset, "versions/2/decline", reason="Nhầm tệp")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    writing = bearer(make_token(user=user, scopes=(Scope.READ, Scope.WRITE))[1])
    assert act(writing, asset, "versions/2/decline", reason="Nhầm tệp").status_code == 200


@pytest.mark.parametrize("left", [None, Role.VIEWER])
def test_who_works_for_the_agency_no_more_takes_no_correction_back(left: Role | None) -> None:
    agency = make_agency(review_steps=1)
    asset, (user, own) = public_photo(agency), person(agency)
    corrected(own, asset)
    Membership.objects.filter(user=user).delete()
    if left is not None:
        make_membership(user=user, agency=agency, role=left)
    refused = act(own, asset, "versions/2/decline", reason="Nhầm tệp")
    assert (refused.status_code, refused.json()["code"]) == (403, "role_too_low")
    assert Correction.objects.get().state == CorrectionState.WAITING


def test_the_desk_takes_back_what_it_sent_even_once_the_asset_is_withdrawn() -> None:
    agency = make_agency(review_steps=1)
    asset, (_, editor) = public_photo(agency), person(agency)
    desk = bearer(make_token(user=make_user(platform_role=PlatformRole.CENTRAL_EDITOR))[1])
    corrected(desk, asset)
    assert act(editor, asset, "withdraw", reason="Sai").status_code == 200
    assert act(desk, asset, "versions/2/decline", reason="Nhầm tệp").status_code == 200
    assert Correction.objects.get().state == CorrectionState.DECLINED


def test_a_rejected_file_leaves_the_current_one_and_tells_its_sender_why() -> None:
    agency = make_agency(review_steps=0)
    asset, (_, editor) = public_photo(agency), person(agency)
    assert send(editor, asset, b"\xff\xd8\xff\xe0 no picture at all").status_code == 201
    assert work_off_the_queue() == ["rejected"]
    assert detail(Client(), asset)["version"]["number"] == 1
    assert detail(editor, asset)["correction"] is None
    told = editor.get(f"{API}/assets/{asset.pk}/versions").json()["results"][0]
    assert told["rejection"]["code"]
    assert told["corrections"][0]["state"] == "rejected"
    assert told["corrections"][0]["decision"]
    assert corrected(editor, asset).number == 3


def test_bytes_of_another_kind_are_refused_by_name_and_by_content() -> None:
    agency = make_agency(review_steps=0)
    asset, (_, editor) = public_photo(agency), person(agency)
    by_name = send(editor, asset, name="phim.mp4")
    assert (by_name.status_code, by_name.json()["code"]) == (400, "kind_mismatch")
    by_word = send(editor, asset, kind="video")
    assert (by_word.status_code, by_word.json()["code"]) == (400, "kind_mismatch")
    assert send(editor, asset, b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40)).status_code == 201
    assert work_off_the_queue() == ["rejected"]
    assert detail(Client(), asset)["version"]["number"] == 1
    article = make_asset(agency=agency, kind=Kind.ARTICLE)
    assert send(editor, article).json()["code"] == "kind_mismatch"


def test_correcting_what_is_published_takes_a_reason() -> None:
    agency = make_agency(review_steps=0)
    asset, (_, editor) = public_photo(agency), person(agency)
    file = BytesIO(jpeg())
    file.name = "a.jpg"
    answer = editor.post(f"{API}/uploads/file", {"file": file, "asset": asset.reference}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (400, "reason_needed")
    draft = make_ready_asset(agency=agency)
    answer = send(editor, draft, reason="Bản rõ hơn")
    assert answer.status_code == 201


def test_who_may_not_edit_may_not_replace() -> None:
    agency = make_agency(review_steps=0)
    asset, draft = public_photo(agency), make_ready_asset(agency=agency)
    _, contributor = person(agency, Role.CONTRIBUTOR)
    _, viewer = person(agency, Role.VIEWER)
    _, stranger = person(make_agency(), Role.AGENCY_ADMIN)
    assert send(contributor, asset).json()["code"] == "wrong_state"
    assert send(viewer, asset).json()["code"] == "role_too_low"
    assert send(stranger, asset).json()["code"] == "role_too_low"
    assert send(stranger, draft).status_code == 404
    assert send(stranger, "NOPE-20261121-P0001").status_code == 404
    assert send(contributor, draft).status_code == 201
    weak = bearer(make_token(agency=agency, role=Role.EDITOR, scopes=(Scope.READ, Scope.WRITE))[1])
    assert send(weak, asset).json()["code"] == "scope_missing"
    desk = bearer(make_token(user=make_user(platform_role=PlatformRole.CENTRAL_EDITOR))[1])
    assert send(desk, asset).status_code == 201


def test_a_token_of_an_agency_confirms_nothing_where_work_is_reviewed() -> None:
    agency = make_agency(review_steps=1)
    asset, (_, own) = public_photo(agency), person(agency)
    corrected(own, asset)
    token = bearer(make_token(agency=agency, role=Role.EDITOR)[1])
    assert act(token, asset, "versions/2/confirm").json()["code"] == "person_needed"
    _, contributor = person(agency, Role.CONTRIBUTOR)
    assert act(contributor, asset, "versions/2/confirm").json()["code"] == "role_too_low"


def test_a_replacement_of_what_was_approved_takes_it_back_into_review() -> None:
    agency = make_agency(review_steps=1)
    (approver, _), (_, own) = person(agency), person(agency)
    asset = make_ready_asset(agency=agency, state=AssetState.APPROVED, approved_by=[approver.pk])
    corrected(own, asset)
    asset.refresh_from_db()
    assert (asset.state, asset.approved_by, asset.corrected_at) == (AssetState.IN_REVIEW, [], None)
    assert asset.current_version is not None
    assert asset.current_version.number == 2


def test_what_was_sent_for_a_draft_waits_where_its_sender_could_not_correct_it_any_more() -> None:
    agency = make_agency(review_steps=0)
    asset, (_, contributor), (_, editor) = make_ready_asset(agency=agency), *[person(agency, r) for r in CONTRIBUTING]
    assert send(contributor, asset).status_code == 201
    assert act(editor, asset, "publish").status_code == 200
    work_off_the_queue()
    assert detail(editor, asset)["correction"]["state"] == "waiting"
    assert detail(editor, asset)["version"]["number"] == 1
    assert act(editor, asset, "versions/2/confirm").status_code == 200
    assert detail(editor, asset)["version"]["number"] == 2


CONTRIBUTING = (Role.CONTRIBUTOR, Role.EDITOR)


def test_a_correction_that_is_ready_after_the_withdrawal_stays_outside() -> None:
    agency = make_agency(review_steps=0)
    asset, (_, editor) = public_photo(agency), person(agency)
    assert send(editor, asset).status_code == 201
    assert act(editor, asset, "withdraw", reason="Sai").status_code == 200
    assert work_off_the_queue() == ["ready"]
    assert detail(editor, asset)["version"]["number"] == 1
    assert detail(editor, asset)["correction"]["state"] == "waiting"
    assert act(editor, asset, "versions/2/confirm").json()["code"] == "wrong_state"
    assert act(editor, asset, "restore").status_code == 200
    assert act(editor, asset, "versions/2/confirm").status_code == 200
    assert detail(editor, asset)["version"]["number"] == 2


def test_an_upload_that_completes_after_the_withdrawal_is_refused() -> None:
    agency = make_agency(review_steps=0)
    asset, (_, editor) = public_photo(agency), person(agency)
    body = distinct_jpeg()
    said = {"asset": asset.reference, "reason": "x", "filename": "a.jpg", "size": len(body)}
    upload = editor.post(f"{API}/uploads", said, format="json").json()
    base = f"{API}/uploads/{upload['id']}"
    part = editor.post(f"{base}/parts", {"parts": [{"number": 1}]}, format="json").json()["parts"][0]
    Client().put(part["url"].removeprefix("http://127.0.0.1:8000"), body, **headers_of(part["headers"]))
    assert act(editor, asset, "withdraw", reason="Sai").status_code == 200
    refused = editor.post(f"{base}/complete", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_state")
    assert AssetVersion.objects.count() == 1


def test_one_correction_at_a_time() -> None:
    agency = make_agency(review_steps=0)
    asset, (_, editor) = public_photo(agency), person(agency)
    assert send(editor, asset).status_code == 201
    second = send(editor, asset)
    assert (second.status_code, second.json()["code"], second.json()["version"]) == (409, "correction_open", 2)


def test_every_version_counts_for_the_quota_and_none_as_another_item() -> None:
    agency = make_agency(review_steps=0, quota_items=1)
    asset, (_, editor) = public_photo(agency), person(agency)
    corrected(editor, asset)
    usage = person(agency, Role.AGENCY_ADMIN)[1].get(f"{API}/agencies/{agency.pk}/usage").json()
    assert usage["items"]["used"] == 1
    assert usage["bytes"]["used"] == sum(AssetVersion.objects.values_list("size", flat=True))
    agency.quota_bytes = usage["bytes"]["used"] + 10
    agency.save()
    full = send(editor, asset)
    assert (full.status_code, full.json()["code"], full.json()["of"]) == (409, "quota_exceeded", "bytes")


def test_the_same_bytes_are_pointed_out_unless_they_were_never_there_for_the_asker() -> None:
    agency = make_agency(review_steps=1)
    asset, (_, own) = public_photo(agency), person(agency)
    body = distinct_jpeg(width=77)
    corrected(own, asset, body)
    own_file, others = BytesIO(body), BytesIO(body)
    own_file.name = others.name = "b.jpg"
    known = own.post(f"{API}/uploads/file", {"file": own_file}, format="multipart")
    assert (known.status_code, known.json()["code"]) == (409, "duplicate")
    _, stranger = person(make_agency())
    assert stranger.post(f"{API}/uploads/file", {"file": others}, format="multipart").status_code == 201


def test_a_new_file_helps_a_draft_whose_file_was_rejected() -> None:
    agency = make_agency(review_steps=0)
    asset, (_, own) = make_asset(agency=agency), person(agency, Role.CONTRIBUTOR)
    make_version(asset, state=VersionState.REJECTED)
    version = corrected(own, asset, name="hồ Gươm.jpg")
    said = detail(own, asset)
    assert (said["version"]["number"], said["processing"]["state"], said["title"]) == (2, "ready", "hồ Gươm")
    assert version.hidden is False


def test_words_of_a_file_do_not_change_what_is_published() -> None:
    agency = make_agency(review_steps=0)
    asset, (_, editor) = public_photo(agency, author=""), person(agency)
    file = BytesIO()
    exif = Image.Exif()
    exif[0x013B] = "Kẻ lạ"
    Image.new("RGB", (70, 50)).save(file, "JPEG", exif=exif)
    corrected(editor, asset, file.getvalue())
    assert detail(editor, asset)["version"]["number"] == 2
    assert detail(editor, asset)["author"] == ""
