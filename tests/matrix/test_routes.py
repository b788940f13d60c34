"""The access matrix: every route and method for everybody, compared with the specification in ``expected.py``.

The full product of everybody (78) and every thing (state × audience, window × audience, unready files, four eyes) is in
``test_rules.py``, for every act, at the policy, the rights and the row filters. ``test_lists.py`` has every list, with
all things in it, for every fourth person in turns. Here every route and method is asked by one of each class of people
to whom the specification gives the same answers for all things and who prove in the same way who they are, about one
thing for each different answer; the members of a class and the things take turns from route to route. ``-m slow`` asks
everybody everywhere, about four of each, and ``GET assets/{id}`` in full.

What may not be known must not be told apart from what never was: status, headers (ETags among them), body and the
questions to the database are compared with those for an id that names nothing.
"""

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.matrix.expected import ABSENT, Who
from tests.matrix.routes import ROOT, ROUTES, Ask, Elsewhere, asks
from tests.matrix.walk import Kind, Seen, expect, kinds_of, send
from tests.matrix.world import World
from tests.routes import all_routes

pytestmark = pytest.mark.django_db

DETAIL = ROUTES["api:asset"][0]


def views() -> Iterator[tuple[str, object]]:
    def walk(patterns: list[object], namespace: str) -> Iterator[tuple[str, object]]:
        for entry in patterns:
            if isinstance(entry, URLResolver):
                inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
                yield from walk(entry.url_patterns, inner)
            elif isinstance(entry, URLPattern):
                yield namespace + (entry.name or ""), entry.callback

    yield from walk(get_resolver().url_patterns, "")


def methods_of(name: str) -> set[str]:
    found: set[str] = set()
    for entry in ROUTES[name]:
        found |= set(entry.methods.split()) if isinstance(entry, Elsewhere) else {entry.method}
    return found


def test_every_route_has_its_rule() -> None:
    routes = list(all_routes())
    assert [name for name in routes if name not in ROUTES] == [], "say who may in tests/matrix/routes.py"
    assert [name for name in ROUTES if name not in routes] == [], "these are no routes any more"


def test_every_method_of_every_route_of_the_api_has_its_rule() -> None:
    for name, view in views():
        handler = getattr(view, "cls", None)
        if handler is None or name == "api:nothing":
            continue
        there = {method.upper() for method in ("get", "post", "put", "patch", "delete") if hasattr(handler, method)}
        assert there == methods_of(name), f"{name}: say who may in tests/matrix/routes.py"


def test_every_page_that_is_posted_to_has_its_rule() -> None:
    for name, view in views():
        if not name.startswith("web:") or hasattr(view, "view_class"):
            continue
        source = inspect.getclosurevars(view).nonlocals.get("request_method_list", ())
        there = set(source) - {"HEAD"}
        assert not there or there == methods_of(name), f"{name}: say who may in tests/matrix/routes.py"


def test_what_is_held_elsewhere_names_a_test_that_is_there() -> None:
    for entries in ROUTES.values():
        for entry in entries:
            assert not isinstance(entry, Elsewhere) or Path(ROOT, entry.test).is_file(), entry


def chosen(ask: Ask, who: Who, kind: Kind, *, turn: int, most: int) -> list[str]:
    """Names of things that give each different answer, ``most`` of each; others for others."""
    by_answer: dict[object, list[str]] = {}
    for name, target in kind.targets.items():
        absent = kind.rule(who, ask.act, target) == ABSENT
        by_answer.setdefault((expect(ask, who, target, kind.rule), absent), []).append(name)
    return [
        names[(turn * most + step) % len(names)]
        for names in by_answer.values()
        for step in range(min(most, len(names)))
    ]


def check(ask: Ask, who: Who, name: str, kind: Kind, *, client: Client, absent: dict[str, Seen]) -> None:
    target, seen = kind.targets[name], send(client, ask, kind.placeholder, kind.identities[name])
    status, code = expect(ask, who, target, kind.rule)
    said = f"{who.name}: {ask.method} {ask.path} [{ask.act}] of {name!r}: {seen.status} {seen.code} {seen.body[:200]!r}"
    assert seen.status == status, f"{said}, not {status} {code}"
    if code == "sign in":
        assert dict(seen.headers)["Location"].startswith("/login"), said
    elif code:
        assert seen.code == code, f"{said}, not {code}"
    if kind.placeholder and kind.rule(who, ask.act, target) == ABSENT:
        if who.name not in absent:
            absent[who.name] = send(client, ask, kind.placeholder, kind.never_was())
        assert seen == absent[who.name], f"{said}\nis told apart from {absent[who.name]}"


def classes(ask: Ask, kind: Kind, world: World) -> list[list[Who]]:
    """People who get the same answers for everything, and who prove in the same way who they are."""
    found: dict[object, list[Who]] = {}
    for who in world.people.values():
        answers = tuple(
            (expect(ask, who, one, kind.rule), kind.rule(who, ask.act, one)) for one in kind.targets.values()
        )
        proof = (who.anonymous, who.scopes is None, who.is_person, who.suspended)
        found.setdefault((answers, proof), []).append(who)
    return list(found.values())


def walk(ask: Ask, people: Iterable[Who], kind: Kind, world: World, *, most: int) -> None:
    absent: dict[str, Seen] = {}
    for turn, who in enumerate(people):
        for name in chosen(ask, who, kind, turn=turn, most=most):
            check(ask, who, name, kind, client=world.clients[who.name], absent=absent)


NUMBERED = list(enumerate(asks()))


def name_of(value: object) -> str:
    return f"{value.method} {value.path} {value.act}" if isinstance(value, Ask) else ""


@pytest.mark.parametrize(("number", "ask"), NUMBERED, ids=name_of)
def test_each_class_of_people_gets_the_answer_of_the_specification(world: World, number: int, ask: Ask) -> None:
    kind = kinds_of(world)[ask.kind]
    walk(ask, [alike[number % len(alike)] for alike in classes(ask, kind, world)], kind, world, most=1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("ask", asks(), ids=name_of)
def test_everybody_gets_the_answer_of_the_specification(world: World, ask: Ask) -> None:
    kind = kinds_of(world)[ask.kind]
    walk(ask, world.people.values(), kind, world, most=len(kind.targets) if ask is DETAIL else 4)
