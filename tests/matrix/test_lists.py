"""Every list for everybody: exactly the things of the specification, in order, and no trace of the others.

Each list is asked for as it is, filtered and by search. What somebody may not see is then taken out of the world, and
the answers must stay the same to the last byte: no count, cursor, ETag, order or facet tells of it.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import pgtrigger
import pytest
from django.db import transaction
from django.test import Client

from assets.models import (
    Asset,
    AssetComment,
    AssetVersion,
    CollectionItem,
    Nomination,
    ProcessingAttempt,
    Rendition,
)
from permissions.models import Agency
from tests.answers import told_headers
from tests.matrix.expected import (
    ABSENT,
    AUDIENCES,
    OK,
    STATES,
    Thing,
    Who,
    outcome,
    reads_record,
    sees,
    sees_in_trash,
    sees_nomination,
    sees_shelf,
)
from tests.matrix.routes import API, PROPOSED, lists
from tests.matrix.walk import CSRF, SIGNED
from tests.matrix.world import SHELVES, WORD, World

pytestmark = pytest.mark.django_db

ALL = "page_size=100"
WORK = ("in_review", "changes_requested", "approved", "scheduled")
LINKED = re.compile(rb"""(?:/assets/|data-asset=")([0-9a-f-]{36})""")
Pick = Callable[[Who, Thing], bool]


@dataclass(frozen=True, kw_only=True)
class List:
    """One request for a list; ``has`` says which things it shows, ``key`` where the id is. ``signed_in``: 401, or the
    page to sign in, for strangers."""

    route: str
    path: str
    has: Pick
    key: str = "id"
    signed_in: bool = True
    opens: Callable[[Who], bool] = lambda who: True  # noqa: ARG005
    in_order: bool = False


def in_state(state: str) -> Pick:
    return lambda who, thing: thing.state == state and sees(who, thing)


def for_audience(audience: str) -> Pick:
    return lambda who, thing: thing.audience == audience and sees(who, thing)


def named(word: str) -> Pick:
    return lambda who, thing: word in thing.name and sees(who, thing)


def to_translate(who: Who, thing: Thing) -> bool:
    return outcome(who, "edit", thing) == OK


def with_job(who: Who, thing: Thing) -> bool:
    return thing.file in {"ready", "processing"} and sees(who, thing)


def proposed(who: Who, thing: Thing) -> bool:
    return thing.name in PROPOSED and sees_nomination(who, thing)


def sees_public_shelf(who: Who) -> bool:
    return sees_shelf(who, SHELVES[-1])


def nothing(who: Who, thing: Thing) -> bool:
    return False


def everything() -> Iterator[List]:
    assets = f"{API}assets?{ALL}"
    yield List(route="api:assets", path=assets, has=sees, signed_in=False, in_order=True)
    yield List(route="api:nominations", path=f"{API}nominations?{ALL}", has=proposed)
    yield List(route="web:nominations", path="/nominations", has=proposed)
    yield List(route="api:trash", path=f"{API}trash?{ALL}", has=sees_in_trash)
    yield List(route="web:trash", path="/trash", has=sees_in_trash)
    yield List(route="web:translations", path="/translations?language=en&state=stale", has=nothing)
    items = f"{API}collections/{{shelf}}/items?{ALL}"
    yield List(route="api:collection-items", path=items, has=sees, signed_in=False, opens=sees_public_shelf)
    yield List(route="api:assets", path=f"{assets}&search={WORD}", has=sees, signed_in=False)
    yield List(route="api:assets", path=f"{assets}&search=embargo*", has=named("embargo"), signed_in=False)
    for state in STATES:
        yield List(route="api:assets", path=f"{API}assets?{ALL}&state={state}", has=in_state(state), signed_in=False)
    for each in AUDIENCES:
        yield List(
            route="api:assets", path=f"{API}assets?{ALL}&audience={each}", has=for_audience(each), signed_in=False
        )
    for state in WORK:
        yield List(route="api:reviews", path=f"{API}reviews?{ALL}&state={state}", has=in_state(state))
        yield List(route="web:reviews", path=f"/reviews?state={state}", has=in_state(state))
    yield List(route="api:translations", path=f"{API}translations?{ALL}&language=en", has=to_translate, key="asset.id")
    yield List(route="api:jobs", path=f"{API}jobs?{ALL}", has=with_job, key="asset.id")
    yield List(route="web:library", path="/?state=withdrawn", has=in_state("withdrawn"))
    yield List(route="web:library", path="/?search=embargo*", has=named("embargo"))


def ids_in(body: bytes, key: str) -> list[str]:
    """The ids of a list's answer in its order; of a page, the things that it links to or has rows of."""
    if not body.startswith(b"{"):
        return list(dict.fromkeys(found.decode() for found in LINKED.findall(body)))
    found = []
    for row in json.loads(body)["results"]:
        for step in key.split("."):
            row = row[step]  # noqa: PLW2901
        found.append(str(row))
    return found


@dataclass(frozen=True)
class Told:
    """What the answer says."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def get(client: Client, one: List, world: World) -> Told:
    answer = client.get(path_of(one, world))
    body = SIGNED.sub(rb"\1", CSRF.sub(rb"\1", answer.content))
    headers = told_headers(answer)
    return Told(answer.status_code, tuple(sorted(headers.items())), body)


def path_of(one: List, world: World) -> str:
    return one.path.replace("{shelf}", str(world.shelves[SHELVES[-1].name].pk))


def refusal(one: List, who: Who) -> int:
    """The status of a list that somebody may not even open; 0 for who may."""
    on_page = not one.path.startswith("/api/")
    if on_page and (who.anonymous or who.scopes is not None):
        return 302
    if one.signed_in and who.anonymous:
        return 401
    return 0 if one.opens(who) else 404


LISTS = list(everything())
OTHERS = {"api:agencies", "api:collections", "web:collections", "api:audit"}
"""Lists of something else than assets, each with a test of its own."""


def test_every_list_is_compared() -> None:
    assert {one.route for one in LISTS} | OTHERS == set(lists())


@pytest.mark.parametrize(("number", "one"), list(enumerate(LISTS)), ids=lambda one: getattr(one, "path", ""))
def test_a_list_has_exactly_what_the_specification_says(world: World, number: int, one: List) -> None:
    """Every fourth person asks for each list, in turns."""
    exactly(world, one, list(world.people.values())[number % 4 :: 4])


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.path)
def test_everybody_has_exactly_that(world: World, one: List) -> None:
    exactly(world, one, world.people.values())


def exactly(world: World, one: List, people: Iterable[Who]) -> None:
    for who in people:
        told = get(world.clients[who.name], one, world)
        status = refusal(one, who)
        assert told.status == (status or 200), f"{who.name}: {told}"
        if status:
            continue
        shown = [world.name_of(found) for found in ids_in(told.body, one.key)]
        due = [name for name, thing in reversed(world.things.items()) if one.has(who, thing)]
        assert sorted(shown) == sorted(due), who.name
        assert not one.in_order or shown == due, who.name


def one_each() -> list[List]:
    """The first request for each list, and its pages of one each, whose cursors must tell of nothing either."""
    first = {one.route: one for one in reversed(LISTS)}.values()
    pages = [replace(one, path=one.path.replace(ALL, "page_size=1")) for one in first if ALL in one.path]
    return [*first, *pages]


def leaves_no_trace(world: World, invisible: frozenset[str], people: Iterable[Who], asked: list[List]) -> None:
    for who in people:
        client = world.clients[who.name]
        before = [get(client, one, world) for one in asked]
        with transaction.atomic():
            take_away(world, invisible)
            after = [get(client, one, world) for one in asked]
            transaction.set_rollback(True)
        for one, told, alone in zip(asked, before, after, strict=True):
            assert told == alone, f"{who.name}: {one.path} tells of what they may not see"


def test_what_somebody_may_not_see_leaves_no_trace_in_any_list(world: World) -> None:
    """For one of all people who do not see the same; ``-m slow`` asks everybody for every list."""
    for turn, (invisible, people) in enumerate(by_sight(world).items()):
        leaves_no_trace(world, invisible, [people[turn % len(people)]], one_each())


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_leaves_none_for_anybody(world: World) -> None:
    for invisible, people in by_sight(world).items():
        leaves_no_trace(world, invisible, people, [*LISTS, *one_each()])


def by_sight(world: World) -> dict[frozenset[str], list[Who]]:
    """People by the things that they may not see."""
    found: dict[frozenset[str], list[Who]] = {}
    for who in world.people.values():
        invisible = frozenset(name for name, thing in world.things.items() if not knows(who, thing))
        found.setdefault(invisible, []).append(who)
    return {invisible: people for invisible, people in found.items() if invisible}


def knows(who: Who, thing: Thing) -> bool:
    return sees(who, thing) or sees_in_trash(who, thing)


def take_away(world: World, names: Iterable[str]) -> None:
    """As if they had never been. The record keeps what happened; nobody of these reads it."""
    rows = Asset.objects.filter(pk__in=[world.assets[name].pk for name in names])
    ids = list(rows.values_list("pk", flat=True))
    with pgtrigger.ignore("assets.Asset:asset_state"):
        rows.update(state="draft", published_at=None, current_version=None)
    for table, path in (
        (Rendition, "version__asset"),
        (ProcessingAttempt, "version__asset"),
        (AssetVersion, "asset"),
        (Nomination, "asset"),
        (AssetComment, "asset"),
        (CollectionItem, "asset"),
    ):
        table.objects.filter(**{f"{path}__in": ids}).delete()
    rows.delete()


def test_the_lists_would_notice_a_leak(world: World) -> None:
    """The same requests change for somebody who sees the things that are taken away."""
    client, one = world.clients["agency_admin in own"], LISTS[0]
    before = get(client, one, world)
    with transaction.atomic():
        take_away(world, ["draft, agency"])
        assert get(client, one, world) != before
        transaction.set_rollback(True)


def test_collections_are_listed_for_who_may_know_of_them(world: World) -> None:
    for who in world.people.values():
        due = [shelf.name for shelf in reversed(SHELVES) if sees_shelf(who, shelf)]
        answer = world.clients[who.name].get(f"{API}collections?{ALL}")
        assert answer.status_code == (401 if who.anonymous else 200)
        if not who.anonymous:
            assert [world.name_of(row["id"]) for row in answer.json()["results"]] == due, who.name
        page = world.clients[who.name].get("/collections")
        if who.anonymous or who.scopes is not None:
            assert page.status_code == 302, who.name
        else:
            shown = [
                shelf.name for shelf in reversed(SHELVES) if str(world.shelves[shelf.name].pk) in page.content.decode()
            ]
            assert shown == due, who.name


def test_agencies_are_listed_for_members_of_the_network(world: World) -> None:
    every = sorted(Agency.objects.values_list("code", flat=True))
    for who in world.people.values():
        answer = world.clients[who.name].get(f"{API}agencies?{ALL}")
        assert answer.status_code == (401 if who.anonymous else 200)
        if not who.anonymous:
            found = sorted(row["code"] for row in answer.json()["results"])
            assert found == (every if who.of_network and who.has("assets:read") else []), who.name


def test_the_record_is_listed_for_who_answers_for_its_agency(world: World) -> None:
    for who in world.people.values():
        answer = world.clients[who.name].get(f"{API}audit?{ALL}&act_prefix=asset.edited")
        if reads_record(who) != OK:
            assert answer.status_code == (401 if who.anonymous else 403), who.name
            continue
        shown = {world.name_of(row["target"]) for row in answer.json()["results"]}
        covers_own = bool(who.role_in("own")) or bool(who.platform)
        assert shown == (set(world.things) if covers_own else set()), who.name


def test_many_at_once_are_answered_one_by_one_as_alone(world: World) -> None:
    every = [str(asset.pk) for asset in world.assets.values()]
    for turn, who in enumerate(list(world.people.values())[::4]):
        ids = every[turn % 11 :: 11]
        body = json.dumps({"action": "archive", "ids": ids, "comment": "x"})
        with transaction.atomic():
            answer = world.clients[who.name].post(f"{API}assets/bulk", body, content_type="application/json")
            transaction.set_rollback(True)
        assert answer.status_code == (401 if who.anonymous else 200), who.name
        if who.anonymous:
            continue
        for row in answer.json()["results"]:
            due = outcome(who, "archive", world.things[world.name_of(row["id"])])
            said = row["problem"]["code"] if row.get("problem") else OK
            assert said == {ABSENT: "not_found"}.get(due, due), f"{who.name}: {row}"
