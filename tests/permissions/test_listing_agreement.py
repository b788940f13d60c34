"""Lists are put together from the places where somebody sees anything: they hold what ``policy.can`` allows, no more
and no less, whatever is asked for."""

from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.lists import arms
from assets.lists.newest import Newest
from assets.models import Asset, AssetQuerySet
from assets.queries import newest, newest_rows
from assets.search import refresh_entries
from assets.search.query import SearchQuery
from permissions.policy import can
from permissions.vocabulary import Action, AssetState, Audience, Role, Scope
from tests.permissions.test_policy_agreement import (
    ActorPlan,
    AssetPlan,
    World,
    build_actor,
    build_agencies,
    build_assets,
    database_now,
    worlds,
)

pytestmark = pytest.mark.django_db

SMALL = 3
limits = st.sampled_from([0, 1, 400])


def shown(rows: AssetQuerySet) -> AssetQuerySet:
    return rows.with_policy_facts()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """``most_agencies`` and ``most_shared`` vary, so that each way to look is taken in small worlds too."""

    state: AssetState | None
    audience: Audience | None
    below: int | None
    searching: bool
    most_agencies: int
    most_shared: int


@st.composite
def crowded_worlds(draw: st.DrawFn) -> World:
    """A world with a ministry, whose reader sees works of another agency that are shared with several of its
    departments at once: more of them than a page holds, anywhere among the others."""
    world = draw(worlds())
    ministry = len(world.parents)
    departments = range(ministry + 1, ministry + 4)
    shared = st.builds(
        AssetPlan,
        agency=st.just(ministry + 4),
        state=st.just(AssetState.PUBLISHED),
        audience=st.just(Audience.SHARED),
        embargo=st.none(),
        rights_end=st.none(),
        shared_with=st.frozensets(st.sampled_from(departments), min_size=2),
    )
    reader = ActorPlan(
        kind="user",
        memberships={ministry: draw(st.sampled_from([Role.VIEWER, Role.CONTRIBUTOR]))},
        platform_role=None,
        active=True,
        scopes=frozenset(Scope),
        token_agency=ministry,
        token_role=Role.VIEWER,
        token_end=None,
        revoked=False,
    )
    return replace(
        world,
        parents=[*world.parents, None, *[ministry] * len(departments), None],
        active=[*world.active, *[True] * (len(departments) + 2)],
        assets=draw(st.permutations(world.assets + draw(st.lists(shared, min_size=SMALL + 1, max_size=3 * SMALL)))),
        actors=[*world.actors, reader],
    )


asked_for = st.builds(
    Asked,
    state=st.none() | st.sampled_from(AssetState),
    audience=st.none() | st.sampled_from(Audience),
    below=st.none() | st.integers(0, 5),
    searching=st.booleans(),
    most_agencies=limits,
    most_shared=limits,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(world=worlds(), asked=asked_for)
def test_pages_of_every_world_hold_exactly_what_the_policy_allows(world: World, asked: Asked) -> None:
    _hold_what_the_policy_allows(world, asked)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(world=crowded_worlds(), searching=st.booleans())
def test_what_is_shared_with_several_agencies_of_a_reader_is_on_the_pages_once(world: World, searching: bool) -> None:
    everything = Asked(state=None, audience=None, below=None, searching=searching, most_agencies=400, most_shared=40)
    _hold_what_the_policy_allows(world, everything)


def _hold_what_the_policy_allows(world: World, asked: Asked) -> None:
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(arms, "MOST_AGENCIES", asked.most_agencies)
        patch.setattr(arms, "MOST_SHARED", asked.most_shared)
        now = database_now()
        agencies = build_agencies(world)
        build_assets(world, agencies, now)
        if asked.searching:
            Asset.objects.update(place="Long Biên")
            refresh_entries(Asset.objects.values_list("pk", flat=True))
        agency = agencies[asked.below % len(agencies)] if asked.below is not None else None
        search = "biên" if asked.searching else ""
        filters = SearchQuery(agency=agency, state=asked.state, audience=asked.audience, words=search)
        for number, plan in enumerate(world.actors):
            actor = build_actor(plan, number, agencies, now)
            wanted = [
                asset.pk
                for asset in shown(Asset.objects.order_by("-pk"))
                if can(actor, Action.VIEW, asset, now=asset.database_now)
                and asked.state in {None, asset.state}
                and asked.audience in {None, asset.audience}
                and (agency is None or asset.agency_path.startswith(agency.path))
            ]
            for rows in (newest(actor, filters), newest_rows(actor, filters, shown=shown)):
                assert [work.id for work in rows[0:100]] == wanted
                assert [work.id for work in rows.order_by("pk")[0:100]] == wanted[::-1]
                assert _in_pages(rows) == wanted
        transaction.set_rollback(True)


def _in_pages(rows: Newest) -> list[UUID]:
    """As readers go through them: a page that is not full is the last one."""
    found: list[UUID] = []
    page = rows[0:SMALL]
    while len(page) == SMALL:
        found += [work.id for work in page]
        page = rows.filter(pk__lt=found[-1])[0:SMALL]
    return found + [work.id for work in page]
