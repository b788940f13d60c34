"""The workflow over HTTP: acts, work list, nominations, bulk."""

from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from assets.models import Asset
from permissions.models import Agency
from permissions.vocabulary import AssetState, PlatformRole, Role
from tests.api.conftest import ClientFor, bearer, client_for
from tests.factories import make_agency, make_member, make_ready_asset, make_token, make_user

pytestmark = pytest.mark.django_db

__all__ = ["client_for"]
API = "/api/v1"


@pytest.fixture
def agency() -> Agency:
    return make_agency(review_steps=1)


@pytest.fixture
def desk() -> APIClient:
    return bearer(make_token(user=make_user(platform_role=PlatformRole.CENTRAL_EDITOR))[1])


def told(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]  # type: ignore[attr-defined]


def test_an_asset_goes_its_way_by_etag(client_for: ClientFor, agency: Agency) -> None:
    author, editor = client_for(agency), client_for(agency, Role.EDITOR)
    asset = make_ready_asset(agency=agency)
    url = f"{API}/assets/{asset.pk}"
    old = author.get(url)["ETag"]
    submitted = author.post(f"{url}/submit", {"comment": "Xin duyệt"}, format="json")
    assert (submitted.json()["state"], submitted.json()["may"]["approve"]["reason"]) == ("in_review", "role_too_low")
    assert told(editor.post(f"{url}/approve", headers={"If-Match": old})) == (412, "precondition_failed")
    approved = editor.post(f"{url}/approve", headers={"If-Match": submitted["ETag"]}).json()
    assert (approved["state"], approved["workflow"]["approvals"]) == ("approved", 1)
    assert told(editor.post(f"{url}/approve")) == (403, "wrong_state")
    back = editor.post(f"{url}/request-changes", {"comment": "Sai"}, format="json").json()
    assert back["state"] == "changes_requested"
    history = author.get(f"{url}/history").json()["results"]
    assert [entry["act"] for entry in history] == ["changes_requested", "approved", "submitted"]
    assert told(editor.post(f"{url}/submit", {"unknown": 1}, format="json")) == (400, "unknown_field")


def test_the_schedule_is_set_moved_and_cancelled(client_for: ClientFor) -> None:
    asset = make_ready_asset()
    editor, url = client_for(asset.agency, Role.EDITOR), f"{API}/assets/{asset.pk}/schedule"
    for at in ("2100-01-01T00:00:00Z", "2100-01-02T00:00:00Z"):
        answer = editor.post(url, {"at": at}, format="json").json()
        assert answer["state"] == "scheduled"
        assert datetime.fromisoformat(answer["workflow"]["scheduled_for"]) == datetime.fromisoformat(at)
    assert editor.post(url, {"at": None}, format="json").json()["state"] == "draft"
    assert told(editor.post(url, {"at": "2000-01-01T00:00:00Z"}, format="json")) == (400, "invalid")
    assert told(editor.post(url, {}, format="json")) == (400, "invalid")


def test_comments_and_history_are_for_the_agency_s_people(client_for: ClientFor) -> None:
    asset = make_ready_asset(state=AssetState.PUBLISHED)
    author, viewer = client_for(asset.agency), client_for(asset.agency, Role.VIEWER)
    url = f"{API}/assets/{asset.pk}/comments"
    colleague = make_member(asset.agency)
    made = author.post(url, {"text": "Đẹp", "mention": str(colleague.pk)}, format="json")
    assert (made.status_code, made.json()["mention"]["name"]) == (201, colleague.full_name)
    assert [comment["text"] for comment in author.get(url).json()["results"]] == ["Đẹp"]
    assert told(viewer.get(url)) == told(viewer.get(f"{API}/assets/{asset.pk}/history")) == (403, "role_too_low")
    assert viewer.get(f"{API}/assets/{asset.pk}").json()["workflow"] is None


def test_the_work_list_puts_the_urgent_lane_first_and_says_what_is_overdue(client_for: ClientFor) -> None:
    agency = make_agency()
    now = datetime.now(UTC)
    hour = timedelta(hours=1)

    def waiting(urgency: int, *, since: timedelta, due: timedelta | None = None, **more: object) -> str:
        fields = {"state": AssetState.IN_REVIEW, "urgency": urgency, "submitted_at": now - since, **more}
        return str(make_ready_asset(agency=agency, due_at=now + due if due else None, **fields).pk)

    routine = waiting(5, since=9 * hour)
    due = waiting(5, since=hour, due=-hour)
    colleague = make_member(agency)
    fresh = waiting(2, since=timedelta(), assignee=colleague)
    late = waiting(1, since=hour)
    waiting(5, since=hour)
    client = client_for(agency, Role.EDITOR)
    found = client.get(f"{API}/reviews").json()["results"]
    assert [item["id"] for item in found[:3]] == [late, fresh, due]
    assert [item["workflow"]["overdue"] for item in found] == [True, False, True, False, False]
    assert [item["id"] for item in found].index(routine) == 3

    def ids(query: str) -> list[str]:
        return [item["id"] for item in client.get(f"{API}/reviews?{query}").json()["results"]]

    assert ids("overdue=true") == [late, due]
    assert ids("urgent=true") == [late, fresh]
    assert ids(f"assignee={colleague.pk}") == [fresh]
    assert fresh not in ids("assignee=none")
    assert ids("state=approved") == []
    assert told(client.get(f"{API}/reviews?assignee=x")) == (400, "invalid")
    assert told(client.get(f"{API}/reviews?state=draft")) == (400, "invalid")

    paged: list[str] = []
    url = f"{API}/reviews?page_size=2"
    while url:
        answer = client.get(url).json()
        paged += [item["id"] for item in answer["results"]]
        url = answer["next"]
    assert paged == [item["id"] for item in found]
    assert told(client.get(f"{API}/reviews?cursor=cD0x")) == (400, "cursor_invalid")


def test_a_nomination_is_decided_once_and_edited_by_the_desk(client_for: ClientFor, desk: APIClient) -> None:
    asset = make_ready_asset(state=AssetState.PUBLISHED, texts={"vi": {"title": "Lũ"}})
    editor, url = client_for(asset.agency, Role.EDITOR), f"{API}/nominations"
    made = editor.post(url, {"asset": str(asset.pk), "note": "Cả nước"}, format="json")
    assert (made.status_code, made.json()["state"]) == (201, "open")
    one = f"{url}/{made.json()['id']}"
    assert told(editor.post(url, {"asset": str(asset.pk)}, format="json")) == (409, "nomination_open")
    assert told(editor.post(f"{one}/accept", {}, format="json")) == (403, "role_too_low")
    assert [row["asset_title"] for row in desk.get(url).json()["results"]] == ["Lũ"]
    stale = {"If-Match": '"9"'}
    assert told(desk.post(f"{one}/accept", {}, format="json", headers=stale)) == (412, "precondition_failed")
    taken = desk.post(f"{one}/accept", {"title": "Lũ lớn", "priority": 1}, format="json", headers={"If-Match": '"1"'})
    assert (taken.json()["state"], taken.json()["title"], taken["ETag"]) == ("accepted", "Lũ lớn", '"2"')
    assert desk.patch(one, {"caption": "Chú thích"}, format="json").json()["caption"] == "Chú thích"
    assert told(desk.post(f"{one}/decline", {"reason": "x"}, format="json")) == (409, "illegal_transition")
    assert editor.get(one).json()["priority"] == 1
    assert told(client_for(make_agency(), Role.AGENCY_ADMIN).get(one)) == (404, "not_found")


def test_declining_takes_a_reason(client_for: ClientFor, desk: APIClient) -> None:
    asset = make_ready_asset(state=AssetState.PUBLISHED)
    editor = client_for(asset.agency, Role.EDITOR)
    one = f"{API}/nominations/{editor.post(f'{API}/nominations', {'asset': str(asset.pk)}, format='json').json()['id']}"
    assert told(desk.post(f"{one}/decline", {"reason": " "}, format="json")) == (400, "invalid")
    assert desk.post(f"{one}/decline", {"reason": "Địa phương"}, format="json").json()["reason"] == "Địa phương"
    assert told(desk.patch(one, {"title": "x"}, format="json")) == (409, "wrong_state")


def test_a_bulk_act_answers_for_each(client_for: ClientFor, agency: Agency) -> None:
    editor, author = client_for(agency, Role.EDITOR), make_member(agency)
    good = make_ready_asset(agency=agency, created_by=author, state=AssetState.IN_REVIEW)
    draft, foreign = make_ready_asset(agency=agency), make_ready_asset()
    ids = [str(asset.pk) for asset in (draft, good, foreign)]
    answer = editor.post(f"{API}/assets/bulk", {"action": "approve", "ids": ids}, format="json")
    results = answer.json()["results"]
    assert [result["id"] for result in results] == ids
    assert [result["done"] for result in results] == [False, True, False]
    assert [result["state"] for result in results] == [None, "approved", None]
    codes = [(result["problem"]["status"], result["problem"]["code"]) for result in results if result["problem"]]
    assert codes == [(403, "wrong_state"), (404, "not_found")]
    assert Asset.objects.get(pk=good.pk).state == AssetState.APPROVED
    for bad in ([], ids * 2, [str(good.pk)] * 101):
        assert told(editor.post(f"{API}/assets/bulk", {"action": "archive", "ids": bad}, format="json"))[0] == 400
    assert told(APIClient().post(f"{API}/assets/bulk", {"action": "archive", "ids": ids}, format="json"))[0] == 401
