"""The way from draft to publication: each act by whom it takes, with its event and its record."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models.functions import Now
from django.db.utils import IntegrityError

from assets.access import RevisionChanged
from assets.colleagues import colleagues_of
from assets.models import Asset, WorkflowEvent
from assets.states import WorkflowAct
from assets.usecases.assets_approve import approve_asset
from assets.usecases.assets_archive import archive_asset
from assets.usecases.assets_assign import assign_asset
from assets.usecases.assets_cancel_schedule import cancel_schedule
from assets.usecases.assets_comment import comment_on_asset
from assets.usecases.assets_edit import edit_asset
from assets.usecases.assets_publish import publish_asset
from assets.usecases.assets_request_changes import request_changes
from assets.usecases.assets_restore import restore_asset
from assets.usecases.assets_schedule import schedule_asset
from assets.usecases.assets_submit import submit_for_review
from assets.usecases.assets_withdraw import withdraw_asset
from permissions.actor import Actor, actor_for_token, actor_for_user
from permissions.errors import Invalid, NotAllowed, NotFound
from permissions.models import Agency, AuditEvent, Membership, User
from permissions.vocabulary import AssetState, Audience, Role
from tests.factories import actor_in, make_agency, make_asset, make_member, make_ready_asset, make_token

pytestmark = pytest.mark.django_db

S = AssetState


@pytest.fixture
def agency() -> Agency:
    return make_agency(review_steps=1)


def written_by(author: Actor, agency: Agency, **fields: object) -> Asset:
    return make_ready_asset(agency=agency, created_by_id=author.user_id, **fields)


def refusal(run: object, **said: object) -> str:
    with pytest.raises(NotAllowed) as caught:
        run(**said)  # type: ignore[operator]
    return caught.value.reason


def test_one_step_takes_one_other_editor(agency: Agency) -> None:
    author, editor = actor_in(agency, Role.EDITOR), actor_in(agency, Role.EDITOR)
    asset = written_by(author, agency)
    assert refusal(publish_asset, asset_id=asset.pk, by=author) == "review_needed"
    submit_for_review(asset_id=asset.pk, by=author, comment="Gấp")
    assert refusal(approve_asset, asset_id=asset.pk, by=author) == "own_work"
    assert approve_asset(asset_id=asset.pk, by=editor).state == S.APPROVED
    assert publish_asset(asset_id=asset.pk, by=author).state == S.PUBLISHED
    events = WorkflowEvent.objects.filter(asset=asset).order_by("id")
    assert [(e.act, e.before, e.after, e.step, e.comment, e.user_id, e.revision) for e in events] == [
        (WorkflowAct.SUBMITTED, S.DRAFT, S.IN_REVIEW, 0, "Gấp", author.user_id, 2),
        (WorkflowAct.APPROVED, S.IN_REVIEW, S.APPROVED, 1, "", editor.user_id, 3),
        (WorkflowAct.PUBLISHED, S.APPROVED, S.PUBLISHED, 0, "", author.user_id, 4),
    ]
    acts = AuditEvent.objects.filter(target=asset.pk).order_by("at", "id").values_list("act", flat=True)
    assert set(acts) == {"asset.submitted", "asset.approved", "asset.published"}


def test_two_steps_take_two_different_people() -> None:
    agency = make_agency(review_steps=2)
    author, first, second = (actor_in(agency, Role.EDITOR) for _ in range(3))
    asset = written_by(author, agency)
    submit_for_review(asset_id=asset.pk, by=author)
    assert approve_asset(asset_id=asset.pk, by=first).state == S.IN_REVIEW
    assert refusal(approve_asset, asset_id=asset.pk, by=first) == "already_approved"
    assert approve_asset(asset_id=asset.pk, by=second).state == S.APPROVED
    steps = WorkflowEvent.objects.filter(asset=asset, act=WorkflowAct.APPROVED).order_by("id")
    assert [event.step for event in steps] == [1, 2]


@pytest.mark.parametrize(
    ("root", "middle", "leaf", "effective"),
    [(None, None, None, 1), (0, None, None, 0), (2, 0, None, 0), (0, 2, 1, 1), (2, None, None, 2)],
)
def test_the_nearest_agency_above_that_says_it_decides(
    root: int | None, middle: int | None, leaf: int | None, effective: int
) -> None:
    top = make_agency(review_steps=root)
    below = make_agency(parent=make_agency(parent=top, review_steps=middle), review_steps=leaf)
    make_agency(review_steps=2)
    asset = make_ready_asset(agency=below)
    assert Asset.objects.with_policy_facts().get(pk=asset.pk).review_steps == effective


@pytest.mark.parametrize("state", [S.IN_REVIEW, S.APPROVED, S.SCHEDULED])
def test_an_edit_takes_the_approval_back_into_review(agency: Agency, state: AssetState) -> None:
    author, editor, other = (actor_in(agency, Role.EDITOR) for _ in range(3))
    Agency.objects.filter(pk=agency.pk).update(review_steps=2 if state is S.IN_REVIEW else 1)
    asset = written_by(author, agency)
    submit_for_review(asset_id=asset.pk, by=author)
    now = Asset.objects.with_policy_facts().get(pk=asset.pk).database_now
    approve_asset(asset_id=asset.pk, by=editor)
    if state is S.SCHEDULED:
        schedule_asset(asset_id=asset.pk, by=author, at=now + timedelta(hours=1))
    edited = edit_asset(asset_id=asset.pk, by=editor, fields={"author": "Nhật Bắc"})
    assert (edited.state, edited.approved_by, edited.scheduled_for) == (S.IN_REVIEW, [], None)
    event = WorkflowEvent.objects.filter(asset=asset).first()
    assert event is not None
    assert (event.act, event.before, event.revision) == (WorkflowAct.APPROVAL_LAPSED, state, edited.revision)
    assert refusal(approve_asset, asset_id=asset.pk, by=editor) == "own_work"
    approve_asset(asset_id=asset.pk, by=other)


def test_an_agency_s_token_is_no_second_pair_of_eyes_and_no_way_round(agency: Agency) -> None:
    editor = actor_in(agency, Role.EDITOR)
    token, _ = make_token(agency=agency, role=Role.EDITOR, created_by=User.objects.get(pk=editor.user_id))
    by_token = actor_for_token(token, now=token.created_at)
    asset = make_ready_asset(agency=agency)
    edit_asset(asset_id=asset.pk, by=by_token, fields={"author": "x"})
    submit_for_review(asset_id=asset.pk, by=by_token)
    assert refusal(approve_asset, asset_id=asset.pk, by=by_token) == "person_needed"
    assert refusal(approve_asset, asset_id=asset.pk, by=actor_for_user(token.created_by)) == "own_work"


def test_the_database_refuses_an_approval_of_one_s_own_work(agency: Agency) -> None:
    author = actor_in(agency, Role.EDITOR)
    asset = make_ready_asset(agency=agency, makers=[author.user_id])
    with pytest.raises(IntegrityError, match="asset_four_eyes"):
        Asset.objects.filter(pk=asset.pk).update(approved_by=[author.user_id])


def test_changes_are_requested_with_a_reason_and_the_next_round_begins_anew(agency: Agency) -> None:
    author, editor = actor_in(agency), actor_in(agency, Role.EDITOR)
    asset = written_by(author, agency)
    submit_for_review(asset_id=asset.pk, by=author)
    with pytest.raises(Invalid):
        request_changes(asset_id=asset.pk, by=editor, comment="  ")
    approve_asset(asset_id=asset.pk, by=editor)
    back = request_changes(asset_id=asset.pk, by=editor, comment="Sai tên")
    assert (back.state, back.approved_by) == (S.CHANGES_REQUESTED, [])
    edit_asset(asset_id=asset.pk, by=author, fields={"author": "x"})
    assert submit_for_review(asset_id=asset.pk, by=author).state == S.IN_REVIEW


def test_archiving_and_restoring_go_back_to_a_draft_that_needs_review(agency: Agency) -> None:
    editor, other = actor_in(agency, Role.EDITOR), actor_in(agency, Role.EDITOR)
    asset = written_by(editor, agency)
    submit_for_review(asset_id=asset.pk, by=editor)
    approve_asset(asset_id=asset.pk, by=other)
    publish_asset(asset_id=asset.pk, by=other)
    withdraw_asset(asset_id=asset.pk, by=editor, reason="Sai")
    archive_asset(asset_id=asset.pk, by=editor)
    restored = restore_asset(asset_id=asset.pk, by=editor)
    assert (restored.state, restored.approved_by) == (S.DRAFT, [])
    assert refusal(publish_asset, asset_id=asset.pk, by=other) == "review_needed"


def test_cancelling_a_schedule_goes_back_to_where_it_came_from(agency: Agency) -> None:
    author, editor = actor_in(agency, Role.EDITOR), actor_in(agency, Role.EDITOR)
    reviewed, free = written_by(author, agency), make_ready_asset(agency=make_agency(parent=agency, review_steps=0))
    later = Asset.objects.with_policy_facts().get(pk=free.pk).database_now + timedelta(hours=1)
    submit_for_review(asset_id=reviewed.pk, by=author)
    approve_asset(asset_id=reviewed.pk, by=editor)
    for asset, back in ((reviewed, S.APPROVED), (free, S.DRAFT)):
        schedule_asset(asset_id=asset.pk, by=author, at=later)
        schedule_asset(asset_id=asset.pk, by=author, at=later + timedelta(hours=1))
        cancelled = cancel_schedule(asset_id=asset.pk, by=author)
        assert (cancelled.state, cancelled.scheduled_for) == (back, None)


def test_a_stale_revision_is_told_even_when_the_state_has_moved_on(agency: Agency) -> None:
    author, first, second = (actor_in(agency, Role.EDITOR) for _ in range(3))
    asset = written_by(author, agency)
    revision = submit_for_review(asset_id=asset.pk, by=author).revision
    approve_asset(asset_id=asset.pk, by=first, revision=revision)
    with pytest.raises(RevisionChanged):
        approve_asset(asset_id=asset.pk, by=second, revision=revision)
    assert refusal(approve_asset, asset_id=asset.pk, by=second) == "wrong_state"


def test_only_who_can_see_the_work_is_assigned_or_mentioned(agency: Agency) -> None:
    editor, colleague = actor_in(agency, Role.EDITOR), actor_in(agency)
    viewer, stranger = actor_in(agency, Role.VIEWER), actor_in(make_agency(), Role.AGENCY_ADMIN)
    asset = written_by(editor, agency, audience=Audience.PUBLIC)
    assigned = assign_asset(asset_id=asset.pk, by=editor, assignee=colleague.user_id)
    assert assigned.assignee_id == colleague.user_id
    for nobody in (viewer.user_id, stranger.user_id, UUID(int=1)):
        for run in (
            lambda person: assign_asset(asset_id=asset.pk, by=editor, assignee=person),
            lambda person: comment_on_asset(asset_id=asset.pk, by=editor, text="x", mention=person),
        ):
            with pytest.raises(Invalid, match=r"^(Không|Nobody)"):
                run(nobody)
    assert (
        comment_on_asset(asset_id=asset.pk, by=editor, text=" Xem giúp ", mention=colleague.user_id).text == "Xem giúp"
    )
    with pytest.raises(NotFound):
        comment_on_asset(asset_id=asset.pk, by=stranger, text="x")


def test_review_steps_of_a_list_cost_no_query_a_row(agency: Agency, django_assert_num_queries: object) -> None:
    for _ in range(3):
        make_ready_asset(agency=agency)
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert {row.review_steps for row in Asset.objects.with_policy_facts()} == {1}


def test_nobody_who_is_suspended_is_offered_as_a_colleague(agency: Agency) -> None:
    asset = make_asset(agency=agency)
    colleague, suspended = make_member(agency), make_member(agency)
    Membership.objects.filter(user=suspended).update(suspended_at=Now())
    assert list(colleagues_of(asset)) == [colleague]
