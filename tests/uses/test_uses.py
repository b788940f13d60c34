"""Who may read who used a work, by API and page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from assets.models import Asset, UseCount
from assets.states import UseKind
from assets.uses.pruning import KEPT_DAYS, prune_uses
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role, Scope
from tests.api.conftest import bearer
from tests.factories import make_agency, make_asset, make_member, make_ready_asset, make_text, make_token, make_user
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def asset() -> Asset:
    made = make_ready_asset(
        agency=make_agency(parent=make_agency()), state=AssetState.PUBLISHED, audience=Audience.PUBLIC
    )
    make_text(made, title="Cầu mới")
    return made


def count(asset: Asset, kind: UseKind, uses: int, *, days: int = 0, agency: Agency | None = None, **more: str) -> None:
    day = timezone.localdate() - timedelta(days=days)
    UseCount.objects.create(asset=asset, day=day, kind=kind, uses=uses, agency=agency, **more)


def test_uses_are_summed_over_days_and_the_most_come_first(asset: Asset) -> None:
    taker = make_agency(code="TAKER")
    for days in (0, 1, 6, 7):
        count(asset, UseKind.EMBED, 2, days=days, site="bao.vn", page="/a")
        count(asset, UseKind.READ, 1, days=days, agency=taker)
    count(asset, UseKind.MEDIA, 7, site="moh.gov.vn", agency=taker)
    count(make_asset(), UseKind.EMBED, 100)
    reader = bearer(make_token(user=make_member(asset.agency, Role.CONTRIBUTOR))[1])
    said = reader.get(f"/api/v1/assets/{asset.pk}/uses?days=7").json()
    assert said["totals"] == {"embed": 6, "media": 7, "download": 0, "read": 3}
    shown = [(row["site"], row["path"], row["kind"], row["uses"]) for row in said["pages"]]
    assert shown == [("moh.gov.vn", "", "media", 7), ("bao.vn", "/a", "embed", 6)]
    assert said["pages"][0]["agency"]["code"] == "TAKER"
    assert [(row["agency"]["code"], row["uses"]) for row in said["agencies"]] == [("TAKER", 3)]
    assert said["more"] is False
    assert reader.get(f"/api/v1/assets/{asset.pk}/uses").json()["totals"]["embed"] == 8


@pytest.mark.parametrize("query", ["days=0", "days=401", "days=x", "since=1", "days=1&days=2"])
def test_a_period_that_makes_no_sense_is_refused(asset: Asset, query: str) -> None:
    reader = bearer(make_token(user=make_member(asset.agency, Role.CONTRIBUTOR))[1])
    assert reader.get(f"/api/v1/assets/{asset.pk}/uses?{query}").status_code == 400


def test_only_the_people_of_the_work_the_desk_and_auditors_read_them(asset: Asset) -> None:
    above = asset.agency.parent
    assert above is not None
    readers = {
        "contributor": make_member(asset.agency, Role.CONTRIBUTOR),
        "viewer": make_member(asset.agency, Role.VIEWER),
        "above": make_member(above, Role.AGENCY_ADMIN),
        "beside": make_member(make_agency(), Role.AGENCY_ADMIN),
        "desk": make_user(platform_role=PlatformRole.CENTRAL_EDITOR),
        "operator": make_user(platform_role=PlatformRole.OPERATOR),
        "auditor": make_user(platform_role=PlatformRole.AUDITOR),
    }
    path = f"/api/v1/assets/{asset.pk}/uses"
    answers = {name: bearer(make_token(user=user)[1]).get(path).status_code for name, user in readers.items()}
    refused = dict.fromkeys(("viewer", "beside", "operator"), 403)
    assert answers == dict.fromkeys(readers, 200) | refused
    no_read = bearer(make_token(user=readers["contributor"], scopes=(Scope.WRITE,))[1])
    assert no_read.get(path).status_code == 404
    assert Client().get(path).status_code in {401, 403}
    Asset.objects.filter(pk=asset.pk).update(audience=Audience.AGENCY)
    assert bearer(make_token(user=readers["beside"])[1]).get(path).status_code == 404


def test_the_page_shows_them_to_the_same_people(asset: Asset, signed_in: SignedIn) -> None:
    count(asset, UseKind.EMBED, 41, site="bao.vn", page="/tin/<b>")
    page = signed_in(asset.agency, Role.CONTRIBUTOR).get(f"/assets/{asset.pk}").content.decode()
    assert "bao.vn/tin/&lt;b&gt;" in page
    assert ": 41</li>" in page
    other = signed_in(make_agency(), Role.AGENCY_ADMIN).get(f"/assets/{asset.pk}").content.decode()
    assert "bao.vn" not in other


def test_what_nobody_can_ask_for_any_more_is_forgotten(asset: Asset) -> None:
    for days in (0, KEPT_DAYS - 1, KEPT_DAYS + 2, KEPT_DAYS + 100):
        count(asset, UseKind.EMBED, 1, days=days)
    assert prune_uses() == 2
    assert UseCount.objects.count() == 2
    assert prune_uses() == 0
