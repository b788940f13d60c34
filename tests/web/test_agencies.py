"""The pages of agencies: browse the tree, administer one."""

from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.db import connection
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from assets.models import Asset, Tombstone
from assets.states import Kind
from assets.usecases.agencies_merge import merge_agency
from mediacenter.web.views.pages import page
from permissions.actor import Actor, actor_for_user
from permissions.errors import Conflict, DomainError, Invalid, RevisionChanged
from permissions.models import PATH_SEPARATOR, Agency, ApiToken, Invitation, Membership
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role, Scope
from tests.factories import make_agency, make_asset, make_invitation, make_member, make_membership, make_user
from tests.web.conftest import SignedIn, text

pytestmark = pytest.mark.django_db


def browser(user: object) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return client


def said(answer: object) -> str:
    """What the page says last of what was done."""
    return [str(message) for message in answer.context["messages"]][-1]  # type: ignore[attr-defined]


def settings_of(agency: Agency, **change: object) -> dict[str, object]:
    plain = {"revision": agency.revision, "name_vi": agency.name_vi, "quota_warn_percent": agency.quota_warn_percent}
    return plain | change


# --- Browsing


def large_tree() -> Agency:
    """5,000 agencies, five deep: a root, 20, 200, 2,000 and the rest."""
    root = make_agency(code="ROOT")
    level, made = [root], 1
    for width in (20, 200, 2000, 2779):
        rows = []
        for number in range(width):
            identity, parent = uuid7(), level[number % len(level)]
            path = f"{parent.path}{identity.hex}{PATH_SEPARATOR}"
            rows.append(Agency(id=identity, parent=parent, path=path, code=f"N{made + number}", name_vi=f"Sở {number}"))
        level = Agency.objects.bulk_create(rows, batch_size=1000)
        made += width
    assert Agency.objects.filter(path__startswith=root.path).count() == 5000
    return root


def test_a_tree_of_5000_costs_as_many_queries_as_one_of_two(signed_in: SignedIn) -> None:
    small = make_agency()
    make_agency(parent=small)
    few = signed_in(small)
    few.get("/agencies")
    with CaptureQueriesContext(connection) as before:
        few.get(f"/agencies?parent={small.code}")
    root = large_tree()
    client = signed_in(root)
    deep = Agency.objects.filter(path__startswith=root.path).order_by("-path").first()
    assert deep is not None
    for path in ("/agencies", f"/agencies?parent={root.code}", f"/agencies?parent={deep.code}", "/agencies?search=Sở"):
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        assert answer.status_code == 200
        assert len(asked) <= len(before) + 1, path  # and never one a row
        assert len(answer.context["rows"]) <= 50
    actor = actor_for_user(make_member(root))
    with CaptureQueriesContext(connection) as asked:
        list(Asset.objects.visible_to(actor)[:24])
    assert len(asked) == 1


def test_one_goes_down_level_by_level_and_page_by_page(signed_in: SignedIn) -> None:
    root = make_agency(code="ROOT", name_en="The root")
    children = [make_agency(code=f"C{number:03}", parent=root) for number in range(60)]
    make_agency(parent=children[0])
    client = signed_in(root)
    assert "60 below" in text(client, "/agencies")
    first = client.get("/agencies?parent=root").context
    assert [row.code for row, _ in first["rows"]] == [f"C{number:03}" for number in range(50)]
    assert first["rows"][0][0].child_count == 1
    second = client.get(f"/agencies?{first['next']}").context
    assert [row.code for row, _ in second["rows"]] == [f"C{number:03}" for number in range(50, 60)]
    assert not second["next"]
    assert client.get("/agencies?parent=NONE").status_code == 404


def test_names_in_every_language_and_codes_are_found(signed_in: SignedIn) -> None:
    health = make_agency(code="MOH", name_vi="Bộ Y tế", name_en="Ministry of Health", name_zh="卫生部")
    make_agency(code="MOF", name_vi="Bộ Tài chính")
    make_agency(code="OLDMOH", name_vi="Bộ Y tế cũ", is_active=False)
    client = signed_in(health)
    for words in ("y tế bộ", "HEALTH", "卫生", "moh"):
        assert [row.code for row, _ in client.get("/agencies", {"search": words}).context["rows"]] == ["MOH"], words
    assert not client.get("/agencies", {"search": "%_"}).context["rows"]
    assert client.get("/agencies", {"search": "\x00"}).status_code == 200


def test_who_is_in_no_agency_sees_none() -> None:
    make_agency(code="MOH")
    client = browser(make_user())
    assert not client.get("/agencies").context["rows"]
    assert client.get("/agencies/MOH").status_code == 404


# --- One agency


def test_others_see_what_is_public_of_it(signed_in: SignedIn) -> None:
    agency = make_agency(code="MOH", name_vi="Bộ Y tế", domains=["moh.gov.vn"], quota_items=77)
    member = make_member(agency)
    page = text(signed_in(make_agency()), "/agencies/moh")
    assert "Bộ Y tế" in page
    assert "moh.gov.vn" in page
    assert member.email not in page
    assert 'name="quota_items"' not in page


def test_its_administrator_changes_the_settings(signed_in: SignedIn) -> None:
    agency = make_agency(code="MOH")
    client = signed_in(agency, Role.AGENCY_ADMIN)
    change = settings_of(agency, name_en="Health <b>", embed_origins="https://a.vn\nhttps://b.vn", retention_days=30)
    assert client.post("/agencies/MOH", change).status_code == 302
    agency.refresh_from_db()
    assert (agency.name_en, agency.embed_origins, agency.retention_days) == (
        "Health <b>",
        ["https://a.vn", "https://b.vn"],
        30,
    )
    assert "Health &lt;b&gt;" in text(client, "/agencies/MOH")
    stale = client.post("/agencies/MOH", change | {"name_en": "Later"})
    assert stale.status_code == 400
    assert stale.context["form"].non_field_errors()
    wrong = client.post("/agencies/MOH", settings_of(agency, domains="no_host"))
    assert wrong.context["form"].errors["domains"]
    quota = client.post("/agencies/MOH", settings_of(agency, quota_items=5))
    assert quota.context["form"].non_field_errors()
    assert signed_in(agency, Role.EDITOR).post("/agencies/MOH", change).status_code == 403


def test_people_are_administered_on_the_page(signed_in: SignedIn) -> None:
    agency = make_agency(code="MOH")
    client = signed_in(agency, Role.AGENCY_ADMIN)
    member = make_membership(agency=agency, role=Role.VIEWER)
    url = f"/agencies/MOH/members/{member.pk}"
    client.post(url, {"act": "role", "role": "editor"})
    client.post(url, {"act": "suspend"})
    member.refresh_from_db()
    assert (member.role, member.suspended_at is not None) == ("editor", True)
    assert "Suspended" in text(client, "/agencies/MOH")
    client.post(url, {"act": "reactivate"})
    assert said(client.post(url, {"act": "role", "role": "king"}, follow=True)) == "Choose a role."
    heir = make_member(agency)
    draft = make_asset(agency=agency, created_by=member.user)
    answer = client.post("/agencies/MOH/handover", {"leaver": member.user_id, "to": heir.pk}, follow=True)
    assert said(answer) == "Drafts handed over: 1."
    draft.refresh_from_db()
    assert draft.created_by == heir
    client.post(url, {"act": "remove"})
    assert not Membership.objects.filter(pk=member.pk).exists()
    only = Membership.objects.get(agency=agency, role=Role.AGENCY_ADMIN)
    last = client.post(f"/agencies/MOH/members/{only.pk}", {"act": "remove"}, follow=True)
    assert "Nobody else administers this agency" in said(last)


def test_forms_of_an_agency_that_was_merged_meanwhile_say_so(signed_in: SignedIn) -> None:
    agency, other = make_agency(code="MOH"), make_agency(code="MIC")
    operator = make_user(platform_role=PlatformRole.OPERATOR)
    waiting = make_invitation(agency=agency)
    merge_agency(agency_id=agency.pk, into_id=other.pk, by=actor_for_user(operator))
    client = browser(operator)
    for path, sent in (
        ("invitations", {"email": "lan@example.vn", "role": "viewer"}),
        (f"invitations/{waiting.pk}/revoke", {}),
        ("tokens", {"name": "x", "scopes": [Scope.UPLOAD.value], "lifetime": "30", "role": "contributor"}),
        (f"members/{uuid7()}", {"act": "suspend"}),
    ):
        answer = client.post(f"/agencies/MOH/{path}", sent, follow=True)
        assert answer.redirect_chain[-1] == ("/agencies/MIC", 302), path
        assert said(answer) == "This agency is closed."
    people = {"leaver": uuid7(), "to": uuid7()}
    assert client.post("/agencies/MOH/handover", people).status_code == 302
    assert not ApiToken.objects.exists()
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(Conflict("<b>closed</b>"), 409), (Invalid("<b>closed</b>"), 400), (RevisionChanged("<b>closed</b>"), 409)],
)
def test_a_refusal_that_a_view_does_not_know_of_is_a_page(
    rf: RequestFactory, refusal: DomainError, status: int
) -> None:
    @page
    def view(request: HttpRequest, actor: Actor) -> HttpResponse:
        raise refusal

    request = rf.post("/")
    request.user = make_user()
    answer = view(request)
    assert answer.status_code == status
    assert "&lt;b&gt;closed&lt;/b&gt;" in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"


def test_who_reads_vietnamese_is_refused_in_vietnamese(signed_in: SignedIn) -> None:
    agency = make_agency(code="MOH")
    client = signed_in(agency, Role.AGENCY_ADMIN, language="vi")
    only = Membership.objects.get(agency=agency)
    answer = client.post(f"/agencies/MOH/members/{only.pk}", {"act": "remove"}, follow=True)
    assert said(answer) == "Không còn ai khác quản trị cơ quan này. Hãy chỉ định một quản trị viên khác trước."


def test_a_suspended_member_loses_the_page_of_a_draft_at_once(signed_in: SignedIn) -> None:
    agency = make_agency(code="MOH")
    admin, member = signed_in(agency, Role.AGENCY_ADMIN), make_membership(agency=agency)
    draft = make_asset(agency=agency)
    theirs = browser(member.user)
    assert theirs.get(f"/assets/{draft.pk}").status_code == 200
    admin.post(f"/agencies/MOH/members/{member.pk}", {"act": "suspend"})
    assert theirs.get(f"/assets/{draft.pk}").status_code == 404
    assert theirs.get("/agencies/MOH").status_code == 404


def test_tokens_of_the_agency_are_made_and_revoked(signed_in: SignedIn) -> None:
    agency = make_agency(code="MOH")
    client = signed_in(agency, Role.AGENCY_ADMIN)
    new = {"name": "Máy quét", "scopes": [Scope.UPLOAD.value], "lifetime": "30", "role": "contributor"}
    answer = client.post("/agencies/MOH/tokens", new)
    token = ApiToken.objects.get(agency=agency)
    secret = answer.context["issued"].secret
    assert secret in answer.content.decode()
    page = text(client, "/agencies/MOH")
    assert secret not in page
    assert token.prefix in page
    client.post(f"/tokens/{token.pk}/revoke")
    assert token.prefix not in text(client, "/agencies/MOH")
    assert client.post("/agencies/MOH/tokens", new | {"name": ""}).context["token_form"].errors
    assert signed_in(agency, Role.EDITOR).post("/agencies/MOH/tokens", new).status_code == 403


def test_a_reorganisation_on_the_page_and_what_becomes_of_links_and_references() -> None:
    operator = make_user(platform_role=PlatformRole.OPERATOR)
    client = browser(operator)
    root = make_agency(code="ROOT")
    old, new = make_agency(code="HATAY", name_en="Ha Tay", parent=root), make_agency(code="HANOI", name_en="Ha Noi")
    asset = make_asset(agency=old, reference="HATAY-20260101-P0001")
    client.post("/agencies/HANOI/place", {"act": "move", "other": "root"})
    new.refresh_from_db()
    assert new.parent == root
    circle = client.post("/agencies/ROOT/place", {"act": "move", "other": "HANOI"}, follow=True)
    assert "below itself" in said(circle)
    assert (
        said(client.post("/agencies/HATAY/place", {"act": "merge", "other": ""}, follow=True))
        == "Give the code of another agency."
    )
    asked = client.post("/agencies/HATAY/place", {"act": "merge", "other": "HANOI"})
    assert "cannot be undone" in asked.content.decode()
    assert client.get("/agencies/HATAY").status_code == 200
    client.post("/agencies/HATAY/place", {"act": "merge", "other": "HANOI", "confirmed": "yes"})
    gone = client.get("/agencies/HATAY")
    assert (gone.status_code, gone["Location"]) == (302, "/agencies/HANOI")
    page = text(browser(make_member(new)), f"/assets/{asset.pk}")
    assert "Ha Noi" in page
    assert "formerly Ha Tay, HATAY" in page


def test_an_empty_field_never_makes_a_root_and_only_operators_find_the_button() -> None:
    root = make_agency(code="ROOT")
    hanoi = make_agency(code="HANOI", parent=root)
    operator = browser(make_user(platform_role=PlatformRole.OPERATOR))
    said(operator.post("/agencies/HANOI/place", {"act": "move", "other": ""}, follow=True))
    hanoi.refresh_from_db()
    assert hanoi.parent == root
    administrator = browser(make_member(root, Role.AGENCY_ADMIN))
    assert "To the top of the tree" not in text(administrator, "/agencies/HANOI")
    assert administrator.post("/agencies/HANOI/place", {"act": "top"}).status_code == 403
    assert "To the top of the tree" in text(operator, "/agencies/HANOI")
    operator.post("/agencies/HANOI/place", {"act": "top"})
    hanoi.refresh_from_db()
    assert hanoi.parent is None
    assert "To the top of the tree" not in text(operator, "/agencies/HANOI")


def framers(identity: UUID, *, status: int = 200) -> str:
    answer = Client().get(f"/embed/{identity}")
    assert answer.status_code == status
    rules = answer["Content-Security-Policy"].split("; ")
    return next(rule for rule in rules if rule.startswith("frame-ancestors"))


def public(agency: Agency) -> Asset:
    asset = make_asset(agency=agency, kind=Kind.ARTICLE, texts={"vi": {"title": "Tin"}})
    published = {"state": AssetState.PUBLISHED, "audience": Audience.PUBLIC, "published_at": Now()}
    Asset.objects.filter(pk=asset.pk).update(**published)
    return asset


def test_only_the_agencys_origins_may_frame_its_works(settings) -> None:
    narrow = public(make_agency(embed_origins=["https://moh.gov.vn"]))
    wide = public(make_agency())
    settings.EMBED_ORIGINS = ("*",)
    assert framers(narrow.pk) == "frame-ancestors https://moh.gov.vn"
    assert framers(wide.pk) == "frame-ancestors *"
    settings.EMBED_ORIGINS = ("https://portal.vn",)
    assert framers(narrow.pk) == "frame-ancestors https://portal.vn https://moh.gov.vn"
    assert framers(wide.pk) == "frame-ancestors https://portal.vn"


def test_the_notice_of_what_is_gone_is_framed_where_the_work_was(settings) -> None:
    settings.EMBED_ORIGINS = ("https://portal.vn",)
    owner = make_agency(embed_origins=["https://moh.gov.vn"])
    everywhere = "frame-ancestors https://portal.vn https://moh.gov.vn"
    gone, hidden = public(owner), public(owner)
    assert framers(gone.pk) == everywhere
    Asset.objects.filter(pk=gone.pk).update(state=AssetState.WITHDRAWN)
    assert framers(gone.pk, status=410) == everywhere
    Asset.objects.filter(pk=hidden.pk).update(state=AssetState.WITHDRAWN, audience=Audience.NETWORK)
    for unknown in (hidden.pk, uuid4()):
        assert framers(unknown, status=404) == "frame-ancestors https://portal.vn"


@pytest.mark.parametrize(("shown", "status"), [(True, 410), (False, 404)])
def test_the_notice_of_what_was_purged_is_framed_where_the_work_was(settings, shown: bool, status: int) -> None:
    settings.EMBED_ORIGINS = ("https://portal.vn",)
    stone = Tombstone.objects.create(
        id=uuid4(),
        reference="MOH-20261121-P0001",
        agency=make_agency(embed_origins=["https://moh.gov.vn"]),
        kind=Kind.PHOTO,
        state=AssetState.WITHDRAWN,
        audience=Audience.PUBLIC,
        was_shown=shown,
        objects_removed=0,
        bytes_removed=0,
        created_at=Now(),
        deleted_at=Now(),
    )
    where = "https://portal.vn https://moh.gov.vn" if shown else "https://portal.vn"
    assert framers(stone.pk, status=status) == f"frame-ancestors {where}"


def test_a_merger_keeps_what_the_closed_agency_published_in_reach() -> None:
    one, other = make_agency(), make_agency()
    asset = make_asset(agency=one)
    merge_agency(
        agency_id=one.pk,
        into_id=other.pk,
        by=actor_for_user(make_user(platform_role=PlatformRole.OPERATOR)),
    )
    assert browser(make_member(other)).get(f"/assets/{asset.pk}").status_code == 200


# --- Invitations


def invited(client: Client, email: str = "binh@example.vn") -> str:
    """The path in the letter."""
    answer = client.post("/agencies/MOH/invitations", {"email": email, "role": "editor"}, follow=True)
    assert said(answer) == f"A letter is on its way to {email}."
    return "/invitations/" + str(mail.outbox[-1].body).split("/invitations/")[1].split()[0]


NEW = {"full_name": "Trần Thị Bình", "password": "tre xanh muoi hai 12", "again": "tre xanh muoi hai 12"}


def test_an_invited_person_sets_a_password_and_signs_in(signed_in: SignedIn) -> None:
    agency = make_agency(code="MOH", name_en="Health")
    admin = signed_in(agency, Role.AGENCY_ADMIN)
    path = invited(admin)
    assert "binh@example.vn" in text(admin, "/agencies/MOH")
    stranger = Client(headers={"accept-language": "en"})
    page = stranger.get(path)
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    assert "Health" in page.content.decode()
    assert stranger.post(path, NEW | {"again": "another"}).context["form"].errors["again"]
    assert stranger.post(path, NEW | {"password": "short", "again": "short"}).context["form"].errors["password"]
    assert stranger.post(path, NEW)["Location"] == "/login"
    member = Membership.objects.get(user__email="binh@example.vn")
    assert (member.agency, member.role, member.user.full_name) == (agency, "editor", NEW["full_name"])
    assert member.user.check_password(NEW["password"])
    assert stranger.get(path).status_code == 404


def test_whatever_is_wrong_with_an_invitation_the_page_is_the_same(signed_in: SignedIn) -> None:
    make_agency(code="MOH")
    admin = signed_in(Agency.objects.get(code="MOH"), Role.AGENCY_ADMIN)
    taken_back = invited(admin)
    row = Invitation.objects.get()
    admin.post(f"/agencies/MOH/invitations/{row.pk}/revoke")
    stranger = Client(headers={"accept-language": "en"})
    seen = set()
    for path in (taken_back, "/invitations/" + "x" * 43, "/invitations/x"):
        for answer in (stranger.get(path), stranger.post(path, NEW)):
            body = answer.content.decode().replace(path, "")
            seen.add((answer.status_code, body.split("<main")[1]))
    assert len(seen) == 1
    assert next(iter(seen))[0] == 404


def test_who_has_an_account_signs_in_to_accept(signed_in: SignedIn) -> None:
    make_agency(code="MOH")
    admin = signed_in(Agency.objects.get(code="MOH"), Role.AGENCY_ADMIN)
    user = make_user(email="binh@example.vn", password="an old password of theirs")
    path = invited(admin)
    stranger = Client(headers={"accept-language": "en"})
    page = stranger.get(path)
    assert "Sign in with it" in page.content.decode()
    assert b'name="password"' not in page.content
    assert stranger.post(path, NEW).status_code == 400
    assert admin.post(path, {}).status_code == 400
    theirs = browser(user)
    assert theirs.post(path, {})["Location"] == "/"
    assert Membership.objects.filter(user=user, role="editor").exists()
    user.refresh_from_db()
    assert user.check_password("an old password of theirs")


def test_inviting_is_the_administrators(signed_in: SignedIn) -> None:
    agency = make_agency(code="MOH")
    new = {"email": "b@example.vn", "role": "viewer"}
    assert signed_in(agency, Role.EDITOR).post("/agencies/MOH/invitations", new).status_code == 403
    wrong = signed_in(agency, Role.AGENCY_ADMIN).post("/agencies/MOH/invitations", new | {"email": "nobody"})
    assert wrong.context["invitation_form"].errors
    assert not mail.outbox


def test_an_administrator_registers_an_oauth_client_and_sees_its_secret_once(signed_in: SignedIn) -> None:
    agency = make_agency()
    client = signed_in(agency, Role.AGENCY_ADMIN)
    form = {"name": "Portal", "role": "viewer", "scopes": ["assets:read"], "lifetime": "90", "kind": "client"}
    answer = client.post(f"/agencies/{agency.code}/tokens", form)
    token = ApiToken.objects.get()
    issued = answer.context["issued"]
    assert issued.client_id == token.client.client_id
    assert issued.secret.startswith("mcs_")
    assert issued.secret in answer.content.decode()
    assert issued.client_id in answer.content.decode()
    again = client.get(f"/agencies/{agency.code}").content.decode()
    assert issued.client_id in again
    assert "OAuth 2.0" in again
    assert issued.secret not in again
    client.post(f"/tokens/{token.pk}/revoke")
    assert issued.client_id not in client.get(f"/agencies/{agency.code}").content.decode()
