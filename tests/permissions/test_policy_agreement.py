"""The row filter ``Asset.objects.visible_to`` and the predicate ``can(…, VIEW, …)`` agree on random worlds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from assets.models import Asset, AssetShare
from assets.states import Kind
from permissions.actor import ANONYMOUS, Actor, actor_for_token, actor_for_user
from permissions.models import PATH_SEPARATOR, Agency, ApiToken, Membership, User
from permissions.policy import DELETABLE, can, in_window, sees_in_trash
from permissions.vocabulary import Action, AssetState, Audience, PlatformRole, Role, Scope

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
moments = st.sampled_from([None, -30 * 24 * HOUR, -HOUR, HOUR, 30 * 24 * HOUR])
scopes = st.one_of(
    st.just(frozenset(Scope)),
    st.frozensets(st.sampled_from(Scope), min_size=1),
    st.just(frozenset(Scope) - {Scope.READ}),
)


@dataclass(frozen=True, kw_only=True)
class AssetPlan:
    agency: int
    state: AssetState
    audience: Audience
    embargo: timedelta | None
    rights_end: timedelta | None
    shared_with: frozenset[int]
    release_required: bool = False
    has_release: bool = False
    consent_ends: timedelta | None = None
    lies: str = ""
    """``trash`` or ``purging``, in the states that may lie there."""
    maker: int | None = None


@dataclass(frozen=True, kw_only=True)
class ActorPlan:
    """``kind``: anonymous, user, user_token or agency_token."""

    kind: str
    memberships: dict[int, Role]
    platform_role: PlatformRole | None
    active: bool
    scopes: frozenset[Scope]
    token_agency: int
    token_role: Role
    token_end: timedelta | None
    revoked: bool


@dataclass(frozen=True, kw_only=True)
class World:
    parents: list[int | None]
    active: list[bool]
    assets: list[AssetPlan]
    actors: list[ActorPlan]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    size = draw(st.integers(1, 6))
    agencies = st.integers(0, size - 1)
    asset = st.builds(
        AssetPlan,
        agency=agencies,
        state=st.one_of(st.just(AssetState.PUBLISHED), st.sampled_from(AssetState)),
        audience=st.sampled_from(Audience),
        embargo=moments,
        rights_end=moments,
        release_required=st.booleans(),
        has_release=st.booleans(),
        consent_ends=moments,
        shared_with=st.frozensets(agencies, max_size=3),
        lies=st.sampled_from(["", "", "trash", "purging"]),
        maker=st.one_of(st.none(), st.integers(0, 3)),
    )
    actor = st.builds(
        ActorPlan,
        kind=st.sampled_from(["anonymous", "user", "user", "user_token", "agency_token"]),
        memberships=st.dictionaries(agencies, st.sampled_from(Role), max_size=3),
        platform_role=st.one_of(st.none(), st.none(), st.sampled_from(PlatformRole)),
        active=st.integers(0, 5).map(bool),
        scopes=scopes,
        token_agency=agencies,
        token_role=st.sampled_from(Role),
        token_end=st.sampled_from([None, None, HOUR, -HOUR]),
        revoked=st.integers(0, 5).map(lambda n: n == 0),
    )
    return World(
        parents=[None if i == 0 else draw(st.one_of(st.none(), st.integers(0, i - 1))) for i in range(size)],
        active=[draw(st.integers(0, 4)) != 0 for _ in range(size)],
        assets=draw(st.lists(asset, min_size=4, max_size=14)),
        actors=draw(st.lists(actor, min_size=1, max_size=4)),
    )


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def build_agencies(world: World) -> list[Agency]:
    made: list[Agency] = []
    for number, parent in enumerate(world.parents):
        identity = uuid7()
        above = made[parent] if parent is not None else None
        path = (above.path if above else "") + identity.hex + PATH_SEPARATOR
        made.append(
            Agency(
                id=identity,
                parent=above,
                path=path,
                code=f"W{number}",
                name_vi=f"W{number}",
                is_active=world.active[number],
            )
        )
    Agency.objects.bulk_create(made)
    return made


def build_assets(world: World, agencies: list[Agency], now: datetime) -> None:
    assets = [
        Asset(
            reference=f"W-{number}",
            agency=agencies[plan.agency],
            kind=Kind.ARTICLE,
            state=plan.state,
            audience=plan.audience,
            embargo_until=now + plan.embargo if plan.embargo else None,
            rights_end=now + plan.rights_end if plan.rights_end else None,
            release_required=plan.release_required,
            has_release=plan.has_release,
            consent_ends=now + plan.consent_ends if plan.consent_ends else None,
            published_at=now if plan.state == AssetState.PUBLISHED else None,
            deleted_at=now if plan.lies and plan.state in DELETABLE else None,
            purging_at=now if plan.lies == "purging" and plan.state in DELETABLE else None,
            makers=[] if plan.maker is None else [person_id(plan.maker)],
        )
        for number, plan in enumerate(world.assets)
    ]
    Asset.objects.bulk_create(assets)
    AssetShare.objects.bulk_create(
        AssetShare(asset=asset, agency=agencies[number])
        for asset, plan in zip(assets, world.assets, strict=True)
        for number in plan.shared_with
    )


def person_id(number: int) -> UUID:
    """Of the person of the actor with this number."""
    return UUID(int=number + 1)


def build_actor(plan: ActorPlan, number: int, agencies: list[Agency], now: datetime) -> Actor:
    if plan.kind == "anonymous":
        return ANONYMOUS
    user = User.objects.create(
        id=person_id(number),
        email=f"w{number}@example.vn",
        full_name="W",
        is_active=plan.active,
        platform_role=plan.platform_role or "",
    )
    Membership.objects.bulk_create(
        Membership(user=user, agency=agencies[index], role=role) for index, role in plan.memberships.items()
    )
    if plan.kind == "user":
        return actor_for_user(user)
    of_agency = plan.kind == "agency_token"
    token = ApiToken.objects.create(
        name="w",
        prefix=f"w{number}",
        digest=f"w{number}",
        user=None if of_agency else user,
        agency=agencies[plan.token_agency] if of_agency else None,
        role=plan.token_role if of_agency else "",
        scopes=[str(scope) for scope in plan.scopes],
        expires_at=now + plan.token_end if plan.token_end else None,
        revoked_at=now if plan.revoked else None,
        created_by=user,
    )
    return actor_for_token(token, now=now)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(world=worlds())
def test_the_row_filter_and_the_predicate_agree_on_every_world(world: World) -> None:
    with transaction.atomic():
        now = database_now()
        agencies = build_agencies(world)
        build_assets(world, agencies, now)
        for number, plan in enumerate(world.actors):
            actor = build_actor(plan, number, agencies, now)
            by_rows = set(Asset.objects.visible_to(actor).values_list("reference", flat=True))
            rows = Asset.objects.with_policy_facts()
            by_predicate = {a.reference for a in rows if can(actor, Action.VIEW, a, now=a.database_now)}
            assert by_rows == by_predicate
            assert Asset.objects.visible_to(actor).count() == len(by_predicate)
            in_trash = set(Asset.objects.trashed_for(actor).values_list("reference", flat=True))
            assert in_trash == {a.reference for a in rows if sees_in_trash(actor, a)}
            assert not in_trash & by_rows
            event(f"{plan.kind} sees {'nothing' if not by_rows else 'something'}")
        transaction.set_rollback(True)


@pytest.mark.parametrize("platform_role", [None, *PlatformRole])
@pytest.mark.parametrize("role", [None, *Role])
def test_they_agree_on_every_state_audience_and_window_for_every_role(
    role: Role | None, platform_role: PlatformRole | None
) -> None:
    """Not random: all 8 x 4 x 3 x 3 assets, at home, in a named agency and elsewhere."""
    plans = [
        AssetPlan(agency=agency, state=state, audience=audience, embargo=embargo, rights_end=end, shared_with=shared)
        for agency, shared in ((0, frozenset[int]()), (2, frozenset({1})), (2, frozenset({2})))
        for state in AssetState
        for audience in Audience
        for embargo in (None, -HOUR, HOUR)
        for end in (None, -HOUR, HOUR)
    ]
    world = World(parents=[None, 0, None], active=[True] * 3, assets=plans, actors=[])
    now = database_now()
    agencies = build_agencies(world)
    build_assets(world, agencies, now)
    user = User.objects.create(email="all@example.vn", full_name="W", platform_role=platform_role or "")
    if role is not None:
        Membership.objects.create(user=user, agency=agencies[0], role=role)
    actor = actor_for_user(user)
    by_rows = set(Asset.objects.visible_to(actor).values_list("reference", flat=True))
    rows = Asset.objects.with_policy_facts()
    assert by_rows == {a.reference for a in rows if can(actor, Action.VIEW, a, now=a.database_now)}
    assert by_rows


@pytest.mark.parametrize("platform_role", [None, *PlatformRole])
@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.CONTRIBUTOR])
def test_they_agree_on_every_release_for_every_audience(role: Role | None, platform_role: PlatformRole | None) -> None:
    plans = [
        AssetPlan(
            agency=0,
            state=state,
            audience=audience,
            embargo=None,
            rights_end=None,
            shared_with=frozenset({1}),
            release_required=required,
            has_release=given,
            consent_ends=end,
        )
        for state in (AssetState.DRAFT, AssetState.PUBLISHED, AssetState.WITHDRAWN)
        for audience in Audience
        for required in (False, True)
        for given in (False, True)
        for end in (None, -HOUR, HOUR)
    ]
    world = World(parents=[None, None], active=[True] * 2, assets=plans, actors=[])
    now = database_now()
    agencies = build_agencies(world)
    build_assets(world, agencies, now)
    user = User.objects.create(email="all@example.vn", full_name="W", platform_role=platform_role or "")
    if role is not None:
        Membership.objects.create(user=user, agency=agencies[0], role=role)
        Membership.objects.create(user=user, agency=agencies[1], role=Role.VIEWER)
    actor = actor_for_user(user)
    by_rows = set(Asset.objects.visible_to(actor).values_list("reference", flat=True))
    rows = Asset.objects.with_policy_facts()
    assert by_rows == {a.reference for a in rows if can(actor, Action.VIEW, a, now=a.database_now)}
    assert by_rows


@dataclass(frozen=True, kw_only=True)
class Window:
    embargo_until: datetime | None = None
    rights_end: datetime | None = None
    release_required: bool = False
    has_release: bool = False
    consent_ends: datetime | None = None
    agency_path: str = "a/"
    state: str = AssetState.PUBLISHED
    audience: str = Audience.PUBLIC
    shared_paths: tuple[str, ...] = ()
    is_rejected: bool = False
    in_trash: bool = False
    is_purging: bool = False
    is_held: bool = False
    held_by_platform: bool = False
    is_verified: bool = True
    is_processed: bool = True


def test_the_window_is_open_from_the_embargo_s_end_and_shut_at_the_end_of_the_rights() -> None:
    now = datetime.fromisoformat("2026-11-21T08:00:00+00:00")
    instant = timedelta(microseconds=1)
    assert in_window(Window(embargo_until=now), now) is None
    assert in_window(Window(embargo_until=now + instant), now) == "under_embargo"
    assert in_window(Window(rights_end=now + instant), now) is None
    assert in_window(Window(rights_end=now), now) == "rights_ended"


def test_the_window_shuts_when_a_release_ends_and_is_not_open_while_one_that_is_needed_is_missing() -> None:
    now = datetime.fromisoformat("2026-11-21T08:00:00+00:00")
    instant = timedelta(microseconds=1)
    assert in_window(Window(has_release=True, consent_ends=now + instant), now) is None
    assert in_window(Window(has_release=True, consent_ends=now), now) == "release_ended"
    assert in_window(Window(release_required=True), now) == "release_missing"
    assert in_window(Window(release_required=True, audience=Audience.AGENCY), now) is None
    assert in_window(Window(release_required=True, has_release=True), now) is None
    ended = Window(audience=Audience.AGENCY, has_release=True, consent_ends=now)
    assert in_window(ended, now) == "release_ended"
