"""The work list, the steps on an asset's page, its thread, and the desk's page."""

import pytest
from django.test import Client

from assets.models import Asset, AssetComment, Nomination
from permissions.models import Agency
from permissions.vocabulary import AssetState, PlatformRole, Role
from tests.factories import make_agency, make_member, make_ready_asset, make_user
from tests.web.conftest import SignedIn, signed_in

pytestmark = pytest.mark.django_db

__all__ = ["signed_in"]


@pytest.fixture
def agency() -> Agency:
    return make_agency(review_steps=1)


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_from_draft_to_published_by_two_people_with_buttons(signed_in: SignedIn, agency: Agency) -> None:
    author, editor = signed_in(agency, Role.CONTRIBUTOR), signed_in(agency, Role.EDITOR)
    asset = make_ready_asset(agency=agency, texts={"vi": {"title": "Cầu Long Biên"}}, urgency=1)
    url = f"/assets/{asset.pk}"
    assert "Submit for review" in text_of(author, url)
    author.post(f"{url}/workflow/submit", {"revision": asset.revision})
    work = text_of(editor, "/reviews")
    assert "Cầu Long Biên" in work
    assert "Urgent" in work
    editor.post(f"{url}/workflow/request-changes", {"comment": "Thiếu chú thích"})
    assert "Thiếu chú thích" in text_of(author, url)
    author.post(f"{url}/workflow/submit")
    editor.post(f"{url}/workflow/approve")
    page = editor.post(f"{url}/publish", follow=True).content.decode()
    asset.refresh_from_db()
    assert asset.state == AssetState.PUBLISHED
    assert page.count("Submitted for review") == 2


def test_who_may_not_approve_is_told_why_before_trying(signed_in: SignedIn, agency: Agency) -> None:
    person = make_member(agency, Role.EDITOR)
    client = Client(headers={"accept-language": "en"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    asset = make_ready_asset(agency=agency, created_by=person, state=AssetState.IN_REVIEW)
    assert "Somebody else has to approve it" in text_of(client, f"/assets/{asset.pk}")
    assert client.post(f"/assets/{asset.pk}/workflow/approve").status_code == 403


def test_a_button_on_a_page_that_is_out_of_date_changes_nothing(signed_in: SignedIn, agency: Agency) -> None:
    asset = make_ready_asset(agency=agency, state=AssetState.IN_REVIEW, revision=4)
    editor = signed_in(agency, Role.EDITOR)
    answer = editor.post(f"/assets/{asset.pk}/workflow/approve", {"revision": 3}, follow=True)
    assert "Load it again" in answer.content.decode()
    asset.refresh_from_db()
    assert asset.state == AssetState.IN_REVIEW


def test_comments_are_for_colleagues_and_never_markup(signed_in: SignedIn, agency: Agency) -> None:
    colleague = make_member(agency)
    asset = make_ready_asset(agency=agency, state=AssetState.PUBLISHED)
    author, viewer = signed_in(agency), signed_in(agency, Role.VIEWER)
    author.post(f"/assets/{asset.pk}/comment", {"text": "<script>x</script>", "mention": str(colleague.pk)})
    comment = AssetComment.objects.get()
    assert (comment.text, comment.mention) == ("<script>x</script>", colleague)
    page = text_of(author, f"/assets/{asset.pk}")
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "&lt;script&gt;" not in text_of(viewer, f"/assets/{asset.pk}")
    assert viewer.post(f"/assets/{asset.pk}/comment", {"text": "x"}).status_code == 403


def test_scheduling_and_assigning_by_form(signed_in: SignedIn) -> None:
    asset = make_ready_asset()
    colleague, editor = make_member(asset.agency), signed_in(asset.agency, Role.EDITOR)
    editor.post(f"/assets/{asset.pk}/assign", {"assignee": str(colleague.pk), "due_at": "2100-01-01T08:00"})
    editor.post(f"/assets/{asset.pk}/workflow/schedule", {"at": "2100-01-02T08:00"})
    asset.refresh_from_db()
    assert (asset.assignee, asset.state) == (colleague, AssetState.SCHEDULED)
    assert asset.scheduled_for is not None
    assert asset.scheduled_for.isoformat() == "2100-01-02T01:00:00+00:00"  # typed in Hanoi's time
    bad = editor.post(f"/assets/{asset.pk}/workflow/schedule", {"at": "gestern"}, follow=True)
    assert "Give a date and a time." in bad.content.decode()
    editor.post(f"/assets/{asset.pk}/workflow/cancel-schedule")
    assert Asset.objects.get(pk=asset.pk).state == AssetState.DRAFT
    assert editor.post(f"/assets/{asset.pk}/workflow/explode").status_code == 404


def test_the_desk_decides_and_the_agency_reads_why(signed_in: SignedIn) -> None:
    asset = make_ready_asset(state=AssetState.PUBLISHED, texts={"vi": {"title": "Lũ lụt"}})
    editor, desk = signed_in(asset.agency, Role.EDITOR), Client(headers={"accept-language": "en"})
    desk.force_login(
        make_user(platform_role=PlatformRole.CENTRAL_EDITOR), backend="django.contrib.auth.backends.ModelBackend"
    )
    editor.post(f"/assets/{asset.pk}/workflow/nominate", {"comment": "Cả nước quan tâm"})
    nomination = Nomination.objects.get()
    assert "Cả nước quan tâm" in text_of(desk, "/nominations")
    assert editor.post(f"/nominations/{nomination.pk}/decide", {"reason": "x"}).status_code == 403
    desk.post(f"/nominations/{nomination.pk}/decide", {"reason": "Chỉ có tính địa phương"})
    assert "Chỉ có tính địa phương" in text_of(editor, "/nominations")
    editor.post(f"/assets/{asset.pk}/workflow/nominate")
    again = Nomination.objects.get(state="open")
    desk.post(f"/nominations/{again.pk}/decide", {"accept": "1", "title": "Lũ lớn miền Trung", "priority": "1"})
    assert "Lũ lớn miền Trung" in text_of(editor, "/nominations")
