"""Another agency's thing under one's own parent, and what strangers may learn of people (threats, items 12, 13, 19)."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from assets.models import AssetComment, Licence, Nomination, Release
from assets.models.rights import LicenceKind, ReleaseKind
from permissions.models import Agency, ApiToken, Invitation, Membership
from permissions.vocabulary import Role
from tests.api.conftest import ClientFor
from tests.factories import (
    PASSWORD,
    make_agency,
    make_asset,
    make_collection,
    make_invitation,
    make_member,
    make_ready_asset,
    make_token,
    make_upload,
    make_user,
)
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db
API = "/api/v1/"
SAVEPOINT = re.compile(r'"s\d+_x\d+"')


class Two:
    """Two agencies with one thing of each kind; ``mine`` is administered by the caller."""

    def __init__(self) -> None:
        self.mine, self.other = make_agency(code="HOME"), make_agency(code="OTHER")
        self.my = self._things(self.mine)
        self.theirs = self._things(self.other)

    @staticmethod
    def _things(agency: Agency) -> dict[str, UUID]:
        asset = make_ready_asset(agency=agency)
        user = make_member(agency)
        return {
            "asset": asset.pk,
            "member": Membership.objects.get(user=user).pk,
            "person": user.pk,
            "invitation": make_invitation(agency=agency).pk,
            "release": Release.objects.create(asset=asset, kind=ReleaseKind.MODEL, name="Lan").pk,
            "licence": Licence.objects.create(agency=agency, code="own", kind=LicenceKind.OWN_TERMS, name_vi="x").pk,
            "collection": make_collection(asset).pk,
            "token": make_token(agency=agency)[0].pk,
            "upload": make_upload(agency=agency).pk,
            "nomination": Nomination.objects.create(asset=asset, agency=agency).pk,
            "comment": AssetComment.objects.create(asset=asset, text="x").pk,
        }


@pytest.fixture
def two() -> Two:
    return Two()


def path_of(template: str, parent: dict[str, UUID], child: dict[str, UUID]) -> str:
    """``{my_…}`` is the parent's, everything else the child's."""
    named = {f"my_{kind}": value for kind, value in parent.items()}
    return template.format(**named, **child)


UNDER_ONES_OWN = [
    ("patch", "agencies/HOME/members/{member}", {"suspended": True}),
    ("delete", "agencies/HOME/members/{member}", None),
    ("delete", "agencies/HOME/invitations/{invitation}", None),
    ("post", "agencies/HOME/handover", {"leaver": "{person}", "to": "{my_person}"}),
    ("post", "agencies/HOME/handover", {"leaver": "{my_person}", "to": "{person}"}),
    ("delete", "assets/{my_asset}/releases/{release}", None),
    ("post", "assets/{my_asset}/releases", {"kind": "model", "name": "x", "document": "{asset}"}),
    ("patch", "assets/{my_asset}", {"licence_terms": "{licence}"}),
    ("post", "assets/{my_asset}/assign", {"assignee": "{person}"}),
    ("post", "assets/{my_asset}/comments", {"text": "x", "mention": "{person}"}),
    ("post", "collections/{my_collection}/items", {"asset": "{asset}"}),
    ("put", "collections/{my_collection}/items", {"assets": ["{asset}"]}),
    ("patch", "collections/{my_collection}/items/{asset}", {"position": 1}),
    ("delete", "collections/{my_collection}/items/{asset}", None),
    ("post", "nominations", {"asset": "{asset}"}),
    ("post", "nominations/{nomination}/accept", {}),
    ("post", "nominations/{nomination}/decline", {"reason": "x"}),
    ("delete", "tokens/{token}", None),
    ("patch", "licences/{licence}", {"is_active": False}),
    ("post", "uploads/{upload}/complete", {}),
    ("post", "uploads/{upload}/parts", {"parts": [{"number": 1}]}),
    ("delete", "uploads/{upload}", None),
]


@pytest.mark.parametrize(("method", "template", "body"), UNDER_ONES_OWN, ids=lambda value: str(value)[:60])
def test_a_thing_of_another_agency_under_one_s_own_is_not_found(
    two: Two, client_for: ClientFor, method: str, template: str, body: dict[str, Any] | None
) -> None:
    client = client_for(two.mine, Role.AGENCY_ADMIN)
    before = state_of_others(two)

    def ask(child: dict[str, UUID]) -> tuple[int, str]:
        def filled(value: Any) -> Any:
            if isinstance(value, list):
                return [filled(item) for item in value]
            return path_of(value, two.my, child) if isinstance(value, str) else value

        said = {name: filled(value) for name, value in (body or {}).items()}
        answer = getattr(client, method)(API + path_of(template, two.my, child), said, format="json")
        assert answer.status_code in {400, 404, 409}, answer.content
        text = answer.content.decode()
        for value in child.values():
            text = text.replace(str(value), "ID")
        return answer.status_code, text

    nobody = {kind: UUID(int=value.int ^ 1 << 20) for kind, value in two.theirs.items()}
    assert ask(two.theirs) == ask(nobody), "another's looks like one that never was"
    assert state_of_others(two) == before


def state_of_others(two: Two) -> list[Any]:
    """Everything of the other agency that such requests might change."""
    return [
        list(Membership.objects.filter(agency=two.other).values()),
        list(Invitation.objects.filter(agency=two.other).values()),
        list(Release.objects.filter(asset__agency=two.other).values()),
        list(Licence.objects.filter(agency=two.other).values()),
        list(ApiToken.objects.filter(agency=two.other).values()),
        list(Nomination.objects.filter(agency=two.other).values()),
        list(AssetComment.objects.filter(asset__agency=two.other).values()),
        list(two.other.uploads.values()) if hasattr(two.other, "uploads") else [],
    ]


def test_one_s_own_things_are_reached_by_the_same_addresses(two: Two, client_for: ClientFor) -> None:
    """Else the test above would show nothing."""
    client: APIClient = client_for(two.mine, Role.AGENCY_ADMIN)
    for method, template, body in (
        ("delete", "assets/{my_asset}/releases/{release}", None),
        ("delete", "agencies/HOME/invitations/{invitation}", None),
        ("patch", "licences/{licence}", {"is_active": False}),
        ("delete", "tokens/{token}", None),
        ("patch", "agencies/HOME/members/{member}", {"suspended": True}),
    ):
        answer = getattr(client, method)(API + path_of(template, two.my, two.my), body, format="json")
        assert answer.status_code in {200, 204}, answer.content


def test_pages_reach_no_thing_of_another_agency_under_one_s_own(two: Two, signed_in: SignedIn) -> None:
    client = signed_in(two.mine, Role.AGENCY_ADMIN)
    before = state_of_others(two)
    for template in (
        "/agencies/HOME/members/{member}",
        "/agencies/HOME/invitations/{invitation}/revoke",
        "/assets/{my_asset}/releases/{release}/withdraw",
        "/tokens/{token}/revoke",
        "/nominations/{nomination}/decide",
    ):
        answer = client.post(path_of(template, two.my, two.theirs), {"act": "remove", "reason": "x", "accept": "1"})
        assert answer.status_code == 404, template
    assert state_of_others(two) == before


def test_signing_in_makes_a_new_session_and_another_csrf_token() -> None:
    make_user(email="lan@example.vn", password=PASSWORD)
    client = Client()
    client.get("/login")
    planted = "a" * 32
    client.cookies["mediacenter_session"] = planted
    token = client.cookies["csrftoken"].value
    assert client.post("/login", {"username": "lan@example.vn", "password": PASSWORD}).status_code == 302
    assert client.cookies["mediacenter_session"].value != planted
    assert client.cookies["csrftoken"].value != token
    assert not Session.objects.filter(session_key=planted).exists()
    old = client.cookies["mediacenter_session"].value
    client.post("/logout")
    thief = Client()
    thief.cookies["mediacenter_session"] = old
    assert thief.get("/account").status_code == 302, "a session that was signed out is worth nothing"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites() -> None:
    make_user(email="lan@example.vn", password=PASSWORD)
    client = Client()
    client.get("/login")
    client.post("/login", {"username": "lan@example.vn", "password": PASSWORD})
    session = client.cookies["mediacenter_session"]
    assert (session["httponly"], session["samesite"], session["path"]) == (True, "Lax", "/")
    assert session["domain"] == ""
    assert client.cookies["csrftoken"]["samesite"] == "Lax"


def asked(path: str, body: dict[str, str]) -> tuple[int, list[str]]:
    """Status and queries of one form of a stranger, but for the one that writes down whose password was tried."""
    with CaptureQueriesContext(connection) as captured:
        answer = Client().post(path, body)
    return answer.status_code, [
        SAVEPOINT.sub("", query["sql"])[:60] for query in captured.captured_queries if "auditevent" not in query["sql"]
    ]


def test_known_and_unknown_people_cost_the_same_queries_at_every_door(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_HOST = "mail.example"
    make_user(email="lan@example.vn", password=PASSWORD)
    for path, name, rest in (("/login", "username", {"password": "x"}), ("/password-reset", "email", {})):
        known, unknown = (asked(path, {name: f"{who}@example.vn", **rest}) for who in ("lan", "an"))
        assert known == unknown, path
        assert known[0] in {200, 302}
        assert len(known[1]) > 1


def test_inviting_tells_nothing_of_who_has_an_account(client_for: ClientFor) -> None:
    agency = make_agency(code="HOME")
    make_user(email="known@example.vn", password=PASSWORD)
    client = client_for(agency, Role.AGENCY_ADMIN)
    answers = []
    for email in ("first@example.vn", "known@example.vn", "nobody@example.vn"):  # a first use is written down
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(f"{API}agencies/HOME/invitations", {"email": email, "role": "viewer"}, format="json")
        answers.append((answer.status_code, sorted(answer.json()), len(captured)))
    assert answers[1] == answers[2]


def test_a_comment_of_another_s_work_has_no_address_of_its_own(two: Two, client_for: ClientFor) -> None:
    client = client_for(two.mine, Role.AGENCY_ADMIN)
    for path in (f"assets/{two.my['asset']}/comments/{two.theirs['comment']}", f"comments/{two.theirs['comment']}"):
        assert client.get(API + path).status_code == 404
    assert make_asset(agency=two.mine).comments.count() == 0
