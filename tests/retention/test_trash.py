"""The trash: who throws away and takes back, what keeps a work out of it, and who finds what lies there."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from api.presenters import embed_url
from assets.models import ArticleReference, Asset, WorkflowEvent
from assets.quota import usage_of
from assets.states import Kind, WorkflowAct
from assets.usecases.assets_delete import AssetInUse, delete_asset
from assets.usecases.assets_edit import edit_asset
from assets.usecases.assets_hold import hold_asset, lift_hold
from assets.usecases.assets_undelete import undelete_asset
from permissions.actor import Actor, actor_for_user
from permissions.errors import Invalid, NotAllowed, NotFound, RevisionChanged
from permissions.models import AuditEvent
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role
from tests.api.conftest import ClientFor, bearer, client_for
from tests.factories import actor_in, make_agency, make_asset, make_member, make_ready_asset, make_token, make_user

pytestmark = pytest.mark.django_db

__all__ = ["client_for"]
API = "/api/v1"


def refusal(run: object, **said: object) -> str:
    with pytest.raises(NotAllowed) as caught:
        run(**said)  # type: ignore[operator]
    return caught.value.reason


def auditor() -> Actor:
    return actor_for_user(make_user(platform_role=PlatformRole.AUDITOR))


def test_a_maker_throws_a_draft_away_and_takes_it_back() -> None:
    agency = make_agency()
    maker, colleague = actor_in(agency), actor_in(agency)
    asset = make_ready_asset(agency=agency, created_by_id=maker.user_id)
    assert refusal(delete_asset, asset_id=asset.pk, by=colleague, reason="x") == "role_too_low"
    with pytest.raises(Invalid):
        delete_asset(asset_id=asset.pk, by=maker, reason="  ")
    thrown = delete_asset(asset_id=asset.pk, by=maker, reason="Trùng", revision=1)
    assert (thrown.state, thrown.deletion_reason, thrown.deleted_by_id) == ("draft", "Trùng", maker.user_id)
    for reader in (maker, actor_in(agency, Role.EDITOR)):
        assert not Asset.objects.visible_to(reader).exists()
        assert Asset.objects.trashed_for(reader).get() == asset
    assert not Asset.objects.trashed_for(colleague).exists()
    with pytest.raises(NotFound):
        edit_asset(asset_id=asset.pk, by=maker, fields={"author": "x"})
    with pytest.raises(NotFound):
        undelete_asset(asset_id=asset.pk, by=colleague)
    back = undelete_asset(asset_id=asset.pk, by=maker)
    assert (back.deleted_at, back.deletion_reason, back.state) == (None, "", "draft")
    assert Asset.objects.visible_to(maker).get() == asset
    events = WorkflowEvent.objects.filter(asset=asset).order_by("id").values_list("act", "comment")
    assert list(events) == [(WorkflowAct.DELETED, "Trùng"), (WorkflowAct.UNDELETED, "")]
    acts = AuditEvent.objects.filter(target=asset.pk).values_list("act", flat=True)
    assert set(acts) == {"asset.deleted", "asset.undeleted"}


@pytest.mark.parametrize("state", AssetState)
def test_only_what_is_not_shown_and_not_under_review_is_thrown_away(state: AssetState) -> None:
    asset = make_ready_asset(state=state)
    editor = actor_in(asset.agency, Role.EDITOR)
    if state in {"draft", "changes_requested", "withdrawn", "archived"}:
        assert delete_asset(asset_id=asset.pk, by=editor, reason="x").in_trash
        return
    assert refusal(delete_asset, asset_id=asset.pk, by=editor, reason="x") == "wrong_state"
    with pytest.raises(IntegrityError, match="asset_in_trash_is_not_shown"), transaction.atomic():
        Asset.objects.filter(pk=asset.pk).update(deleted_at=asset.created_at)


def test_who_came_too_late_is_told_so() -> None:
    asset = make_asset()
    editor = actor_in(asset.agency, Role.EDITOR)
    edit_asset(asset_id=asset.pk, by=editor, fields={"author": "x"})
    with pytest.raises(RevisionChanged):
        delete_asset(asset_id=asset.pk, by=editor, reason="x", revision=1)


def test_what_a_published_article_shows_stays_unless_an_administrator_insists() -> None:
    asset = make_ready_asset(state=AssetState.WITHDRAWN)
    article = make_asset(kind=Kind.ARTICLE, state=AssetState.PUBLISHED)
    ArticleReference.objects.create(article=article, language="vi", asset=asset, position=1)
    editor, admin = actor_in(asset.agency, Role.EDITOR), actor_in(asset.agency, Role.AGENCY_ADMIN)
    with pytest.raises(AssetInUse) as kept:
        delete_asset(asset_id=asset.pk, by=admin, reason="x")
    assert (kept.value.data["articles"], kept.value.data["releases"]) == (1, 0)
    assert refusal(delete_asset, asset_id=asset.pk, by=editor, reason="x", force=True) == "role_too_low"
    assert delete_asset(asset_id=asset.pk, by=admin, reason="x", force=True).in_trash


def test_it_counts_for_the_quota_until_it_is_purged() -> None:
    asset = make_ready_asset()
    before = usage_of(asset.agency)
    delete_asset(asset_id=asset.pk, by=actor_in(asset.agency, Role.EDITOR), reason="x")
    assert usage_of(asset.agency) == before


def test_a_legal_hold_keeps_it_out_of_the_trash_and_is_lifted_by_whose_it_is() -> None:
    asset = make_ready_asset()
    editor, admin = actor_in(asset.agency, Role.EDITOR), actor_in(asset.agency, Role.AGENCY_ADMIN)
    assert refusal(hold_asset, asset_id=asset.pk, by=editor, reason="x") == "role_too_low"
    with pytest.raises(Invalid):
        hold_asset(asset_id=asset.pk, by=admin, reason="")
    hold_asset(asset_id=asset.pk, by=admin, reason="Vụ kiện 12/2026")
    assert refusal(delete_asset, asset_id=asset.pk, by=editor, reason="x") == "legal_hold"
    assert refusal(delete_asset, asset_id=asset.pk, by=admin, reason="x", force=True) == "legal_hold"
    assert refusal(hold_asset, asset_id=asset.pk, by=admin, reason="x") == "wrong_state"
    lift_hold(asset_id=asset.pk, by=admin, reason="Đã xử xong")
    official = auditor()
    hold_asset(asset_id=asset.pk, by=official, reason="Thanh tra")
    assert refusal(lift_hold, asset_id=asset.pk, by=admin, reason="x") == "role_too_low"
    assert not lift_hold(asset_id=asset.pk, by=official, reason="Xong").is_held
    said = AuditEvent.objects.filter(target=asset.pk).order_by("at", "id").values_list("act", "data__reason")
    assert list(said) == [
        ("asset.held", "Vụ kiện 12/2026"),
        ("asset.hold_lifted", "Đã xử xong"),
        ("asset.held", "Thanh tra"),
        ("asset.hold_lifted", "Xong"),
    ]


def test_what_lies_in_the_trash_can_be_held_there() -> None:
    asset = make_ready_asset()
    admin = actor_in(asset.agency, Role.AGENCY_ADMIN)
    delete_asset(asset_id=asset.pk, by=admin, reason="x")
    assert hold_asset(asset_id=asset.pk, by=admin, reason="Vụ kiện").is_held
    with pytest.raises(NotFound):
        hold_asset(asset_id=asset.pk, by=actor_in(make_agency(), Role.AGENCY_ADMIN), reason="x")


def test_over_http_it_is_gone_for_all_and_listed_for_those_who_may_take_it_back(
    client_for: ClientFor, settings
) -> None:
    asset = make_ready_asset(texts={"vi": {"title": "Cầu"}})
    contributor, editor = client_for(asset.agency), client_for(asset.agency, Role.EDITOR)
    url = f"{API}/assets/{asset.pk}"
    assert editor.get(url).json()["may"]["delete"]["allowed"]
    answer = editor.post(f"{url}/delete", {"reason": "Trùng"}, format="json")
    assert answer.status_code == 200, answer.content
    item = answer.json()
    assert (item["title"], item["reason"], item["may_undelete"], item["legal_hold"]) == ("Cầu", "Trùng", True, None)
    thrown = Asset.objects.get(pk=asset.pk)
    assert thrown.deleted_at is not None
    assert thrown.deleted_at + timedelta(days=30) == thrown.deleted_at + settings.TRASH_LIFETIME
    assert item["bytes"] == asset.versions.get().size
    for client in (contributor, editor):
        for place in ("", "/renditions", "/download?profile=original", "/rights", "/history", "/used-in"):
            assert client.get(url + place).status_code == 404
        assert client.post(f"{url}/delete", {"reason": "x"}, format="json").status_code == 404
        assert client.get(f"{API}/assets").json()["results"] == []
        assert client.get(f"{API}/jobs").json()["results"] == []
    assert editor.get(f"{API}/trash").json()["results"] == [item]
    assert editor.get(f"{API}/trash?agency={asset.agency.code}").json()["results"] == [item]
    assert contributor.get(f"{API}/trash").json()["results"] == []
    assert contributor.post(f"{url}/undelete").status_code == 404
    admin = client_for(asset.agency, Role.AGENCY_ADMIN)
    assert admin.post(f"{url}/hold", {"reason": "Vụ kiện"}, format="json").status_code == 204
    held = editor.get(f"{API}/trash").json()["results"][0]
    assert (held["purged_after"], held["legal_hold"]["reason"]) == (None, "Vụ kiện")
    back = editor.post(f"{url}/undelete")
    assert (back.status_code, back.json()["legal_hold"]["reason"]) == (200, "Vụ kiện")
    assert editor.post(f"{url}/delete", {"reason": "x"}, format="json").json()["code"] == "legal_hold"
    assert admin.post(f"{url}/lift-hold", {"reason": "Xong"}, format="json").status_code == 204
    assert editor.post(f"{url}/delete", {"reason": "x", "why": 1}, format="json").json()["code"] == "unknown_field"
    assert editor.post(f"{url}/delete", {}, format="json").status_code == 400


def test_an_auditor_finds_it_in_the_trash_and_takes_nothing_back() -> None:
    asset = make_ready_asset()
    delete_asset(asset_id=asset.pk, by=actor_in(asset.agency, Role.EDITOR), reason="x")
    client = bearer(make_token(user=make_user(platform_role=PlatformRole.AUDITOR))[1])
    assert client.get(f"{API}/assets/{asset.pk}").status_code == 404
    assert [item["may_undelete"] for item in client.get(f"{API}/trash").json()["results"]] == [False]
    assert client.post(f"{API}/assets/{asset.pk}/undelete").status_code == 403


def test_the_public_never_learns_that_something_lies_there() -> None:
    """Neither by the embed page, nor with a token for it that was given out before."""
    asset = make_ready_asset(state=AssetState.ARCHIVED, audience=Audience.PUBLIC)
    row = Asset.objects.with_policy_facts().get(pk=asset.pk)
    tokened = embed_url(row).partition("?")[2]
    delete_asset(asset_id=asset.pk, by=actor_in(asset.agency, Role.EDITOR), reason="x")
    assert Client().get(f"/embed/{asset.pk}?{tokened}").status_code == 404
    assert Client().get(f"{API}/assets/{asset.pk}").status_code == 404
    rendition = asset.versions.get().renditions.get()
    assert Client().get(f"/media/public/{rendition.key.removeprefix('renditions/')}").status_code == 404


def test_an_agency_token_of_a_contributor_deletes_nothing() -> None:
    agency = make_agency()
    asset = make_asset(agency=agency)
    _, secret = make_token(agency=agency, role=Role.CONTRIBUTOR, created_by=make_member(agency))
    answer = bearer(secret).post(f"{API}/assets/{asset.pk}/delete", {"reason": "x"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")
