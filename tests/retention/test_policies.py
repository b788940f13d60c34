"""Retention by policy: what goes when, whose rule it is, and that nothing goes unasked."""

from datetime import timedelta
from functools import partial

import pytest
from click.testing import CliRunner
from django.db.models import F
from django.db.models.functions import Now

from api.views import agencies as agency_api
from assets.models import ArticleReference, Asset, Release
from assets.retention import Rule, due, next_to_go, policies
from assets.states import Kind
from assets.usecases import assets_retain
from assets.usecases.assets_hold import hold_asset
from assets.usecases.assets_retain import carry_out_policies
from mediacenter.commands import retention as cli
from mediacenter.web.views import agency as agency_page
from permissions.actor import actor_for_user
from permissions.models import Agency, AuditEvent
from permissions.vocabulary import AssetState, PlatformRole, Role
from tests.api.conftest import ClientFor, client_for
from tests.factories import actor_in, make_agency, make_asset, make_ready_asset, make_user
from tests.web.conftest import SignedIn, signed_in

pytestmark = pytest.mark.django_db

__all__ = ["client_for", "signed_in"]


def aged(agency: Agency, days: float, **fields: object) -> Asset:
    asset = make_ready_asset(agency=agency, **fields)
    then = Now() - timedelta(days=days)
    Asset.objects.filter(pk=asset.pk).update(updated_at=then)
    if asset.published_at:
        Asset.objects.filter(pk=asset.pk).update(published_at=then)
    return asset


def test_without_a_policy_nothing_goes() -> None:
    agency = make_agency()
    for state in AssetState:
        aged(agency, 5000, state=state)
    assert carry_out_policies() == 0


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        (Rule.DRAFTS, {"draft": "trash", "changes_requested": "trash"}),
        (Rule.PUBLISHED, {"published": "archive"}),
        (Rule.PUT_AWAY, {"withdrawn": "trash", "archived": "trash"}),
    ],
)
def test_each_rule_takes_what_it_is_about_when_its_days_are_over(rule: Rule, taken: dict[str, str]) -> None:
    agency = make_agency(**{rule: 30})
    old = {state: aged(agency, 30.1, state=state) for state in AssetState}
    young = [aged(agency, 29.9, state=state) for state in AssetState]
    assert carry_out_policies() == len(taken)
    for state, asset in old.items():
        asset.refresh_from_db()
        assert asset.in_trash == (taken.get(state) == "trash")
        assert asset.state == ("archived" if taken.get(state) == "archive" else state)
    assert Asset.objects.filter(pk__in=[one.pk for one in young], deleted_at=None).count() == len(young)
    assert carry_out_policies() == 0
    for state, outcome in taken.items():
        event = AuditEvent.objects.get(target=old[AssetState(state)].pk)
        assert (event.act, event.user_id) == ({"archive": "asset.archived", "trash": "asset.deleted"}[outcome], None)
        assert event.data["policy"] == {"agency": str(agency.pk), "code": agency.code, "rule": str(rule), "days": 30}


def test_the_nearest_agency_that_says_something_decides() -> None:
    top = make_agency(retention_draft_days=10)
    silent = make_agency(parent=top)
    never = make_agency(parent=top, retention_draft_days=0)
    longer = make_agency(parent=silent, retention_draft_days=100)
    below_never = make_agency(parent=never)
    works = {agency.pk: aged(agency, 50) for agency in (top, silent, never, longer, below_never, make_agency())}
    assert carry_out_policies() == 2
    thrown = set(Asset.objects.filter(deleted_at__isnull=False).values_list("pk", flat=True))
    assert thrown == {works[top.pk].pk, works[silent.pk].pk}
    around = [(policy.agency, policy.elsewhere) for policy in policies(around=silent)]
    assert around == [(top, (longer.path,)), (longer, ())]
    assert [policy.elsewhere for policy in policies()] == [(longer.path, never.path), ()]


def test_what_is_held_or_shown_stays() -> None:
    agency = make_agency(retention_days=1, retention_publish_days=1)
    held, shown, published = (aged(agency, 0, state=state) for state in ("withdrawn", "archived", "published"))
    for asset in (held, published):
        hold_asset(asset_id=asset.pk, by=actor_in(agency, Role.AGENCY_ADMIN), reason="Vụ kiện")
    article = make_asset(kind=Kind.ARTICLE, state=AssetState.PUBLISHED)
    ArticleReference.objects.create(article=article, language="vi", asset=shown, position=1)
    rows = Asset.objects.filter(pk__in=[held.pk, shown.pk, published.pk])
    rows.update(updated_at=Now() - timedelta(days=9))
    rows.filter(pk=published.pk).update(published_at=F("published_at") - timedelta(days=9))
    assert carry_out_policies() == 0


@pytest.mark.parametrize("state", ["draft", "published", "withdrawn"])
def test_what_a_published_article_shows_or_a_release_rests_on_stays_by_every_rule(state: str) -> None:
    agency = make_agency(retention_draft_days=1, retention_days=1, retention_publish_days=1)
    shown, document, free = (aged(agency, 9, state=state) for _ in range(3))
    article = make_asset(kind=Kind.ARTICLE, state=AssetState.PUBLISHED)
    ArticleReference.objects.create(article=article, language="vi", asset=shown, position=1)
    Release.objects.create(asset=make_asset(), kind="model", name="Nguyễn Thị A", document=document)
    assert [asset for policy in policies() for asset in due(policy)] == [free]
    assert carry_out_policies() == 1
    assert Asset.objects.filter(pk__in=[shown.pk, document.pk], state=state, deleted_at=None).count() == 2
    ArticleReference.objects.all().delete()
    assert next(asset for policy in policies() for asset in due(policy)) == shown


def test_the_preview_says_what_the_next_run_takes_to_those_who_may_see_it(client_for: ClientFor) -> None:
    agency = make_agency(retention_draft_days=30)
    asset = aged(agency, 31)
    aged(agency, 1)
    admin = client_for(agency, Role.AGENCY_ADMIN)
    (item,) = admin.get(f"/api/v1/agencies/{agency.code}/retention").json()["results"]
    assert (item["asset"]["reference"], item["outcome"], item["days"]) == (asset.reference, "trash", 30)
    assert (item["rule"], item["policy_of"]["code"]) == ("retention_draft_days", agency.code)
    assert client_for(agency, Role.EDITOR).get(f"/api/v1/agencies/{agency.code}/retention").status_code == 403
    operator = actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
    assert next_to_go(agency, by=operator, limit=5).items == []
    assert [policy.rule for policy in policies()] == [Rule.DRAFTS]
    assert due(next(policies())).get() == asset


def test_a_preview_that_looked_at_some_of_the_rules_does_not_say_that_this_is_all(
    client_for: ClientFor, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency = make_agency(retention_draft_days=30)
    below = [make_agency(parent=agency, retention_draft_days=60) for _ in range(3)]
    last = max(below, key=lambda one: one.path)
    due_last = aged(last, 61)
    admin = actor_in(agency, Role.AGENCY_ADMIN)
    found = next_to_go(agency, by=admin, limit=5, most_policies=3)
    assert (found.items, found.more, found.unlooked) == ([], True, True)
    found = next_to_go(agency, by=admin, limit=5, most_policies=4)
    assert ([asset for asset, _ in found.items], found.more, found.unlooked) == ([due_last], False, False)
    aged(last, 62)
    assert next_to_go(agency, by=admin, limit=1).more
    assert not next_to_go(agency, by=admin, limit=2).more

    monkeypatch.setattr(agency_page, "FEW_POLICIES", 3)
    browser, address = signed_in(agency, Role.AGENCY_ADMIN), f"/agencies/{agency.code}"
    page = browser.get(address).content.decode()
    assert due_last.reference not in page
    assert "not all of these were looked at" in page
    assert "?retention=all#next" in page
    page = browser.get(f"{address}?retention=all").content.decode()
    assert due_last.reference in page
    assert "looked at" not in page
    monkeypatch.setattr(agency_page, "MOST_NEXT", 1)
    assert "More is due than is listed here." in browser.get(f"{address}?retention=all").content.decode()

    monkeypatch.setattr(agency_api, "next_to_go", partial(next_to_go, most_policies=3))
    answer = client_for(agency, Role.AGENCY_ADMIN).get(f"/api/v1/agencies/{agency.code}/retention").json()
    assert answer == {"results": [], "more": True}


def test_the_command_says_how_much_of_what_is_due_one_run_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediacenter.instance.connect", lambda: None)
    monkeypatch.setattr(assets_retain, "BATCH", 2)
    agency = make_agency(retention_days=30, retention_draft_days=30)
    for state in [AssetState.WITHDRAWN] * 3 + [AssetState.DRAFT]:
        aged(agency, 31, state=state)
    listed = CliRunner().invoke(cli.command, ["--dry-run"]).output
    assert "4 assets are due; the next run takes 3, at most 2 by one rule." in listed
    assert "3 assets taken." in CliRunner().invoke(cli.command).output


def test_the_command_lists_and_carries_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediacenter.instance.connect", lambda: None)
    asset = aged(make_agency(code="MOH", retention_days=30), 31, state=AssetState.WITHDRAWN)
    listed = CliRunner().invoke(cli.command, ["--dry-run"])
    assert f"{asset.reference} (withdrawn): trash, by MOH: retention_days = 30" in listed.output
    assert "1 assets are due; the next run takes 1, at most 500 by one rule." in listed.output
    assert not Asset.objects.get().in_trash
    assert "1 assets taken." in CliRunner().invoke(cli.command).output
    assert Asset.objects.get().in_trash
