"""An editor's focal point: by API and page, guarded, in the history, in the record, and asked of the queue once."""

from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.models import Asset, AssetVersion, Revision
from assets.states import Kind
from assets.usecases.assets_approve import approve_asset
from assets.usecases.assets_submit import submit_for_review
from assets.usecases.focal_points_set import FocalPointInvalid, set_focal_point
from permissions.models import AuditEvent
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import ClientFor
from tests.factories import actor_in, make_agency, make_asset, make_ready_asset, make_rendition
from tests.web.conftest import SignedIn

pytestmark = [pytest.mark.django_db]


def photo(**fields: Any) -> Asset:
    """A photo with a crop around the guess."""
    asset = make_ready_asset(**fields)
    version = asset.current_version
    assert version is not None
    make_rendition(version, profile="crop-1x1.webp", width=64, height=64, facts={"focus": None})
    AssetVersion.objects.filter(pk=version.pk).update(facts={"guessed_focus_x": 0.25, "guessed_focus_y": 0.75})
    return asset


def jobs() -> int:
    return ProcrastinateJob.objects.filter(task_name="transcoding.make_crops").count()


def test_a_point_is_read_set_and_taken_away(client_for: ClientFor) -> None:
    asset = photo()
    client, url = client_for(asset.agency, Role.EDITOR), f"/api/v1/assets/{asset.pk}/focal-point"
    before = client.get(url).json()
    assert before["focal_point"] == {"x": 0.25, "y": 0.75, "source": "guess"}
    assert [crop["profile"] for crop in before["crops"]] == ["crop-1x1.webp"]
    assert (before["waiting"], before["revision"]) == (False, 1)

    made = client.put(url, {"x": 0.123456, "y": 1}, format="json", headers={"If-Match": '"1"'})
    assert made.status_code == 200, made.content
    assert made.json()["focal_point"] == {"x": 0.1235, "y": 1.0, "source": "editor"}
    assert (made.json()["waiting"], made.json()["revision"], jobs()) == (True, 2, 1)
    detail = client.get(f"/api/v1/assets/{asset.pk}").json()
    assert detail["focal_point"] == {"x": 0.1235, "y": 1.0, "source": "editor"}
    assert "crop-1x1.webp" in {row["profile"] for row in detail["renditions"]}

    stale = client.put(url, {"x": 0, "y": 0}, format="json", headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    again = client.put(url, {"x": 0.1235, "y": 1}, format="json")
    assert (again.json()["revision"], jobs()) == (2, 1), "what already is so writes nothing"
    gone = client.delete(url, headers={"If-Match": '"2"'})
    assert (gone.json()["focal_point"]["source"], gone.json()["revision"], jobs()) == ("guess", 3, 2)


def test_it_is_in_the_history_and_in_the_record(client_for: ClientFor) -> None:
    asset = photo()
    editor = actor_in(asset.agency, Role.EDITOR)
    set_focal_point(asset_id=asset.pk, by=editor, point=(0.5, 0.25))
    latest = Revision.objects.filter(asset=asset).order_by("-number").first()
    assert latest is not None
    assert (latest.content["focus"], latest.user_id) == ([0.5, 0.25], editor.user_id)
    event = AuditEvent.objects.get(act="asset.focal_point_set", target=asset.pk)
    assert (event.data["before"], event.data["after"]) == (None, [0.5, 0.25])
    client = client_for(asset.agency, Role.EDITOR)
    rows = client.get(f"/api/v1/assets/{asset.pk}/revisions").json()["results"]
    assert [row["act"] for row in rows] == ["edited", "found"]


def test_histories_without_a_point_go_on_as_they_were() -> None:
    asset = photo()
    editor = actor_in(asset.agency, Role.EDITOR)
    set_focal_point(asset_id=asset.pk, by=editor, point=(0.5, 0.25))
    set_focal_point(asset_id=asset.pk, by=editor, point=None)
    contents = list(Revision.objects.filter(asset=asset).order_by("number").values_list("content", flat=True))
    assert ["focus" in content for content in contents] == [False, True, False]


def test_what_was_approved_goes_back_into_review() -> None:
    agency = make_agency(review_steps=1)
    asset = photo(agency=agency, texts={"vi": {"title": "Cầu", "caption": "Cầu", "alt_text": "Cầu"}})
    submit_for_review(asset_id=asset.pk, by=actor_in(agency, Role.EDITOR))
    approve_asset(asset_id=asset.pk, by=actor_in(agency, Role.EDITOR))
    asset.refresh_from_db()
    assert asset.state == AssetState.APPROVED
    set_focal_point(asset_id=asset.pk, by=actor_in(agency, Role.EDITOR), point=(0, 0))
    asset.refresh_from_db()
    assert asset.state == AssetState.IN_REVIEW


@pytest.mark.parametrize("body", [{"x": 0.5}, {"x": -0.1, "y": 0}, {"x": 0, "y": 1.1}, {"x": "a", "y": 0}, {}])
def test_what_is_no_point_is_refused(client_for: ClientFor, body: dict[str, Any]) -> None:
    asset = photo()
    url = f"/api/v1/assets/{asset.pk}/focal-point"
    client = client_for(asset.agency, Role.EDITOR)
    assert client.put(url, body, format="json").status_code == 400
    assert client.put(url, {"x": 0, "y": 0, "z": 0}, format="json").status_code == 400
    assert client.put(url, '{"x": NaN, "y": 0}', content_type="application/json").status_code == 400
    assert jobs() == 0


@pytest.mark.parametrize("point", [(float("nan"), 0.0), (float("inf"), 0.0), (0.0, -0.001)])
def test_the_use_case_refuses_it_too(point: tuple[float, float]) -> None:
    asset = photo()
    with pytest.raises(FocalPointInvalid):
        set_focal_point(asset_id=asset.pk, by=actor_in(asset.agency, Role.EDITOR), point=point)


def test_who_may_set_it_and_of_what(client_for: ClientFor) -> None:
    agency = make_agency()
    shown = photo(agency=agency, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    url, body = f"/api/v1/assets/{shown.pk}/focal-point", {"x": 0.5, "y": 0.5}
    assert client_for(agency, Role.VIEWER).put(url, body, format="json").json()["code"] == "role_too_low"
    assert Client().put(url, body, content_type="application/json").status_code == 401
    assert Client().get(url).json()["focal_point"]["source"] == "guess"
    hidden = photo()
    assert client_for(agency).get(f"/api/v1/assets/{hidden.pk}/focal-point").status_code == 404
    assert client_for(agency).put(f"/api/v1/assets/{hidden.pk}/focal-point", body, format="json").status_code == 404
    for other in (make_ready_asset(agency=agency, kind=Kind.INFOGRAPHIC), make_asset(agency=agency)):
        path = f"/api/v1/assets/{other.pk}/focal-point"
        assert client_for(agency, Role.EDITOR).get(path).status_code == 404
        refused = client_for(agency, Role.EDITOR).put(path, body, format="json")
        assert (refused.status_code, refused.json()["code"]) == (400, "focal_point_invalid")
    assert jobs() == 0


def test_crops_are_no_sizes_of_the_picture(signed_in: SignedIn) -> None:
    asset = photo(state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    page = signed_in(asset.agency, Role.VIEWER).get(f"/assets/{asset.pk}").content.decode()
    assert "w320.webp" in page
    assert "crop-1x1.webp" not in page


def test_an_editor_sets_it_on_a_page(signed_in: SignedIn) -> None:
    asset = photo()
    client, path = signed_in(asset.agency, Role.EDITOR), f"/assets/{asset.pk}/focal-point"
    text = client.get(path).content.decode()
    assert 'value="25.0"' in text
    assert "is a guess" in text
    assert "crop-1x1.webp" in text
    answer = client.post(path, {"revision": 1, "x": "12.5", "y": "100"}, follow=True)
    assert "The focal point is saved." in answer.content.decode()
    assert "New crops are being made" in answer.content.decode()
    version = AssetVersion.objects.get(asset=asset)
    assert version.focus == (0.125, 1.0)
    stale = client.post(path, {"revision": 1, "x": "1", "y": "1"})
    assert (stale.status_code, stale.content.decode().count('role="alert"')) == (400, 1)
    assert client.post(path, {"revision": 2, "x": "101", "y": "1"}).status_code == 400
    assert client.post(path, {"revision": 2, "x": "", "y": "", "guess": "1"}).status_code == 302
    version.refresh_from_db()
    assert version.focus is None
    assert f"/assets/{asset.pk}/focal-point" in client.get(f"/assets/{asset.pk}").content.decode()


def test_readers_and_other_kinds_have_no_such_page(signed_in: SignedIn) -> None:
    asset = photo(state=AssetState.PUBLISHED)
    assert signed_in(asset.agency, Role.VIEWER).get(f"/assets/{asset.pk}/focal-point").status_code == 403
    graphic = make_ready_asset(agency=asset.agency, kind=Kind.INFOGRAPHIC)
    assert signed_in(asset.agency, Role.EDITOR).get(f"/assets/{graphic.pk}/focal-point").status_code == 404
