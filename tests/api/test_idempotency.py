"""``Idempotency-Key``: the same request is done once and answered alike, by the rights of the moment, for a day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from rest_framework.test import APIClient

from assets.models import (
    Asset,
    AssetComment,
    Collection,
    Licence,
    Nomination,
    Publication,
    Release,
    SavedSearch,
    TextTrack,
)
from assets.states import Kind
from mediacenter.tasks import sweep_sign_ins
from permissions import idempotency
from permissions.models import Agency, ApiToken, Invitation, KeptAnswer, Membership
from permissions.vocabulary import AssetState, Audience, Role, Scope
from tests.api.conftest import ClientFor, bearer
from tests.factories import make_agency, make_asset, make_member, make_ready_asset, make_token

pytestmark = pytest.mark.django_db
API = "/api/v1"
REPLAYED = "Idempotent-Replayed"


@dataclass(frozen=True, kw_only=True)
class Making:
    """``path`` and ``said``: what makes one row of ``model``; ``other``: what another request says instead."""

    path: str
    said: dict[str, Any]
    other: dict[str, Any]
    model: Any


def article(title: str) -> dict[str, Any]:
    return {"agency": "VGP", "kind": "article", "texts": {"vi": {"title": title}}}


def track(words: str) -> dict[str, Any]:
    return {"language": "vi", "kind": "captions", "cues": [{"start": 0, "end": 900, "text": words}]}


LICENCE = {"agency": "VGP", "code": "house", "name_vi": "Riêng"}
MAKINGS: dict[str, Callable[[Agency], Making]] = {
    "agencies_create": lambda _: Making(
        path="agencies",
        said={"parent": "VGP", "code": "SUB", "name_vi": "Bên dưới"},
        other={"parent": "VGP", "code": "SUB2", "name_vi": "Bên dưới"},
        model=Agency.objects.filter(code__startswith="SUB"),
    ),
    "assets_create": lambda _: Making(
        path="assets", said=article("Cầu mới"), other=article("Cầu cũ"), model=Asset.objects
    ),
    "assets_comments_create": lambda agency: Making(
        path=f"assets/{make_asset(agency=agency).pk}/comments",
        said={"text": "Ai đây?"},
        other={"text": "Ở đâu?"},
        model=AssetComment.objects,
    ),
    "releases_add": lambda agency: Making(
        path=f"assets/{make_asset(agency=agency).pk}/releases",
        said={"kind": "model", "name": "An"},
        other={"kind": "model", "name": "Bình"},
        model=Release.objects,
    ),
    "assets_tracks_add": lambda agency: Making(
        path=f"assets/{make_ready_asset(agency=agency, kind=Kind.VIDEO).pk}/tracks",
        said=track("Xin chào"),
        other=track("Tạm biệt"),
        model=TextTrack.objects,
    ),
    "collections_create": lambda _: Making(
        path="collections",
        said={"agency": "VGP", "title": "Cầu"},
        other={"agency": "VGP", "title": "Sông"},
        model=Collection.objects,
    ),
    "licences_create": lambda agency: Making(
        path="licences",
        said=LICENCE,
        other={**LICENCE, "code": "other"},
        model=Licence.objects.filter(agency=agency),
    ),
    "assets_publications_create": lambda agency: Making(
        path=f"assets/{make_asset(agency=agency).pk}/publications",
        said={"medium": "web", "url": "https://bao.example.vn/1"},
        other={"medium": "web", "url": "https://bao.example.vn/2"},
        model=Publication.objects,
    ),
    "nominations_create": lambda agency: Making(
        path="nominations",
        said={"asset": str(make_ready_asset(agency=agency, state=AssetState.PUBLISHED).pk), "note": "Hay"},
        other={"asset": "01900000-0000-7000-8000-000000000000"},
        model=Nomination.objects,
    ),
    "saved_searches_create": lambda _: Making(
        path="saved-searches",
        said={"name": "Cầu", "query": {"search": "cầu"}},
        other={"name": "Sông", "query": {"search": "sông"}},
        model=SavedSearch.objects,
    ),
}
TAKE_NONE = {
    "tokens": {"name": "t", "scopes": ["assets:read"]},
    "uploads/companion": {"agency": "VGP"},
    "agencies/VGP/invitations": {"email": "an@example.vn", "role": "viewer"},
}


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP", review_steps=0)


def post(client: APIClient, path: str, said: Any, key: str = "k-1") -> Any:
    return client.post(f"{API}/{path}", said, format="json", headers={"Idempotency-Key": key})


@pytest.mark.parametrize("operation", MAKINGS)
def test_the_same_request_is_done_once_and_answered_alike(
    operation: str, agency: Agency, client_for: ClientFor
) -> None:
    making, admin = MAKINGS[operation](agency), client_for(agency, Role.AGENCY_ADMIN)
    there = making.model.count()
    first = post(admin, making.path, making.said)
    assert (first.status_code, REPLAYED in first) == (201, False), first.content
    again = post(admin, making.path, dict(reversed(making.said.items())))
    assert (again.status_code, again[REPLAYED], again.content) == (201, "true", first.content)
    assert (again.get("ETag"), again.get("Location")) == (first.get("ETag"), first.get("Location"))
    assert making.model.count() == there + 1


@pytest.mark.parametrize("operation", MAKINGS)
def test_another_request_with_the_key_is_refused_and_not_done(
    operation: str, agency: Agency, client_for: ClientFor
) -> None:
    making, admin = MAKINGS[operation](agency), client_for(agency, Role.AGENCY_ADMIN)
    assert post(admin, making.path, making.said).status_code == 201
    there = making.model.count()
    other = post(admin, making.path, making.other)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert making.model.count() == there
    elsewhere = post(admin, "saved-searches" if operation != "saved_searches_create" else "collections", making.said)
    assert elsewhere.status_code == 422


@pytest.mark.parametrize("operation", sorted(set(MAKINGS) - {"saved_searches_create"}))
def test_who_lost_the_right_does_not_read_the_answer_again(operation: str, agency: Agency) -> None:
    making, person = MAKINGS[operation](agency), make_member(agency, Role.AGENCY_ADMIN)
    _, secret = make_token(user=person)
    client = bearer(secret)
    first = post(client, making.path, making.said)
    assert first.status_code == 201, first.content
    if "asset" in making.path and operation != "assets_create":
        Asset.objects.update(audience=Audience.AGENCY)
    Membership.objects.filter(user=person).delete()
    again = post(client, making.path, making.said)
    assert again.status_code in {403, 404}, again.content
    assert set(again.json()) == {"type", "title", "status", "code", "detail"}


def test_one_s_own_search_is_told_again_as_long_as_it_can_be_read(agency: Agency) -> None:
    person = make_member(agency, Role.VIEWER)
    client = bearer(make_token(user=person)[1])
    made = post(client, "saved-searches", {"name": "Cầu", "query": {}}).json()
    Membership.objects.filter(user=person).delete()
    assert client.get(f"{API}/saved-searches/{made['id']}").status_code == 200
    assert post(client, "saved-searches", {"name": "Cầu", "query": {}}).json() == made
    SavedSearch.objects.all().delete()
    assert post(client, "saved-searches", {"name": "Cầu", "query": {}}).status_code == 404


@pytest.mark.parametrize(
    ("operation", "status"), [("collections_create", 403), ("licences_create", 403), ("assets_create", 404)]
)
def test_who_became_a_viewer_is_told_by_what_viewers_see(operation: str, status: int, agency: Agency) -> None:
    making, person = MAKINGS[operation](agency), make_member(agency, Role.AGENCY_ADMIN)
    client = bearer(make_token(user=person)[1])
    assert post(client, making.path, making.said).status_code == 201
    Membership.objects.filter(user=person).update(role=Role.VIEWER)
    assert post(client, making.path, making.said).status_code == status


def test_a_token_that_may_make_and_not_read_is_answered_again(agency: Agency) -> None:
    _, secret = make_token(user=make_member(agency, Role.AGENCY_ADMIN), scopes=(Scope.UPLOAD, Scope.MANAGE))
    for operation in ("collections_create", "licences_create", "agencies_create"):
        making = MAKINGS[operation](agency)
        first = post(bearer(secret), making.path, making.said, operation)
        again = post(bearer(secret), making.path, making.said, operation)
        assert (first.status_code, again.content) == (201, first.content), operation


def test_what_was_deleted_since_is_not_told_again(agency: Agency, client_for: ClientFor) -> None:
    admin = client_for(agency, Role.AGENCY_ADMIN)
    made = post(admin, "collections", {"agency": "VGP", "title": "Cầu"}).json()
    assert admin.delete(f"{API}/collections/{made['id']}").status_code == 204
    assert post(admin, "collections", {"agency": "VGP", "title": "Cầu"}).status_code == 404
    written = post(admin, "assets", article("Cầu"), "k-2").json()
    assert admin.post(f"{API}/assets/{written['id']}/delete", {"reason": "Sai"}, format="json").status_code == 200
    assert post(admin, "assets", article("Cầu"), "k-2").status_code == 404


def test_a_key_is_its_caller_s_alone(agency: Agency, client_for: ClientFor) -> None:
    for _ in range(2):
        answer = post(client_for(agency, Role.EDITOR), "assets", article("Cầu"))
        assert (answer.status_code, REPLAYED in answer) == (201, False)
    assert Asset.objects.count() == 2


def test_a_stranger_is_refused_and_nothing_is_kept(agency: Agency) -> None:
    for path in ("collections", "saved-searches"):
        assert post(APIClient(), path, {"agency": "VGP", "title": "Cầu"}).status_code == 401
    assert not KeptAnswer.objects.exists()


def test_refusals_are_judged_anew(agency: Agency, client_for: ClientFor) -> None:
    admin = client_for(agency, Role.AGENCY_ADMIN)
    Collection.objects.create(agency=agency, title="Cầu")
    assert post(admin, "collections", {"agency": "VGP", "title": "Cầu"}).status_code == 409
    assert post(admin, "collections", {"agency": "VGP", "titel": "Cầu"}).status_code == 400
    assert not KeptAnswer.objects.exists()
    Collection.objects.all().delete()
    again = post(admin, "collections", {"agency": "VGP", "title": "Cầu"})
    assert (again.status_code, REPLAYED in again) == (201, False)


@pytest.mark.parametrize("path", TAKE_NONE)
def test_where_secrets_are_told_or_letters_sent_no_key_is_taken(
    path: str, agency: Agency, client_for: ClientFor
) -> None:
    admin = client_for(agency, Role.AGENCY_ADMIN)
    there = ApiToken.objects.count(), Invitation.objects.count()
    refused = post(admin, path, TAKE_NONE[path])
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_not_taken")
    assert (ApiToken.objects.count(), Invitation.objects.count()) == there
    assert admin.post(f"{API}/{path}", TAKE_NONE[path], format="json").status_code == 201
    assert not KeptAnswer.objects.exists()


def test_the_address_of_a_feed_is_made_without_a_key(agency: Agency, client_for: ClientFor) -> None:
    admin = client_for(agency, Role.AGENCY_ADMIN)
    saved = post(admin, "saved-searches", {"name": "Cầu", "query": {}}).json()
    path = f"saved-searches/{saved['id']}/feed"
    assert post(admin, path, {}, "k-2").json()["code"] == "idempotency_key_not_taken"
    assert KeptAnswer.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\tb"])
def test_a_key_that_cannot_be_one_is_refused(key: str, agency: Agency, client_for: ClientFor) -> None:
    answer = post(client_for(agency, Role.EDITOR), "collections", {"agency": "VGP", "title": "Cầu"}, key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_malformed")


def test_files_of_forms_tell_requests_apart(agency: Agency, client_for: ClientFor) -> None:
    client = client_for(agency, Role.EDITOR)
    path = f"{API}/assets/{make_ready_asset(agency=agency, kind=Kind.VIDEO).pk}/tracks"

    def send(words: str) -> Any:
        file = SimpleUploadedFile("a.srt", f"1\n00:00:00,000 --> 00:00:01,000\n{words}\n".encode())
        said = {"file": file, "language": "vi", "kind": "captions"}
        return client.post(path, said, format="multipart", headers={"Idempotency-Key": "k"})

    first, again = send("Xin chào"), send("Xin chào")
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content), first.content
    assert send("Tạm biệt").status_code == 422


def test_a_day_later_the_key_is_free_and_the_answer_is_dropped(agency: Agency, client_for: ClientFor) -> None:
    client = client_for(agency, Role.EDITOR)
    assert post(client, "assets", article("Cầu")).status_code == 201
    KeptAnswer.objects.update(made_at=F("made_at") - timedelta(hours=23))
    assert sweep_sign_ins(0).endswith(", 0 answers")
    assert post(client, "assets", article("Cầu"))[REPLAYED] == "true"
    KeptAnswer.objects.update(made_at=F("made_at") - timedelta(hours=1, minutes=1))
    anew = post(client, "assets", article("Sông"))
    assert (anew.status_code, REPLAYED in anew, KeptAnswer.objects.count()) == (201, False, 1)
    KeptAnswer.objects.update(made_at=F("made_at") - timedelta(hours=25))
    assert sweep_sign_ins(0).endswith(", 1 answers")
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize("bound", ["MOST_KEYS", "MOST_BYTES"])
def test_nobody_fills_the_table(
    bound: str, agency: Agency, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, bound, 1)
    client, colleague = client_for(agency, Role.EDITOR), client_for(agency, Role.EDITOR)
    assert post(client, "assets", article("Cầu")).status_code == 201
    refused = post(client, "assets", article("Sông"), "k-2")
    assert (refused.status_code, refused.json()["code"]) == (429, "idempotency_keys_exhausted")
    assert refused["Retry-After"] == "3600"
    assert Asset.objects.count() == 1
    assert post(client, "assets", article("Cầu"))[REPLAYED] == "true", "what is kept is given still"
    assert post(colleague, "assets", article("Sông")).status_code == 201


def test_what_cannot_be_kept_is_not_done(
    agency: Agency, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "LARGEST_ANSWER", 100)
    client = client_for(agency, Role.EDITOR)
    refused = post(client, "assets", article("Cầu"))
    assert (refused.status_code, refused.json()["code"]) == (413, "idempotent_answer_too_large")
    assert (Asset.objects.count(), KeptAnswer.objects.count()) == (0, 0)


def test_the_table_names_neither_keys_nor_tokens(agency: Agency) -> None:
    token, secret = make_token(user=make_member(agency, Role.EDITOR))
    post(bearer(secret), "assets", article("Cầu"), "my-own-key")
    kept = KeptAnswer.objects.get()
    row = f"{kept.key} {kept.actor_key} {kept.request_digest} {bytes(kept.body).decode()} {kept.headers}"
    assert "my-own-key" not in row
    assert secret not in row
    assert kept.actor_key == f"token:{token.pk}"


def test_every_operation_that_makes_something_takes_a_key_or_says_that_it_takes_none() -> None:
    document = served_document()
    making = {
        operation["operationId"]: {each["name"] for each in operation.get("parameters", ())}
        for item in document["paths"].values()
        for method, operation in item.items()
        if method == "post" and "201" in operation["responses"]
    }
    taking = {name for name, headers in making.items() if "Idempotency-Key" in headers}
    assert taking == {*MAKINGS, "uploads_create", "uploads_file"}
    refusing = {"tokens_create", "uploads_companion", "invitations_create", "saved_searches_open_feed"}
    assert set(making) - taking == refusing


def served_document() -> dict[str, Any]:
    document: dict[str, Any] = APIClient().get(f"{API}/schema?format=json").json()
    return document
