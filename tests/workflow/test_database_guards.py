"""The tables in ``assets/states.py`` and the triggers agree on every pair of states."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, models, transaction
from django.db.models import TextChoices

from assets.models import Asset, AssetVersion, Nomination, Upload
from assets.states import (
    ASSET_TRANSITIONS,
    NOMINATION_TRANSITIONS,
    UPLOAD_TRANSITIONS,
    VERSION_TRANSITIONS,
    NominationState,
    UploadState,
    VersionState,
)
from permissions.policy import STATES_FOR
from permissions.vocabulary import Action, AssetState
from tests.factories import make_asset, make_ready_asset, make_upload, make_version

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def asset_in(state: TextChoices) -> models.Model:
    return make_ready_asset(state=state, published_at=NOW)


def version_in(state: TextChoices) -> models.Model:
    return make_version(make_asset(), state=VersionState(state), verified_at=NOW, sha256="0" * 64, media_type="image/x")


def upload_in(state: TextChoices) -> models.Model:
    return make_upload(state=state)


def nomination_in(state: TextChoices) -> models.Model:
    asset = make_ready_asset(state=AssetState.PUBLISHED)
    return Nomination.objects.create(asset=asset, agency=asset.agency, state=state, reason="x", **with_time(state))


def with_time(state: TextChoices) -> dict[str, Any]:
    """What the constraints ask of an upload or a nomination in this state."""
    return {"decided_at": None if state == NominationState.OPEN else NOW}


def nothing_besides(state: TextChoices) -> dict[str, Any]:
    """An asset needs nothing more in any state: it has a file and a time."""
    return {}


Maker = Callable[[TextChoices], models.Model]
LIFECYCLES: Mapping[str, tuple[Any, Mapping[Any, frozenset[Any]], Maker, Callable[[Any], dict[str, Any]]]] = {
    "asset": (Asset, ASSET_TRANSITIONS, asset_in, nothing_besides),
    "version": (
        AssetVersion,
        VERSION_TRANSITIONS,
        version_in,
        lambda state: {"rejection_code": "x" if state == VersionState.REJECTED else ""},
    ),
    "upload": (
        Upload,
        UPLOAD_TRANSITIONS,
        upload_in,
        lambda state: {"finished_at": None if state == UploadState.OPEN else NOW},
    ),
    "nomination": (Nomination, NOMINATION_TRANSITIONS, nomination_in, with_time),
}


@pytest.mark.parametrize("name", LIFECYCLES)
def test_the_database_refuses_exactly_the_transitions_that_the_table_does_not_have(name: str) -> None:
    model, table, make, besides = LIFECYCLES[name]
    taken: dict[Any, set[Any]] = {}
    refusals: list[str] = []
    for now in table:
        row = make(now)
        for then in table:
            try:
                with transaction.atomic():
                    model.objects.filter(pk=row.pk).update(state=then, **besides(then))
                    transaction.set_rollback(True)
            except DatabaseError as error:
                refusals.append(str(error))
            else:
                taken.setdefault(now, set()).add(then)
    assert taken == {now: {now, *afterwards} for now, afterwards in table.items()}
    assert all("Invalid transition" in refusal for refusal in refusals)
    assert set(table) == set(type(next(iter(table))))


LEADS_TO = {
    Action.SUBMIT: {AssetState.IN_REVIEW},
    Action.REQUEST_CHANGES: {AssetState.CHANGES_REQUESTED},
    Action.APPROVE: {AssetState.APPROVED},
    Action.SCHEDULE: {AssetState.SCHEDULED},
    Action.CANCEL_SCHEDULE: {AssetState.APPROVED, AssetState.DRAFT},
    Action.PUBLISH: {AssetState.PUBLISHED},
    Action.WITHDRAW: {AssetState.WITHDRAWN},
    Action.ARCHIVE: {AssetState.ARCHIVED},
    Action.RESTORE: {AssetState.DRAFT},
}


@pytest.mark.parametrize("action", LEADS_TO)
def test_what_the_policy_allows_in_a_state_the_table_has(action: Action) -> None:
    for state in STATES_FOR[action]:
        assert LEADS_TO[action] - {state} <= ASSET_TRANSITIONS[state]
