"""Links follow to the current version; a pinned one stays, under the rights of the asset."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from assets.models import Asset, AssetVersion
from permissions.models import Agency, AuditEvent
from permissions.vocabulary import Audience, PlatformRole, Role
from tests.api.conftest import bearer
from tests.factories import distinct_jpeg, make_agency, make_ready_asset, make_token, make_user
from tests.versions.flow import API, act, corrected, detail, person, public_photo, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency() -> Agency:
    return make_agency(review_steps=0)


@pytest.fixture
def editor(agency: Agency) -> APIClient:
    return person(agency)[1]


def get(url: str) -> tuple[int, bytes]:
    answer = Client().get(url.removeprefix("http://127.0.0.1:8000"), HTTP_HOST="127.0.0.1:8000")
    return answer.status_code, b"".join(answer) if answer.streaming else answer.content


def renditions(client: APIClient | Client, asset: Asset, **query: int) -> list[str]:
    answer = client.get(f"{API}/assets/{asset.pk}/renditions", query)
    assert answer.status_code == 200, answer.content
    return [row["url"] for row in answer.json()["results"]]


def embed(asset: Asset, **query: object) -> tuple[int, str]:
    answer = Client().get(f"/embed/{asset.pk}", {"lang": "en", **query})
    return answer.status_code, answer.content.decode()


def test_embeds_and_renditions_follow_and_pinned_ones_stay(agency: Agency, editor: APIClient) -> None:
    asset = public_photo(agency)
    (old,) = renditions(Client(), asset)
    new = corrected(editor, asset)
    followed = renditions(Client(), asset)
    assert all(f"/{new.pk}/" in url for url in followed)
    assert renditions(Client(), asset, version=1) == [old]
    assert get(old)[0] == 200
    assert get(followed[0])[0] == 200
    assert f"/{new.pk}/" in embed(asset)[1]
    code, page = embed(asset, version=1)
    assert code == 200
    assert f"/{new.pk}/" not in page
    assert "There is a newer version of this." in page
    assert f'href="/embed/{asset.pk}?lang=en"' in page
    assert "newer version" not in embed(asset, version=2)[1]
    assert embed(asset, version=3)[0] == embed(asset, version="x")[0] == embed(asset, version=0)[0] == 404


def test_a_pinned_version_goes_with_the_asset(agency: Agency, editor: APIClient) -> None:
    asset = public_photo(agency)
    (old,) = renditions(Client(), asset)
    corrected(editor, asset)
    assert act(editor, asset, "withdraw", reason="Sai").status_code == 200
    assert (get(old)[0], embed(asset, version=1)[0]) == (410, 410)
    assert status(Client(), f"assets/{asset.pk}/renditions", version=1) == 404
    Asset.objects.filter(pk=asset.pk).update(embargo_until=datetime.now(UTC) + timedelta(hours=1))
    assert (get(old)[0], embed(asset, version=1)[0]) == (404, 404)


def test_a_pinned_version_is_under_the_same_embargo_and_audience(agency: Agency, editor: APIClient) -> None:
    asset = public_photo(agency)
    (old,) = renditions(Client(), asset)
    corrected(editor, asset)
    for narrowed in ({"embargo_until": datetime.now(UTC) + timedelta(hours=1)}, {"audience": Audience.AGENCY}):
        Asset.objects.filter(pk=asset.pk).update(**narrowed)
        assert (get(old)[0], embed(asset, version=1)[0]) == (404, 404)
        assert status(Client(), f"assets/{asset.pk}/versions") == 404
        assert status(Client(), f"assets/{asset.pk}/download", profile="w320.webp", version=1) == 404


def test_nobody_else_learns_of_a_correction_that_waits_or_was_declined() -> None:
    agency = make_agency(review_steps=1)
    asset, (_, own), (_, other) = public_photo(agency), person(agency), person(agency)
    new = corrected(own, asset, distinct_jpeg(width=90))
    key = new.renditions.first().key  # type: ignore[union-attr]
    _, stranger = person(make_agency(), Role.AGENCY_ADMIN)
    desk = bearer(make_token(user=make_user(platform_role=PlatformRole.CENTRAL_EDITOR))[1])

    def seen() -> None:
        for who in (Client(), stranger, desk):
            assert [row["number"] for row in versions(who, asset)] == [1]
            assert detail(who, asset)["correction"] is None
            for path in ("renditions", "download"):
                query = {"profile": "original"} if path == "download" else {}
                hidden = who.get(f"{API}/assets/{asset.pk}/{path}", {"version": 2, **query})
                never = who.get(f"{API}/assets/{asset.pk}/{path}", {"version": 9, **query})
                assert (
                    (hidden.status_code, hidden.content) == (never.status_code, never.content) == (404, hidden.content)
                )
        assert get("http://127.0.0.1:8000/media/public/" + key.removeprefix("renditions/"))[0] == 404
        assert embed(asset, version=2)[0] == 404
        for who in (stranger, desk):
            jobs = who.get(f"{API}/jobs", {"asset": str(asset.pk)}).json()["results"]
            assert {job["version"] for job in jobs} <= {1}

    seen()
    assert [row["number"] for row in versions(own, asset)] == [2, 1]
    own_urls = renditions(own, asset, version=2)
    assert get(own_urls[0])[0] == 200, "who decides can look at it"
    assert act(other, asset, "versions/2/decline", reason="Sai").status_code == 200
    seen()


def versions(client: APIClient | Client, asset: Asset) -> list[dict[str, object]]:
    answer = client.get(f"{API}/assets/{asset.pk}/versions")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def test_what_a_work_was_before_its_publication_stays_inside(agency: Agency, editor: APIClient) -> None:
    asset = make_ready_asset(agency=agency, audience=Audience.PUBLIC, texts={"vi": {"title": "Cầu"}})
    corrected(editor, asset, reason="Bản đầu có mặt trẻ em")
    assert act(editor, asset, "publish").status_code == 200
    assert [row["number"] for row in versions(Client(), asset)] == [2]
    assert embed(asset, version=1)[0] == 404
    assert status(Client(), f"assets/{asset.pk}/renditions", version=1) == 404


def test_a_new_publication_does_not_bring_back_what_the_withdrawn_one_showed(agency: Agency, editor: APIClient) -> None:
    asset = public_photo(agency)
    (old,) = renditions(Client(), asset)
    for what, said in (("withdraw", {"reason": "Sai"}), ("restore", {})):
        assert act(editor, asset, what, **said).status_code == 200
    corrected(editor, asset)
    assert act(editor, asset, "publish").status_code == 200
    assert (get(old)[0], embed(asset, version=1)[0]) == (404, 404)
    assert get(renditions(Client(), asset)[0])[0] == 200
    assert detail(editor, asset)["corrected_at"] is None


def test_the_originals_of_older_versions_are_for_those_with_the_right_and_recorded(
    agency: Agency, editor: APIClient
) -> None:
    body = distinct_jpeg()
    asset = public_photo(agency, original=body)
    first = asset.current_version
    assert first is not None
    corrected(editor, asset)
    link = editor.get(f"{API}/assets/{asset.pk}/download", {"profile": "original", "version": 1}).json()
    assert link["sha256"] == first.sha256
    assert get(link["url"]) == (200, body)
    event = AuditEvent.objects.get(act="original.linked")
    assert (event.data["number"], event.data["version"]) == (1, str(first.pk))
    _, stranger = person(make_agency(), Role.EDITOR)
    assert status(stranger, f"assets/{asset.pk}/download", profile="original", version=1) == 403
    current = editor.get(f"{API}/assets/{asset.pk}/download", {"profile": "original"}).json()
    assert current["sha256"] == AssetVersion.objects.get(asset=asset, number=2).sha256
