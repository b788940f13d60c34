"""Two people at the same moment: one of them is told, nothing happens twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import OperationalError, connection, transaction

from assets.access import RevisionChanged
from assets.models import Asset, WorkflowEvent
from assets.states import NominationState, WorkflowAct
from assets.usecases.assets_approve import approve_asset
from assets.usecases.assets_edit import edit_asset
from assets.usecases.assets_submit import submit_for_review
from assets.usecases.assets_withdraw import withdraw_asset
from assets.usecases.nominations_decide import accept_nomination
from assets.usecases.nominations_make import nominate_asset
from permissions.actor import Actor, actor_for_user
from permissions.errors import DomainError
from permissions.vocabulary import AssetState, PlatformRole, Role
from tests.factories import actor_in, make_agency, make_ready_asset, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: Callable[[], object]) -> list[object]:
    """Run all at once, each on a connection of its own; what each returned or was told."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            return act()
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def impatiently(act: Callable[[], object]) -> object:
    """What it returned or was told, by a connection of its own that waits for no lock."""

    def run() -> object:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '50ms'")
            return act()
        except (DomainError, OperationalError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def submitted(steps: int) -> tuple[Asset, list[Actor]]:
    agency = make_agency(review_steps=steps)
    author, *editors = (actor_in(agency, Role.EDITOR) for _ in range(4))
    asset = make_ready_asset(agency=agency, created_by_id=author.user_id)
    return submit_for_review(asset_id=asset.pk, by=author), editors


@pytest.mark.parametrize("with_revision", [True, False])
@pytest.mark.parametrize("steps", [1, 2])
def test_of_approvals_at_once_only_as_many_count_as_are_needed(steps: int, with_revision: bool) -> None:
    asset, editors = submitted(steps)
    revision = asset.revision if with_revision else None

    def act(editor: Actor) -> Callable[[], object]:
        return lambda: approve_asset(asset_id=asset.pk, by=editor, revision=revision)

    answers = together(*(act(editor) for editor in editors))
    refused = [answer for answer in answers if isinstance(answer, DomainError)]
    approved = 1 if with_revision else steps
    assert len(refused) == len(editors) - approved
    for refusal in refused:
        assert isinstance(refusal, RevisionChanged) if with_revision else refusal.reason == "wrong_state"
    asset.refresh_from_db()
    assert len(set(asset.approved_by)) == len(asset.approved_by) == approved
    assert asset.state == (AssetState.APPROVED if approved == steps else AssetState.IN_REVIEW)
    assert WorkflowEvent.objects.filter(asset=asset, act=WorkflowAct.APPROVED).count() == approved


def test_an_edit_and_an_approval_at_once_never_leave_an_approval_of_other_words() -> None:
    asset, (first, second, _) = submitted(1)
    together(
        lambda: approve_asset(asset_id=asset.pk, by=first),
        lambda: edit_asset(asset_id=asset.pk, by=second, fields={"author": "x"}),
    )
    asset.refresh_from_db()
    last = WorkflowEvent.objects.filter(asset=asset).first()
    assert last is not None
    if asset.state == AssetState.APPROVED:  # the edit came first: it is the edited content that was approved
        assert (last.act, last.revision) == (WorkflowAct.APPROVED, asset.revision)
    else:
        assert (asset.state, asset.approved_by) == (AssetState.IN_REVIEW, [])


@pytest.mark.parametrize("withdrawn", [True, False])
def test_the_desk_accepts_nothing_while_it_is_being_withdrawn(withdrawn: bool) -> None:
    agency = make_agency(review_steps=0)
    asset, editor = make_ready_asset(agency=agency, state=AssetState.PUBLISHED), actor_in(agency, Role.EDITOR)
    nomination = nominate_asset(asset_id=asset.pk, by=editor)
    desk = actor_for_user(make_user(platform_role=PlatformRole.CENTRAL_EDITOR))

    def accept() -> object:
        return accept_nomination(nomination_id=nomination.pk, by=desk, national={})

    with transaction.atomic():
        withdraw_asset(asset_id=asset.pk, by=editor, reason="Sai")
        assert isinstance(impatiently(accept), OperationalError), "it waits for the end of the withdrawal"
        transaction.set_rollback(not withdrawn)
    answer = impatiently(accept)
    nomination.refresh_from_db()
    if withdrawn:
        assert isinstance(answer, DomainError)
        assert (answer.reason, nomination.state) == ("wrong_state", NominationState.OPEN)
    else:
        assert nomination.state == NominationState.ACCEPTED
