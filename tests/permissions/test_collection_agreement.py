"""The row filter of collections and its predicate agree, and a collection opens no asset."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.models import Asset, Collection, CollectionItem, CollectionShare
from assets.usecases.collections_edit import items_for
from permissions.collections import sees_collection
from permissions.policy import can
from permissions.vocabulary import Action, Audience
from tests.permissions.test_policy_agreement import (
    World,
    build_actor,
    build_agencies,
    build_assets,
    database_now,
    worlds,
)

pytestmark = pytest.mark.django_db
plans = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(Audience), st.frozensets(st.integers(0, 5), max_size=2)),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(world=worlds(), collections=plans)
def test_the_row_filter_and_the_predicate_of_collections_agree(
    world: World, collections: list[tuple[int, Audience, frozenset[int]]]
) -> None:
    with transaction.atomic():
        now = database_now()
        agencies = build_agencies(world)
        build_assets(world, agencies, now)
        for number, (agency, audience, shared) in enumerate(collections):
            made = Collection.objects.create(
                agency=agencies[agency % len(agencies)], title=f"W{number}", audience=audience
            )
            for index in {index % len(agencies) for index in shared}:
                CollectionShare.objects.create(collection=made, agency=agencies[index])
            CollectionItem.objects.bulk_create(
                CollectionItem(collection=made, asset=asset, position=place)
                for place, asset in enumerate(Asset.objects.order_by("-pk"), start=1)
            )
        for number, plan in enumerate(world.actors):
            actor = build_actor(plan, number, agencies, now)
            rows = Collection.objects.with_policy_facts()
            by_predicate = {row.pk for row in rows if sees_collection(actor, row)}
            assert set(Collection.objects.visible_to(actor).values_list("pk", flat=True)) == by_predicate
            facts = {asset.pk: asset for asset in Asset.objects.with_policy_facts()}
            for collection in rows:
                for item in items_for(actor, collection):
                    asset = facts[item.asset_id]
                    assert can(actor, Action.VIEW, asset, now=asset.database_now)
        transaction.set_rollback(True)
