"""Random people doing random things: no illegal state, no self-approval, nothing published unseen."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from assets.models import Asset, WorkflowEvent
from assets.states import ASSET_TRANSITIONS, Kind, WorkflowAct
from assets.usecases.assets_approve import approve_asset
from assets.usecases.assets_archive import archive_asset
from assets.usecases.assets_cancel_schedule import cancel_schedule
from assets.usecases.assets_edit import edit_asset
from assets.usecases.assets_publish import publish_asset
from assets.usecases.assets_publish_due import publish_due
from assets.usecases.assets_request_changes import request_changes
from assets.usecases.assets_restore import restore_asset
from assets.usecases.assets_schedule import schedule_asset
from assets.usecases.assets_submit import submit_for_review
from assets.usecases.assets_withdraw import withdraw_asset
from permissions.actor import ANONYMOUS, Actor, actor_for_user
from permissions.errors import DomainError
from permissions.models import Agency, AuditEvent
from permissions.policy import can
from permissions.vocabulary import Action, AssetState, PlatformRole, Role
from tests.factories import actor_in, make_agency, make_asset, make_user

HOUR = timedelta(hours=1)
SIMPLE: dict[Action, Any] = {
    Action.SUBMIT: submit_for_review,
    Action.APPROVE: approve_asset,
    Action.PUBLISH: publish_asset,
    Action.CANCEL_SCHEDULE: cancel_schedule,
    Action.ARCHIVE: archive_asset,
    Action.RESTORE: restore_asset,
}
people = st.integers(0, 7)


class Newsroom(RuleBasedStateMachine):
    @initialize(steps=st.integers(0, 2), author=st.integers(1, 4))
    def open(self, steps: int, author: int) -> None:
        self.agency = make_agency(review_steps=steps)
        roles = (Role.VIEWER, Role.CONTRIBUTOR, Role.CONTRIBUTOR, Role.EDITOR, Role.EDITOR, Role.AGENCY_ADMIN)
        self.people: list[Actor] = [actor_in(self.agency, role) for role in roles]
        desk = make_user(platform_role=PlatformRole.CENTRAL_EDITOR)
        self.people += [actor_in(make_agency(), Role.AGENCY_ADMIN), actor_for_user(desk)]
        made_by = self.people[author].user_id
        assert made_by is not None
        self.asset_id = make_asset(agency=self.agency, kind=Kind.ARTICLE, created_by_id=made_by).pk
        self.authors: set[UUID] = {made_by}
        self.approvers: set[UUID] = set()
        self.state = AssetState.DRAFT

    def asset(self) -> Asset:
        return Asset.objects.with_policy_facts().get(pk=self.asset_id)

    def attempt(self, who: int, action: Action, run: Any, **said: Any) -> bool:
        """Whether it was done; the policy said beforehand whether it would be."""
        actor, before = self.people[who], self.asset()
        foreseen = can(actor, action, before, now=before.database_now)
        try:
            with transaction.atomic():
                run(asset_id=self.asset_id, by=actor, **said)
        except DomainError:
            assert not foreseen
            assert self.asset().revision == before.revision
            return False
        assert foreseen
        assert self.asset().revision == before.revision + 1
        return True

    @rule(who=people, action=st.sampled_from(list(SIMPLE)))
    def act(self, who: int, action: Action) -> None:
        done = self.attempt(who, action, SIMPLE[action])
        user = self.people[who].user_id
        assert user is not None
        if done and action is Action.APPROVE:
            assert user not in self.authors | self.approvers
            self.approvers.add(user)
        if done and action in {Action.SUBMIT, Action.RESTORE}:
            self.approvers.clear()
        if done and action is Action.PUBLISH:
            self.check_published()

    @rule(who=people)
    def edit(self, who: int) -> None:
        if self.attempt(who, Action.EDIT, edit_asset, fields={"author": f"{who}"}):
            user = self.people[who].user_id
            assert user is not None
            self.authors.add(user)
            self.approvers.clear()
            assert self.asset().state != AssetState.APPROVED

    @rule(who=people)
    def send_back(self, who: int) -> None:
        if self.attempt(who, Action.REQUEST_CHANGES, request_changes, comment="x"):
            self.approvers.clear()

    @rule(who=people)
    def withdraw(self, who: int) -> None:
        self.attempt(who, Action.WITHDRAW, withdraw_asset, reason="x")

    @rule(who=people)
    def schedule(self, who: int) -> None:
        self.attempt(who, Action.SCHEDULE, schedule_asset, at=self.asset().database_now + HOUR)

    @rule(time_has_come=st.booleans())
    def clock(self, time_has_come: bool) -> None:
        before = self.asset()
        if time_has_come and before.scheduled_for is not None:
            Asset.objects.filter(pk=self.asset_id).update(scheduled_for=before.database_now - HOUR)
        due = before.state == AssetState.SCHEDULED and time_has_come
        if publish_due(self.asset_id):
            assert due
            self.check_published()

    @rule(steps=st.integers(0, 2))
    def change_the_policy(self, steps: int) -> None:
        Agency.objects.filter(pk=self.agency.pk).update(review_steps=steps)

    def check_published(self) -> None:
        """Where a review was asked for, enough others approved exactly what is published."""
        asset = self.asset()
        assert set(asset.approved_by) == self.approvers
        through_review = WorkflowEvent.objects.filter(asset=asset, act=WorkflowAct.PUBLISHED).first()
        assert through_review is not None
        assert len(self.approvers) >= asset.review_steps
        assert self.approvers or through_review.before != AssetState.APPROVED

    @invariant()
    def only_legal_steps_were_taken(self) -> None:
        asset = self.asset()
        now = AssetState(asset.state)
        assert now is self.state or now in ASSET_TRANSITIONS[self.state]
        self.state = now
        assert not asset.made_by & set(asset.approved_by)  # type: ignore[operator]
        assert set(asset.approved_by) == self.approvers
        assert AuditEvent.objects.filter(target=asset.pk).count() >= WorkflowEvent.objects.filter(asset=asset).count()

    @invariant()
    def the_predicate_and_the_row_filter_agree(self) -> None:
        asset = self.asset()
        for actor in (*self.people, ANONYMOUS):
            seen = Asset.objects.visible_to(actor).filter(pk=self.asset_id).exists()
            assert seen == bool(can(actor, Action.VIEW, asset, now=asset.database_now))


@pytest.mark.django_db
def test_whatever_people_do_nobody_approves_their_own_work_and_no_state_is_illegal() -> None:
    run_state_machine_as_test(
        Newsroom,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
