# ruff: noqa: T201 - it prints what it measured
"""Lists, rights and work at 5,000 agencies and a million assets, beside the same queries without permissions.

    python -m pytest -s tests/bench/bench_scale.py           # BENCH_ASSETS=1000000 BENCH_EVENTS=1000000 BENCH_ROUNDS=7

The world (``world.py``) is built once a run: five minutes for a million. With ``--reuse-db`` and a server named by
``MEDIACENTER_TEST_DATABASE_URL`` it stays for the next one. Rounds alternate; medians and their ratio are printed, with
the 95th percentile of ours. "Bare" is the same list, with the same filters and the same answer, of all assets.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.test import APIRequestFactory, force_authenticate

import api.views.assets
from api.authentication import Credentials
from api.presenters import for_lists
from api.urls import urlpatterns
from assets.lists.newest import Newest
from assets.lists.sought import Narrow
from assets.models import Asset, AssetQuerySet
from assets.queries import newest_rows
from assets.search.query import SearchQuery
from permissions.actor import ANONYMOUS, Actor, Grant
from permissions.models import Agency, User
from permissions.policy import can
from permissions.rights import may
from permissions.usecases.agencies_move import move_agency
from permissions.vocabulary import Action, PlatformRole, Role, Use
from tests.bench.world import Sizes, build

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(3600)]
ASSETS = int(os.environ.get("BENCH_ASSETS", "100000"))
EVENTS = int(os.environ.get("BENCH_EVENTS", str(ASSETS)))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
PAGE = 25
VIEWS = {pattern.name: pattern.callback for pattern in urlpatterns}
Timed = Callable[[], object]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Agency]]:
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")  # as the embedded server has it
        if Asset.objects.count() != ASSETS:
            print(f"\nbuilt in {build(Sizes(assets=ASSETS, events=EVENTS)):.0f} s")
        print(f"\nload {os.getloadavg()[0]:.1f}, {ASSETS} assets, {Agency.objects.count()} agencies, {ROUNDS} rounds")
        provinces = sorted((a for a in Agency.objects.all() if a.depth == 2), key=lambda a: -len(below(a)))
        leaves = [agency for agency in Agency.objects.all() if agency.depth == 5]
        yield {"province": provinces[0], "small": provinces[-5], "leaf": leaves[100], "other": leaves[-100]}


def below(agency: Agency) -> list[UUID]:
    return list(Agency.objects.filter(path__startswith=agency.path).values_list("pk", flat=True))


def actor(*agencies: Agency, role: Role = Role.VIEWER, platform_role: PlatformRole | None = None) -> Actor:
    grants = tuple(Grant(agency_id=agency.pk, path=agency.path, role=role) for agency in agencies)
    return Actor(user_id=User.objects.order_by("pk")[0].pk, grants=grants, platform_role=platform_role)


def people(world: dict[str, Agency]) -> dict[str, Actor]:
    fourth = [agency for agency in Agency.objects.all() if agency.depth == 4]
    token = actor(world["leaf"], role=Role.CONTRIBUTOR)
    return {
        "anonymous": ANONYMOUS,
        "viewer, leaf": actor(world["leaf"]),
        "agency token, leaf": Actor(token_id=UUID(int=7), agency_id=world["leaf"].pk, grants=token.grants),
        "editor, province": actor(world["province"], role=Role.EDITOR),
        "contributor of 30": actor(*fourth[:: len(fourth) // 30][:30], role=Role.CONTRIBUTOR),
        "central editor": actor(platform_role=PlatformRole.CENTRAL_EDITOR),
    }


def milliseconds(work: Timed) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def beside(bare: Timed, ours: Timed) -> tuple[list[float], list[float]]:
    bare(), ours()
    pairs = [(milliseconds(bare), milliseconds(ours)) for _ in range(ROUNDS)]
    return [one for one, _ in pairs], [other for _, other in pairs]


def report(name: str, bare: list[float], ours: list[float]) -> None:
    base, median = statistics.median(bare), statistics.median(ours)
    worst = sorted(ours)[int(0.95 * (len(ours) - 1))]
    print(f"{name:55} bare {base:7.1f}  ours {median:7.1f}  p95 {worst:7.1f} ms  ratio {median / base:5.2f}")


def bare_rows(filters: SearchQuery, shown: Narrow) -> AssetQuerySet:
    """The list without permissions, as one would write it."""
    rows = newest_rows(ANONYMOUS, filters, shown=shown).wanted.narrow(Asset.objects.all())
    return shown(rows.filter(agency__path__startswith=filters.agency.path) if filters.agency else rows)


def lists(world: dict[str, Agency]) -> dict[str, dict[str, Any]]:
    return {
        "first page": {},
        "kind": {"kind": "infographic"},
        "drafts": {"state": "draft"},
        "in review": {"state": "in_review"},
        "shared": {"audience": "shared"},
        "agency's own": {"audience": "agency"},
        "a province": {"agency": world["small"]},
        "common words": {"search": "hoi nghi"},
        "rarer words": {"search": "lu quet kinh te"},
    }


def test_lists_as_queries(world: dict[str, Agency], django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        middle = Asset.objects.order_by("created_at")[ASSETS // 2 : ASSETS // 2 + 1].get().pk
        for name, chosen in [*lists(world).items(), ("deep page", {"after": middle})]:
            after = chosen.pop("after", None)
            filters = SearchQuery(**chosen)
            for who, somebody in people(world).items():
                bare, ours = bare_rows(filters, plain).order_by("-pk"), newest_rows(somebody, filters, shown=plain)
                if after is not None:
                    bare, ours = bare.filter(pk__lt=after), ours.filter(pk__lt=after)
                report(f"query, {name}, {who}", *beside(_evaluated(bare), _sliced(ours)))


def plain(rows: AssetQuerySet) -> AssetQuerySet:
    return rows.with_policy_facts().prefetch_related(None)


def _evaluated(rows: AssetQuerySet) -> Timed:
    return lambda: list(rows.all()[:PAGE])


def _sliced(rows: Newest) -> Timed:
    return lambda: rows[0:PAGE]


def test_lists_through_the_api(
    world: dict[str, Agency], django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    with django_db_blocker.unblock():
        for name, chosen in lists(world).items():
            asked = {key: value.code if isinstance(value, Agency) else value for key, value in chosen.items()}
            for who, somebody in people(world).items():
                if "agency" in asked and somebody.is_anonymous:
                    continue  # strangers know of no agency

                def bare(somebody: Actor = somebody, asked: dict[str, Any] = asked) -> None:
                    with monkeypatch.context() as patch:
                        patch.setattr(api.views.assets, "newest", lambda _, filters, shown: bare_rows(filters, shown))
                        get("assets", somebody, asked)

                def ours(somebody: Actor = somebody, asked: dict[str, Any] = asked) -> None:
                    get("assets", somebody, asked)

                report(f"API, {name}, {who}", *beside(bare, ours))


def get(name: str, somebody: Actor, asked: dict[str, Any], **path: Any) -> Any:
    request = APIRequestFactory().get("/", asked)
    force_authenticate(request, user=User.objects.order_by("pk")[0], token=Credentials(actor=somebody))
    answer = VIEWS[name](request, **path)
    answer.render()
    assert answer.status_code == 200, answer.data
    return answer


def test_rights_of_a_page(world: dict[str, Agency], django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        for who, somebody in people(world).items():
            page = newest_rows(somebody, SearchQuery(), shown=for_lists)[0:50]
            with CaptureQueriesContext(connection) as captured:
                allowed = statistics.median(
                    milliseconds(lambda: [can(somebody, Action.VIEW, a, now=a.database_now) for a in page])  # noqa: B023
                    for _ in range(ROUNDS)
                )
                used = statistics.median(
                    milliseconds(lambda: [may(somebody, use, a, a.database_now) for a in page for use in Use])  # noqa: B023
                    for _ in range(ROUNDS)
                )
            assert len(captured) == 0
            print(
                f"{who:25} can {allowed / 50 * 1000:6.1f} µs an asset, may {used / 50 / len(Use) * 1000:6.1f} µs a use"
            )


def test_other_lists(world: dict[str, Agency], django_db_blocker: DjangoDbBlocker, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    with django_db_blocker.unblock():
        everybody = people(world)
        leaf, province = world["leaf"], world["province"]
        administrator = actor(province, role=Role.AGENCY_ADMIN)
        auditor = actor(platform_role=PlatformRole.AUDITOR)
        shown = newest_rows(administrator, SearchQuery(), shown=plain)[0:1][0]
        editor, english = everybody["editor, province"], {"language": "en"}
        cases: list[tuple[str, str, Actor, dict[str, Any], dict[str, Any]]] = [
            ("agencies, first page", "agencies", everybody["viewer, leaf"], {}, {}),
            ("agencies, searched", "agencies", everybody["viewer, leaf"], {"search": "Agency 4321"}, {}),
            ("members", "members", administrator, {}, {"key": province.code}),
            ("asset", "asset", administrator, {}, {"asset_id": shown.pk}),
            ("record, auditor", "audit", auditor, {}, {}),
            ("record, by act, auditor", "audit", auditor, {"act": "role.changed"}, {}),
            ("record, administrator of a province", "audit", administrator, {}, {}),
            ("record, administrator of a leaf", "audit", actor(leaf, role=Role.AGENCY_ADMIN), {}, {}),
            ("record, of an agency, auditor", "audit", auditor, {"agency": leaf.code}, {}),
            ("reviews, contributor of a leaf", "reviews", everybody["agency token, leaf"], {}, {}),
            ("reviews, editor of a province", "reviews", everybody["editor, province"], {}, {}),
            ("reviews, contributor of 30", "reviews", everybody["contributor of 30"], {}, {}),
            ("reviews, auditor", "reviews", auditor, {}, {}),
            ("translations, contributor of 30", "translations", everybody["contributor of 30"], english, {}),
            ("translations, editor of a province", "translations", editor, english, {}),
            ("translations, central editor", "translations", everybody["central editor"], english, {}),
            ("collections, contributor of 30", "collections", everybody["contributor of 30"], {}, {}),
            ("nominations, central editor", "nominations", everybody["central editor"], {}, {}),
            ("nominations, contributor of 30", "nominations", everybody["contributor of 30"], {}, {}),
        ]  # fmt: skip
        for title, name, somebody, asked, path in cases:
            get(name, somebody, asked, **path)
            times = [milliseconds(lambda: get(name, somebody, asked, **path)) for _ in range(ROUNDS)]  # noqa: B023
            print(f"API, {title:45} {statistics.median(times):8.1f} ms")


def test_moving_a_province(world: dict[str, Agency], django_db_blocker: DjangoDbBlocker) -> None:
    """The whole transaction holds the lock of the tree and the rows of the agencies; no asset is written."""
    with django_db_blocker.unblock():
        province = world["province"]
        ids = below(province)
        moved = Asset.objects.filter(agency__in=ids).count()
        target = Agency.objects.filter(parent=None).exclude(pk=province.parent_id)[0]
        operator = actor(platform_role=PlatformRole.OPERATOR)
        times = []
        for _ in range(ROUNDS):
            with transaction.atomic():
                times.append(milliseconds(lambda: move_agency(agency_id=province.pk, parent_id=target.pk, by=operator)))
                transaction.set_rollback(True)
        print(f"moving {len(ids)} agencies with {moved} assets: {statistics.median(times):.0f} ms")
