"""The row filter of what one may edit and ``can(…, EDIT, …)`` agree on every state, for every role."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from assets.models import Asset
from permissions.editable_rows import editable_assets
from permissions.policy import can
from permissions.vocabulary import Action
from tests.permissions.test_policy_agreement import (
    World,
    build_actor,
    build_agencies,
    build_assets,
    database_now,
    worlds,
)

pytestmark = pytest.mark.django_db


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(world=worlds())
def test_what_is_listed_as_editable_is_what_may_be_edited(world: World) -> None:
    with transaction.atomic():
        now = database_now()
        agencies = build_agencies(world)
        build_assets(world, agencies, now)
        for number, plan in enumerate(world.actors):
            actor = build_actor(plan, number, agencies, now)
            listed = Asset.objects.visible_to(actor).filter(editable_assets(actor))
            rows = Asset.objects.with_policy_facts()
            by_predicate = {row.pk for row in rows if can(actor, Action.EDIT, row, now=row.database_now)}
            assert set(listed.values_list("pk", flat=True)) == by_predicate
        transaction.set_rollback(True)
