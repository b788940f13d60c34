"""Agencies, their people and their quota over HTTP."""

import io
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from rest_framework.test import APIClient

from assets.models import Upload
from assets.storage import get_store
from assets.storage.base import PartSpec
from permissions.models import Agency, AuditEvent, Invitation, Membership
from permissions.vocabulary import PlatformRole, Role, Scope
from tests.api.conftest import ClientFor, bearer
from tests.factories import (
    make_agency,
    make_asset,
    make_collection,
    make_invitation,
    make_member,
    make_membership,
    make_token,
    make_user,
    make_version,
)

pytestmark = pytest.mark.django_db
URL = "/api/v1/agencies/MOH"


@pytest.fixture
def moh() -> Agency:
    return make_agency(code="MOH", name_vi="Bộ Y tế", parent=make_agency(code="GOV"))


@pytest.fixture
def admin(moh: Agency, client_for: ClientFor) -> APIClient:
    return client_for(moh, Role.AGENCY_ADMIN)


@pytest.fixture
def operator() -> APIClient:
    return bearer(make_token(user=make_user(platform_role=PlatformRole.OPERATOR))[1])


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# --- Settings


def test_settings_change_under_the_etag_that_was_read(admin: APIClient, moh: Agency) -> None:
    read = admin.get(URL)
    change = {"name_en": "Ministry of Health", "domains": ["MOH.gov.vn"], "embed_origins": ["https://moh.gov.vn/"]}
    changed = admin.patch(URL, change, format="json", headers={"If-Match": read["ETag"]})
    assert changed.status_code == 200, changed.content
    body = changed.json()
    assert (body["names"]["en"], body["domains"], body["revision"]) == ("Ministry of Health", ["moh.gov.vn"], 2)
    assert body["administration"]["embed_origins"] == ["https://moh.gov.vn"]
    assert changed["ETag"] != read["ETag"]
    assert admin.get(URL)["ETag"] == changed["ETag"]
    stale = admin.patch(URL, {"name_en": "x"}, format="json", headers={"If-Match": read["ETag"]})
    assert refusal(stale) == (412, "precondition_failed")
    assert AuditEvent.objects.filter(act="agency.edited", target=moh.pk).count() == 1


def test_what_only_administrators_see_others_do_not(moh: Agency, client_for: ClientFor) -> None:
    Agency.objects.filter(pk=moh.pk).update(quota_items=77)
    assert client_for(moh, Role.EDITOR).get(URL).json()["administration"] is None
    assert client_for(make_agency(), Role.AGENCY_ADMIN).get(URL).json()["administration"] is None
    assert client_for(moh, Role.AGENCY_ADMIN).get(URL).json()["administration"]["quota_items"] == 77


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"path": "x"}, "unknown_field"),
        ({"merged_into": None}, "unknown_field"),
        ({"is_active": False}, "unknown_field"),
        ({"domains": ["no host"]}, "invalid"),
        ({"embed_origins": ["http://moh.gov.vn"]}, "invalid"),
        ({"quota_bytes": -1}, "invalid"),
        ({"quota_warn_percent": 0}, "invalid"),
        ({"retention_days": -1}, "invalid"),
    ],
)
def test_what_cannot_be_set_is_named(admin: APIClient, change: dict[str, object], code: str) -> None:
    answer = admin.patch(URL, change, format="json")
    assert refusal(answer) == (400, code)
    assert list(answer.json()["errors"]) == list(change)


def test_editors_and_narrow_tokens_change_nothing(moh: Agency, client_for: ClientFor) -> None:
    said = {"name_en": "x"}
    assert refusal(client_for(moh, Role.EDITOR).patch(URL, said, format="json")) == (403, "role_too_low")
    narrow = client_for(moh, Role.AGENCY_ADMIN, scopes=(Scope.READ,))
    assert refusal(narrow.patch(URL, said, format="json")) == (403, "scope_missing")
    assert refusal(APIClient().patch(URL, said, format="json")) == (401, "not_signed_in")


# --- Reorganisations


def test_a_move_and_its_refusals(moh: Agency, admin: APIClient, operator: APIClient, client_for: ClientFor) -> None:
    gov = Agency.objects.get(code="GOV")
    make_agency(code="NEW", parent=gov)
    said = {"parent": "NEW"}
    assert refusal(admin.post(f"{URL}/move", said, format="json")) == (403, "role_too_low")
    above = client_for(gov, Role.AGENCY_ADMIN)
    moved = above.post(f"{URL}/move", said, format="json", headers={"If-Match": above.get(URL)["ETag"]})
    assert (moved.status_code, moved.json()["depth"]) == (200, 3), moved.content
    assert refusal(above.post("/api/v1/agencies/NEW/move", {"parent": "MOH"}, format="json")) == (
        409,
        "agency_below_itself",
    )
    assert refusal(above.post(f"{URL}/move", {"parent": None}, format="json")) == (403, "role_too_low")
    assert operator.post(f"{URL}/move", {"parent": None}, format="json").json()["parent"] is None
    assert refusal(operator.post(f"{URL}/move", {"parent": "NONE"}, format="json")) == (400, "invalid")
    assert refusal(operator.post(f"{URL}/move", {}, format="json")) == (400, "invalid")
    stale = operator.post(f"{URL}/move", said, format="json", headers={"If-Match": '"1"'})
    assert refusal(stale) == (412, "precondition_failed")


def test_after_a_merger_old_links_and_references_still_resolve(moh: Agency, operator: APIClient) -> None:
    health = make_agency(code="HEALTH", name_en="Health")
    asset = make_asset(agency=moh, reference="MOH-20260101-P0001")
    make_collection(asset)
    kept = operator.post(f"{URL}/merge", {"into": "HEALTH"}, format="json")
    assert (kept.status_code, kept.json()["code"]) == (200, "HEALTH"), kept.content
    closed = operator.get(URL).json()
    assert (closed["active"], closed["merged_into"]["code"]) == (False, "HEALTH")
    assert [row["code"] for row in operator.get("/api/v1/agencies").json()["results"]] == ["GOV", "HEALTH"]
    member = bearer(make_token(user=make_member(health, Role.EDITOR))[1])
    detail = member.get(f"/api/v1/assets/{asset.pk}").json()
    assert (detail["reference"], detail["agency"]["code"]) == ("MOH-20260101-P0001", "HEALTH")
    assert detail["formerly"]["code"] == "MOH"
    assert len(member.get("/api/v1/assets?agency=MOH").json()["results"]) == 1
    begun = member.post("/api/v1/uploads", {"agency": "MOH", "filename": "a.jpg", "size": 9}, format="json")
    assert begun.json()["agency"]["code"] == "HEALTH", "a program that still says the old code goes on"
    for path, said in (("merge", {"into": "HEALTH"}), ("move", {"parent": "HEALTH"})):
        assert refusal(operator.post(f"{URL}/{path}", said, format="json"))[0] == 404, path
    assert refusal(operator.patch(URL, {"name_en": "x"}, format="json")) == (404, "not_found")


# --- People


def test_members_are_listed_changed_and_removed(moh: Agency, admin: APIClient) -> None:
    member = make_membership(agency=moh, role=Role.VIEWER)
    make_membership(agency=make_agency(parent=moh))
    rows = admin.get(f"{URL}/members?page_size=1").json()
    assert (len(rows["results"]), rows["results"][0]["person"]["id"]) == (1, str(member.user_id))
    assert len(admin.get(rows["next"]).json()["results"]) == 1
    one = f"{URL}/members/{member.pk}"
    changed = admin.patch(one, {"role": "editor", "suspended": True}, format="json").json()
    assert (changed["role"], changed["suspended_at"] is not None) == ("editor", True)
    assert admin.patch(one, {"suspended": False}, format="json").json()["suspended_at"] is None
    assert refusal(admin.patch(one, {"agency": "GOV"}, format="json")) == (400, "unknown_field")
    assert admin.delete(one).status_code == 204
    assert refusal(admin.delete(one)) == (404, "not_found")
    assert not Membership.objects.filter(pk=member.pk).exists()


def test_the_last_administrator_stays(client_for: ClientFor) -> None:
    root = make_agency(code="MOH")
    client = client_for(root, Role.AGENCY_ADMIN)
    only = f"{URL}/members/{Membership.objects.get(agency=root).pk}"
    assert refusal(client.delete(only)) == (409, "last_administrator")
    assert refusal(client.patch(only, {"suspended": True}, format="json")) == (409, "last_administrator")


def test_a_suspended_member_loses_session_and_token_at_once(moh: Agency, admin: APIClient) -> None:
    asset = make_asset(agency=moh)
    member = make_membership(agency=moh)
    by_token, by_session = bearer(make_token(user=member.user)[1]), APIClient()
    by_session.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    for client in (by_token, by_session):
        assert client.get(f"/api/v1/assets/{asset.pk}").status_code == 200
    admin.patch(f"{URL}/members/{member.pk}", {"suspended": True}, format="json")
    for client in (by_token, by_session):
        assert client.get(f"/api/v1/assets/{asset.pk}").status_code == 404
        assert client.get("/api/v1/session").json()["memberships"] == []
        assert client.get(f"{URL}/members").status_code == 404


def test_operators_shut_people_out_of_the_platform(moh: Agency, admin: APIClient, operator: APIClient) -> None:
    member = make_membership(agency=moh)
    theirs = bearer(make_token(user=member.user)[1])
    url = f"/api/v1/people/{member.user_id}"
    assert refusal(admin.patch(url, {"active": False}, format="json")) == (403, "role_too_low")
    assert operator.patch(url, {"active": False}, format="json").json()["active"] is False
    assert refusal(theirs.get("/api/v1/session")) == (401, "token_invalid")
    assert operator.patch(url, {"active": True}, format="json").json()["active"] is True
    assert theirs.get("/api/v1/session").status_code == 200


def test_operators_reset_the_second_factors_of_those_who_lost_them(
    moh: Agency, admin: APIClient, operator: APIClient
) -> None:
    member = make_membership(agency=moh)
    url, reset = f"/api/v1/people/{member.user_id}", {"second_factors": "reset"}
    Authenticator.objects.create(user=member.user, type=Authenticator.Type.TOTP, data={})
    for body in ({}, {"second_factors": "off"}, {"second_factors": None}):
        assert operator.patch(url, body, format="json").status_code == 400
    assert refusal(admin.patch(url, reset, format="json")) == (403, "role_too_low")
    assert Authenticator.objects.filter(user=member.user).exists()
    assert operator.patch(url, reset, format="json").json()["active"] is True
    assert not Authenticator.objects.filter(user=member.user).exists()
    assert operator.patch(url, {"active": False, **reset}, format="json").json()["active"] is False


def test_invitations_are_made_listed_and_taken_back_and_tell_no_secret(admin: APIClient, moh: Agency) -> None:
    make_user(email="known@example.vn")
    made = [
        admin.post(f"{URL}/invitations", {"email": email, "role": "editor", "language": "en"}, format="json")
        for email in ("known@example.vn", "new@example.vn")
    ]
    assert [answer.status_code for answer in made] == [201, 201]
    assert set(made[0].json()) == set(made[1].json()) == {"id", "email", "role", "created_at", "expires_at"}
    assert len(mail.outbox) == 2
    secret = str(mail.outbox[1].body).split("/invitations/")[1].split()[0]
    listed = admin.get(f"{URL}/invitations")
    assert [row["email"] for row in listed.json()["results"]] == ["new@example.vn", "known@example.vn"]
    assert secret not in listed.content.decode() + made[1].content.decode()
    row = Invitation.objects.get(email="new@example.vn")
    assert admin.delete(f"{URL}/invitations/{row.pk}").status_code == 204
    assert len(admin.get(f"{URL}/invitations").json()["results"]) == 1
    elsewhere = make_invitation()
    assert refusal(admin.delete(f"{URL}/invitations/{elsewhere.pk}")) == (404, "not_found")
    assert refusal(admin.post(f"{URL}/invitations", {"email": "x", "role": "editor"}, format="json")) == (
        400,
        "invalid",
    )


def test_drafts_are_handed_over(moh: Agency, admin: APIClient) -> None:
    leaver, heir = make_member(moh), make_member(moh)
    draft = make_asset(agency=moh, created_by=leaver)
    said = {"leaver": str(leaver.pk), "to": str(heir.pk)}
    assert admin.post(f"{URL}/handover", said, format="json").json() == {"handed_over": 1}
    draft.refresh_from_db()
    assert draft.created_by == heir
    wrong = admin.post(f"{URL}/handover", said | {"to": str(leaver.pk)}, format="json")
    assert (refusal(wrong), list(wrong.json()["errors"])) == ((400, "invalid"), ["to"])


# --- Quota


def test_use_and_quota_are_told_to_who_works_there(moh: Agency, admin: APIClient, client_for: ClientFor) -> None:
    Agency.objects.filter(pk=moh.pk).update(quota_bytes=1000, quota_warn_percent=50)
    make_version(make_asset(agency=moh), original=b"x" * 600)
    for client in (admin, client_for(moh, Role.CONTRIBUTOR), client_for(Agency.objects.get(code="GOV"), Role.EDITOR)):
        assert client.get(f"{URL}/usage").json() == {
            "bytes": {"used": 600, "reserved": 0, "limit": 1000, "soft_limit": 500},
            "items": {"used": 1, "reserved": 0, "limit": None, "soft_limit": None},
            "warn_percent": 50,
            "warnings": ["bytes"],
        }
    assert refusal(client_for(moh, Role.VIEWER).get(f"{URL}/usage")) == (403, "role_too_low")
    assert refusal(client_for(make_agency(), Role.AGENCY_ADMIN).get(f"{URL}/usage")) == (403, "role_too_low")


def test_an_upload_warns_above_the_soft_limit_and_is_refused_above_the_hard_one(moh: Agency, admin: APIClient) -> None:
    Agency.objects.filter(pk=moh.pk).update(quota_bytes=1000, quota_warn_percent=50)

    def begin(size: int) -> Any:
        return admin.post("/api/v1/uploads", {"agency": "MOH", "filename": "a.jpg", "size": size}, format="json")

    first = begin(400).json()
    assert first["quota_warnings"] == []
    assert begin(300).json()["quota_warnings"] == ["bytes"]
    full = begin(301)
    assert refusal(full) == (409, "quota_exceeded")
    assert {name: full.json()[name] for name in ("of", "limit", "used", "reserved", "wanted")} == {
        "of": "bytes",
        "limit": 1000,
        "used": 0,
        "reserved": 700,
        "wanted": 301,
    }
    row = Upload.objects.get(pk=first["id"])
    part = PartSpec(number=1, size=400)
    get_store().put_part(row.key, row.store_upload_id, part, io.BytesIO(bytes(400)))
    Agency.objects.filter(pk=moh.pk).update(quota_bytes=399)
    done = f"/api/v1/uploads/{row.pk}/complete"
    assert refusal(admin.post(done, {}, format="json")) == (409, "quota_exceeded")
    Agency.objects.filter(pk=moh.pk).update(quota_bytes=1000)
    assert admin.post(done, {}, format="json").json()["state"] == "completed"
