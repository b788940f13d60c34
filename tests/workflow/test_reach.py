"""What was reviewed for one audience is not shown to a wider one by one editor alone."""

from itertools import product
from typing import Any

import pytest

from assets.models import Asset, AssetShare
from assets.reach import Reach
from assets.states import Kind
from assets.usecases.assets_edit import edit_asset
from permissions.actor import Actor, actor_for_user
from permissions.errors import NotAllowed
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role
from tests.api.conftest import ClientFor, client_for
from tests.factories import actor_in, make_agency, make_asset, make_user
from tests.web.conftest import SignedIn, signed_in

__all__ = ["client_for", "signed_in"]

pytestmark = pytest.mark.django_db
ORDER = ["agency", "shared", "network", "public"]


def published(agency: Agency, audience: str, *shared_with: Agency, **fields: Any) -> Asset:
    said: dict[str, Any] = {
        "kind": Kind.ARTICLE,
        "state": AssetState.PUBLISHED,
        "audience": audience,
        "shared_with": shared_with,
    }
    return make_asset(agency=agency, **said, **fields)


def reached(asset: Asset) -> tuple[str, set[str]]:
    asset.refresh_from_db()
    return asset.audience, set(AssetShare.objects.filter(asset=asset).values_list("agency__code", flat=True))


@pytest.mark.parametrize(("before", "after"), list(product(ORDER, ORDER)))
def test_a_published_work_of_an_agency_that_reviews_gets_no_wider_audience(before: str, after: str) -> None:
    agency, other = make_agency(review_steps=2), make_agency(code="BTC")
    asset = published(agency, before, other)
    editor = actor_in(agency, Role.AGENCY_ADMIN)
    if ORDER.index(after) > ORDER.index(before):
        with pytest.raises(NotAllowed) as refused:
            edit_asset(asset_id=asset.pk, by=editor, fields={"audience": after})
        assert refused.value.reason == "review_needed"
        assert reached(asset) == (before, {"BTC"})
    else:
        edit_asset(asset_id=asset.pk, by=editor, fields={"audience": after})
        assert reached(asset) == (after, {"BTC"})


def test_no_agency_is_added_to_those_that_it_is_shared_with_and_any_may_go() -> None:
    agency, named = make_agency(review_steps=1), [make_agency(code=f"N{number}") for number in range(3)]
    asset, editor = published(agency, "shared", *named[:2]), actor_in(agency, Role.EDITOR)
    for wanted in (named, named[1:]):
        with pytest.raises(NotAllowed):
            edit_asset(asset_id=asset.pk, by=editor, fields={}, shared_with=wanted)
        assert reached(asset) == ("shared", {"N0", "N1"})
    edit_asset(asset_id=asset.pk, by=editor, fields={"author": "Lan"}, shared_with=named[:1])
    assert reached(asset) == ("shared", {"N0"})


def test_agencies_named_beforehand_open_nothing_later() -> None:
    agency, other = make_agency(review_steps=1), make_agency()
    asset, editor = published(agency, "agency"), actor_in(agency, Role.EDITOR)
    edit_asset(asset_id=asset.pk, by=editor, fields={}, shared_with=[other])
    with pytest.raises(NotAllowed):
        edit_asset(asset_id=asset.pk, by=editor, fields={"audience": "shared"})


def test_the_central_desk_opens_it_no_further_either() -> None:
    asset = published(make_agency(review_steps=1), "network")
    desk: Actor = actor_for_user(make_user(platform_role=PlatformRole.CENTRAL_EDITOR))
    with pytest.raises(NotAllowed):
        edit_asset(asset_id=asset.pk, by=desk, fields={"audience": "public"})


@pytest.mark.parametrize(("steps", "state"), [(0, AssetState.PUBLISHED), (2, AssetState.DRAFT)])
def test_where_nothing_is_reviewed_or_nothing_is_out_yet_the_audience_is_the_editors(
    steps: int, state: AssetState
) -> None:
    agency = make_agency(review_steps=steps)
    asset = make_asset(agency=agency, kind=Kind.ARTICLE, state=state)
    edit_asset(asset_id=asset.pk, by=actor_in(agency, Role.EDITOR), fields={"audience": "public"})
    assert reached(asset) == (Audience.PUBLIC, set())


def test_over_http_it_is_refused_with_its_code(client_for: ClientFor) -> None:
    agency = make_agency(review_steps=1)
    asset = published(agency, "agency")
    answer = client_for(agency, Role.EDITOR).patch(f"/api/v1/assets/{asset.pk}", {"audience": "public"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "review_needed")


def test_the_edit_page_says_so_before_and_at_the_field_after(signed_in: SignedIn) -> None:
    agency = make_agency(review_steps=1)
    asset = published(agency, "agency", texts={"vi": {"title": "Cầu"}})
    editor, address = signed_in(agency, Role.EDITOR), f"/assets/{asset.pk}/edit"
    answer = editor.get(address)
    assert "only a narrower one is possible now" in answer.content.decode()
    form = answer.context["form"]
    values = {name: form[name].value() for name in form.fields}
    said = {name: value for name, value in values.items() if value not in (None, [])} | {"audience": "public"}
    refused = editor.post(address, said)
    assert refused.status_code == 400
    assert "have it reviewed again" in refused.context["form"].errors["audience"][0]
    assert reached(asset) == ("agency", set())


def test_a_reach_exceeds_another_where_somebody_is_added() -> None:
    a, b = make_agency().pk, make_agency().pk

    def reach(audience: str, *agencies: object) -> Reach:
        return Reach(audience=Audience(audience), agencies=frozenset(agencies))  # type: ignore[arg-type]

    assert reach("shared", a, b).exceeds(reach("shared", a))
    assert not reach("shared", a).exceeds(reach("shared", a, b))
    assert not reach("shared", a, b).exceeds(reach("network"))
    assert not reach("network", a, b).exceeds(reach("network"))
    assert not reach("agency", a).exceeds(reach("agency"))
