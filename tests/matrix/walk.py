"""Sends a request as somebody and says what they can tell apart, for every kind of thing the routes name."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from tests.answers import told_headers
from tests.matrix.expected import (
    ABSENT,
    OK,
    PARENT_OF,
    Who,
    agency_outcome,
    correction_outcome,
    desk_outcome,
    forced_outcome,
    grave_outcome,
    outcome,
    platform_outcome,
    sees_nomination,
    shelf_outcome,
)
from tests.matrix.routes import Ask
from tests.matrix.world import SHELVES, World

LITERAL = re.compile(r"'(?:[^']|'')*'(?:::\w+(?:\[\])?)?|\b\d[\d.]*\b|\"s\d+_x\d+\"")
MANY = re.compile(r"\(\?(?:, \?)+\)")
SIGNED = re.compile(rb"(/media/s/|\?t=)[^/&\"]+")
"""Signatures name the second in which they were made."""
CSRF = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]+')
STATUS = {"not_signed_in": 401, "invalid": 400, "asset_purged": 410}
"""Of all other reasons it is 403."""


@dataclass(frozen=True)
class Kind:
    """What a placeholder stands for: the things there are, the id of each, and the rule.

    ``targets`` maps names to what the rule is asked of.
    """

    placeholder: str
    targets: Mapping[str, Any]
    identities: Mapping[str, str]
    rule: Callable[[Who, str, Any], str]
    unknown: str = ""

    def never_was(self) -> str:
        return self.unknown or str(uuid7())


def kinds_of(world: World) -> dict[str, Kind]:
    def nomination(who: Who, act: str, thing: Any) -> str:
        if act == "see":
            return OK if sees_nomination(who, thing) else ABSENT
        return desk_outcome(who, thing)

    def ids(rows: Mapping[str, Any]) -> dict[str, str]:
        return {name: str(row.pk) for name, row in rows.items()}

    corrected = {name: thing for name, thing in world.things.items() if thing.correction_by}
    places = {place: place for place in PARENT_OF}
    return {
        "asset": Kind("{asset}", world.things, ids(world.assets), outcome),
        "in use": Kind("{asset}", world.things, ids(world.assets), lambda who, _, thing: forced_outcome(who, thing)),
        "correction": Kind(
            "{asset}", corrected, {name: str(world.assets[name].pk) for name in corrected}, correction_outcome
        ),
        "grave": Kind("{asset}", world.graves, world.grave_ids, lambda who, _, grave: grave_outcome(who, grave)),
        "agency": Kind(
            "{agency}", places, {place: world.agencies[place].code for place in places}, agency_outcome, "NOSUCH"
        ),
        "shelf": Kind("{shelf}", {shelf.name: shelf for shelf in SHELVES}, ids(world.shelves), shelf_outcome),
        "nomination": Kind(
            "{nomination}", {name: world.things[name] for name in world.nominations}, ids(world.nominations), nomination
        ),
        "job": Kind("{job}", {name: world.things[name] for name in world.jobs}, ids(world.jobs), outcome),
        "platform": Kind("", {"": None}, {"": ""}, lambda who, act, _: platform_outcome(who, act)),
    }


@dataclass(frozen=True)
class Seen:
    """What a caller can tell apart; ``work`` is the number and shape of the questions to the database, which stands for
    the time that an answer takes."""

    status: int
    code: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    work: tuple[str, ...]


def fill(value: Any, placeholder: str, identity: str) -> Any:
    if isinstance(value, str):
        return value.replace(placeholder, identity) if placeholder else value
    if isinstance(value, dict):
        return {name: fill(item, placeholder, identity) for name, item in value.items()}
    return value


def send(client: Client, ask: Ask, placeholder: str, identity: str) -> Seen:
    """The answer with everything that differs by chance made equal. What the request changed is taken back."""
    path = fill(ask.path, placeholder, identity)
    body = fill(dict(ask.body), placeholder, identity) if ask.body is not None else None
    connection.queries_log.clear()
    client.cookies.pop("messages", None)  # what an earlier page had to say
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        if ask.form:
            answer = client.post(path, body)
        else:
            text = json.dumps(body) if body is not None else ""
            answer = client.generic(ask.method, path, text, content_type="application/json")
        content = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
        transaction.set_rollback(True)
    said = json.loads(content) if answer.status_code >= 400 and path.startswith("/api/") else {}
    headers = told_headers(answer)
    if identity:
        content = content.replace(identity.encode(), b"ID")
        headers = {name: text.replace(identity, "ID").replace(quote(identity), "ID") for name, text in headers.items()}
    return Seen(
        answer.status_code,
        said.get("code", ""),
        tuple(sorted(headers.items())),
        SIGNED.sub(rb"\1", CSRF.sub(rb"\1", content)),
        shapes(asked) if answer.status_code in {400, 404} else (),
    )


def shapes(asked: CaptureQueriesContext) -> tuple[str, ...]:
    return tuple(MANY.sub("(?)", LITERAL.sub("?", query["sql"])) for query in asked.captured_queries)


def expect(ask: Ask, who: Who, target: Any, rule: Callable[[Who, str, Any], str]) -> tuple[int, str]:
    """Status and code (of the API's refusals) that the specification demands."""
    if ask.is_page:
        return _expect_page(ask, who, target, rule)
    if ask.signed_in and who.anonymous:
        return 401, "not_signed_in"
    found = rule(who, ask.act, target)
    if found == ABSENT:
        return ask.absent, "invalid" if ask.absent == 400 else "not_found"
    if ask.before(target):
        return ask.before(target), ""
    if found == OK:
        return ask.then(target), ""
    return STATUS.get(found, 403), found


def _expect_page(ask: Ask, who: Who, target: Any, rule: Callable[[Who, str, Any], str]) -> tuple[int, str]:
    """Pages know sessions alone: everybody else is sent to sign in."""
    if who.anonymous or who.scopes is not None:
        return 302, "sign in"
    found = rule(who, ask.act, target)
    if found == ABSENT:
        return 404, ""
    if ask.before(target):
        return ask.before(target), ""
    return (ask.then(target) if found == OK else 410 if found == "asset_purged" else 403), ""
