"""An installation with works that were withdrawn before the moment had a column."""

import importlib
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps

from assets.models import Asset, WorkflowEvent
from assets.states import WorkflowAct
from permissions.models import AuditEvent
from permissions.vocabulary import AssetState
from tests.factories import make_ready_asset

pytestmark = pytest.mark.django_db
THEN = datetime(2026, 3, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def event(asset: Asset, act: WorkflowAct, at: datetime) -> None:
    before, after = AssetState.PUBLISHED, AssetState(asset.state)
    WorkflowEvent.objects.create(asset=asset, act=act, at=at, before=before, after=after, revision=1)


def test_each_gets_its_last_withdrawal_by_its_history_or_by_the_record() -> None:
    twice, archived, before_the_history, unknown = (
        make_ready_asset(state=state)
        for state in (AssetState.WITHDRAWN, AssetState.ARCHIVED, AssetState.WITHDRAWN, AssetState.WITHDRAWN)
    )
    shown_again = make_ready_asset(state=AssetState.PUBLISHED)
    event(twice, WorkflowAct.WITHDRAWN, THEN)
    event(twice, WorkflowAct.WITHDRAWN, THEN + DAY)
    event(archived, WorkflowAct.WITHDRAWN, THEN)
    event(archived, WorkflowAct.ARCHIVED, THEN + DAY)
    event(shown_again, WorkflowAct.WITHDRAWN, THEN)
    for asset, at in ((twice, THEN - DAY), (before_the_history, THEN), (before_the_history, THEN - DAY)):
        AuditEvent.objects.create(act="asset.withdrawn", target=asset.pk, agency=asset.agency, at=at)
    importlib.import_module("assets.migrations.0011_withdrawn_at").when_withdrawn(apps, None)
    found = dict(Asset.objects.values_list("pk", "withdrawn_at"))
    assert found == {
        twice.pk: THEN + DAY,
        archived.pk: THEN,
        before_the_history.pk: THEN,
        unknown.pk: None,
        shown_again.pk: None,
    }
