"""Publication at a time: by the database's clock, once, and not when it was cancelled or moved."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.models import Asset, ParityPolicy, WorkflowEvent
from assets.parity import TextsMissing
from assets.queue import PUBLISH_SCHEDULED
from assets.states import VersionState, WorkflowAct
from assets.usecases.assets_approve import approve_asset
from assets.usecases.assets_cancel_schedule import cancel_schedule
from assets.usecases.assets_publish import publish_asset
from assets.usecases.assets_publish_due import publish_all_due, publish_due
from assets.usecases.assets_schedule import schedule_asset
from assets.usecases.assets_submit import submit_for_review
from permissions.actor import Actor, actor_for_user
from permissions.errors import Invalid, NotAllowed
from permissions.models import Agency, AuditEvent
from permissions.usecases.agencies_move import move_agency
from permissions.vocabulary import AssetState, PlatformRole, Role
from tests.factories import actor_in, make_agency, make_ready_asset, make_user
from transcoding.worker import CLOCK_SECONDS, POLL_SECONDS, publish_what_is_due

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def database_now(asset: Asset) -> datetime:
    return Asset.objects.with_policy_facts().get(pk=asset.pk).database_now


@pytest.fixture
def asset() -> Asset:
    return make_ready_asset()


@pytest.fixture
def editor(asset: Asset) -> Actor:
    return actor_in(asset.agency, Role.EDITOR)


@pytest.fixture(params=[-HOUR, timedelta(), HOUR], ids=["an hour slow", "right", "an hour fast"])
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock of the web server and of the worker."""
    true_now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: true_now() + request.param)
    return


def schedule(asset: Asset, editor: Actor, *, due: bool) -> None:
    """Schedule it for an hour from now; ``due`` lets that hour pass."""
    schedule_asset(asset_id=asset.pk, by=editor, at=database_now(asset) + HOUR)
    if due:
        let_an_hour_pass(asset)


def let_an_hour_pass(asset: Asset) -> None:
    Asset.objects.filter(pk=asset.pk).update(scheduled_for=F("scheduled_for") - HOUR)


@pytest.mark.usefixtures("wrong_clock")
def test_it_is_published_at_the_database_s_time_whatever_other_clocks_say(asset: Asset, editor: Actor) -> None:
    schedule(asset, editor, due=False)
    assert publish_due(asset.pk) is False
    let_an_hour_pass(asset)
    before = database_now(asset)
    assert publish_due(asset.pk) is True
    asset.refresh_from_db()
    assert (asset.state, asset.scheduled_for) == (AssetState.PUBLISHED, None)
    assert asset.published_at is not None
    assert before <= asset.published_at <= database_now(asset)


def test_it_is_published_in_the_name_of_who_scheduled_it_by_the_clock(asset: Asset, editor: Actor) -> None:
    schedule(asset, editor, due=True)
    assert publish_all_due() == 1
    asset.refresh_from_db()
    assert asset.published_by_id == editor.user_id
    assert AuditEvent.objects.get(target=asset.pk, act="asset.published").user_id is None


def test_running_the_job_again_publishes_nothing_twice(asset: Asset, editor: Actor) -> None:
    schedule(asset, editor, due=True)
    assert [publish_due(asset.pk), publish_due(asset.pk), publish_all_due()] == [True, False, 0]
    assert WorkflowEvent.objects.filter(asset=asset, act=WorkflowAct.PUBLISHED).count() == 1


def test_what_was_cancelled_or_moved_is_not_published(asset: Asset, editor: Actor) -> None:
    schedule(asset, editor, due=True)
    cancel_schedule(asset_id=asset.pk, by=editor)
    assert publish_due(asset.pk) is False
    schedule(asset, editor, due=True)
    schedule_asset(asset_id=asset.pk, by=editor, at=database_now(asset) + 2 * HOUR)
    assert publish_due(asset.pk) is False


def test_a_file_that_is_processed_again_keeps_it_waiting(asset: Asset, editor: Actor) -> None:
    schedule(asset, editor, due=True)
    version = asset.current_version
    assert version is not None
    version.state = VersionState.PROCESSING
    version.save(update_fields=["state"])
    assert publish_all_due() == 0
    version.state = VersionState.READY
    version.save(update_fields=["state"])
    assert publish_all_due() == 1


def rejected(asset: Asset) -> None:
    assert asset.current_version is not None
    asset.current_version.state = VersionState.PROCESSING
    asset.current_version.save(update_fields=["state"])
    asset.current_version.state = VersionState.REJECTED
    asset.current_version.rejection_code = "unreadable"
    asset.current_version.save(update_fields=["state", "rejection_code"])


def texts_asked_for(asset: Asset) -> None:
    ParityPolicy.objects.create(agency=asset.agency, requirements={asset.audience: {"en": ["title"]}})


def release_ended(asset: Asset) -> None:
    Asset.objects.filter(pk=asset.pk).update(consent_ends=database_now(asset) - HOUR)


def now_below_who_asks_for_reviews(asset: Asset) -> None:
    Agency.objects.filter(pk=asset.agency_id).update(review_steps=None)
    strict = make_agency(review_steps=1)
    operator = actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
    move_agency(agency_id=asset.agency_id, parent_id=strict.pk, by=operator)


@pytest.mark.parametrize("obstacle", [rejected, texts_asked_for, release_ended, now_below_who_asks_for_reviews])
def test_what_became_unpublishable_loses_its_schedule_and_says_why(
    asset: Asset, editor: Actor, obstacle: Callable[[Asset], None]
) -> None:
    schedule(asset, editor, due=True)
    obstacle(asset)
    assert publish_all_due() == 0
    asset.refresh_from_db()
    assert (asset.state, asset.scheduled_for) == (AssetState.DRAFT, None)
    said = WorkflowEvent.objects.get(asset=asset, act=WorkflowAct.SCHEDULE_CANCELLED)
    assert said.user_id is None
    assert said.comment
    assert publish_all_due() == 0
    assert WorkflowEvent.objects.filter(asset=asset, act=WorkflowAct.SCHEDULE_CANCELLED).count() == 1


def test_what_an_earlier_policy_approved_waits_for_the_approvals_that_are_missing(asset: Asset) -> None:
    Agency.objects.filter(pk=asset.agency_id).update(review_steps=1)
    author, *editors = (actor_in(asset.agency, Role.EDITOR) for _ in range(3))
    submit_for_review(asset_id=asset.pk, by=author)
    approve_asset(asset_id=asset.pk, by=editors[0])
    schedule(asset, author, due=True)
    Agency.objects.filter(pk=asset.agency_id).update(review_steps=2)
    with pytest.raises(NotAllowed) as refused:
        publish_asset(asset_id=asset.pk, by=author)
    assert refused.value.reason == "review_needed"
    assert publish_all_due() == 0
    asset.refresh_from_db()
    assert (asset.state, asset.approved_by) == (AssetState.IN_REVIEW, [editors[0].user_id])
    assert WorkflowEvent.objects.get(asset=asset, act=WorkflowAct.SCHEDULE_CANCELLED).comment
    approve_asset(asset_id=asset.pk, by=editors[1])
    schedule(asset, author, due=True)
    assert publish_all_due() == 1


def test_what_lacks_texts_is_not_scheduled_at_all(asset: Asset, editor: Actor) -> None:
    texts_asked_for(asset)
    with pytest.raises(TextsMissing):
        schedule(asset, editor, due=False)


def test_a_time_that_has_passed_is_refused(asset: Asset, editor: Actor) -> None:
    with pytest.raises(Invalid):
        schedule_asset(asset_id=asset.pk, by=editor, at=database_now(asset))
    assert not ProcrastinateJob.objects.filter(task_name=PUBLISH_SCHEDULED).exists()


def test_the_job_is_queued_with_the_schedule_for_its_time(asset: Asset, editor: Actor) -> None:
    schedule(asset, editor, due=False)
    asset.refresh_from_db()
    job = ProcrastinateJob.objects.get(task_name=PUBLISH_SCHEDULED)
    assert (job.args, job.scheduled_at) == ({"asset_id": str(asset.pk)}, asset.scheduled_for)


def test_the_looks_at_the_queue_and_at_the_schedule_leave_room_within_five_seconds() -> None:
    assert max(POLL_SECONDS, CLOCK_SECONDS) * 2 <= 5


@pytest.mark.django_db(transaction=True)
def test_every_worker_s_clock_publishes_too(asset: Asset, editor: Actor) -> None:
    schedule(asset, editor, due=True)
    assert publish_what_is_due() == 1
    asset.refresh_from_db()
    assert asset.state == AssetState.PUBLISHED
