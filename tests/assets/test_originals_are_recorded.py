"""Whoever gets to an original leaves a trace, and so does whoever is refused one."""

from datetime import datetime

import pytest
from django.test import Client
from rest_framework.test import APIClient

from assets.models import Asset
from permissions.models import Agency, AuditEvent
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import bearer
from tests.factories import make_agency, make_asset, make_member, make_ready_asset, make_token

pytestmark = pytest.mark.django_db
LINKED, REFUSED = "original.linked", "original.refused"


@pytest.fixture
def agency() -> Agency:
    return make_agency()


@pytest.fixture
def asset(agency: Agency) -> Asset:
    return make_ready_asset(agency=agency, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)


def acts(asset: Asset) -> list[str]:
    return list(AuditEvent.objects.filter(target=asset.pk).order_by("id").values_list("act", flat=True))


def by_token(agency: Agency, role: Role) -> APIClient:
    return bearer(make_token(user=make_member(agency, role))[1])


def by_browser(agency: Agency, role: Role) -> Client:
    client = Client()
    client.force_login(make_member(agency, role), backend="django.contrib.auth.backends.ModelBackend")
    return client


def over_api(asset: Asset, profile: str = "original") -> str:
    return f"/api/v1/assets/{asset.pk}/download?profile={profile}"


def over_page(asset: Asset, profile: str = "original") -> str:
    return f"/assets/{asset.pk}/download/{profile}"


def test_a_link_given_by_the_api_is_recorded_with_who_and_which_bytes(asset: Asset, agency: Agency) -> None:
    answer = by_token(agency, Role.CONTRIBUTOR).get(over_api(asset), REMOTE_ADDR="192.0.2.4")
    assert answer.status_code == 200
    event = AuditEvent.objects.get(target=asset.pk)
    version = asset.versions.get()
    assert event.act == LINKED
    assert event.agency_id == agency.pk
    assert event.user_id is not None
    assert event.token_id is not None
    assert event.address == "192.0.2.4"
    assert event.data["version"] == str(version.pk)
    assert event.data["sha256"] == version.sha256 == answer.json()["sha256"]
    assert datetime.fromisoformat(event.data["expires_at"]) == datetime.fromisoformat(answer.json()["expires_at"])


def test_a_link_given_by_the_page_is_recorded(asset: Asset, agency: Agency) -> None:
    client = by_browser(agency, Role.CONTRIBUTOR)
    answer = client.get(over_page(asset))
    assert answer.status_code == 302
    assert acts(asset) == [LINKED]
    fetched = client.get(answer["Location"])
    assert fetched.status_code == 200
    assert acts(asset) == [LINKED]  # once for the link, however often it is fetched


def test_a_head_request_gives_the_link_away_too(asset: Asset, agency: Agency) -> None:
    assert by_browser(agency, Role.CONTRIBUTOR).head(over_page(asset)).status_code == 302
    assert acts(asset) == [LINKED]


def test_renditions_are_no_originals(asset: Asset, agency: Agency) -> None:
    profile = asset.versions.get().renditions.values_list("profile", flat=True)[0]
    assert by_token(agency, Role.CONTRIBUTOR).get(over_api(asset, profile)).status_code == 200
    assert by_browser(agency, Role.CONTRIBUTOR).get(over_page(asset, profile)).status_code == 302
    assert acts(asset) == []


def test_looking_at_an_asset_gives_no_link_to_its_original(asset: Asset, agency: Agency) -> None:
    key = asset.versions.get().original_key
    for client, path in (
        (by_token(agency, Role.EDITOR), f"/api/v1/assets/{asset.pk}"),
        (by_token(agency, Role.EDITOR), f"/api/v1/assets/{asset.pk}/renditions"),
        (by_browser(agency, Role.EDITOR), f"/assets/{asset.pk}"),
    ):
        assert key not in client.get(path).content.decode()


def test_a_refusal_is_recorded_once_for_each_caller(asset: Asset, agency: Agency) -> None:
    client, other = by_token(agency, Role.VIEWER), by_browser(agency, Role.VIEWER)
    for _ in range(3):
        assert client.get(over_api(asset)).status_code == 403
    assert other.get(over_page(asset)).status_code == 403
    events = list(AuditEvent.objects.filter(target=asset.pk, act=REFUSED))
    assert [event.data["reason"] for event in events] == ["role_too_low", "role_too_low"]
    assert len({event.user_id for event in events}) == 2
    assert acts(asset) == [REFUSED, REFUSED]


def test_strangers_and_people_who_may_not_even_see_it_leave_nothing(asset: Asset) -> None:
    hidden = make_ready_asset(agency=make_agency())
    assert APIClient().get(over_api(asset)).status_code == 401
    assert by_token(make_agency(), Role.EDITOR).get(over_api(hidden)).status_code == 404
    assert (acts(asset), acts(hidden)) == ([], [])


def test_what_has_no_file_has_no_original(agency: Agency) -> None:
    asset = make_asset(agency=agency)
    assert by_token(agency, Role.EDITOR).get(over_api(asset)).status_code == 404
    assert acts(asset) == []
