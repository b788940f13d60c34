# ruff: noqa: T201 - it prints what it measured
"""The measurements of ``bench_search``: clients are processes, each with a connection of its own."""

import hashlib
import http.client
import time
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from multiprocessing import get_context
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.db import connection, connections

from assets.models import Asset
from assets.search import did_you_mean, facets, search, suggestions
from assets.search.cursors import Cursor, written
from assets.search.query import SearchQuery
from permissions.actor import ANONYMOUS, Actor, Grant
from permissions.models import Agency, ApiToken, User
from permissions.vocabulary import Role, Scope
from tests.bench.search_queries import beginnings, misspelt, queries
from tests.bench.search_words import vocabulary

PAGE = 24
DEEP = 10_000
"""The page that is asked for; that of the works that are 9/10 as old as all, where there are fewer."""
Samples = list[tuple[str, float, float]]
"""What was asked, and milliseconds: in the database, and of all of it."""
Step = tuple[str, Callable[[], object]]
Steps = Callable[[int], Iterator[Step]]


@dataclass(frozen=True, kw_only=True)
class Asker:
    name: str
    actor: Actor
    token: str = ""


def askers() -> list[Asker]:
    leaf = Agency.objects.order_by("-path", "code")[3:4].get()
    grant = Grant(agency_id=leaf.pk, path=leaf.path, role=Role.VIEWER)
    maker = User.objects.order_by("email")[20:21].get()
    member = Grant(agency_id=leaf.pk, path=leaf.path, role=Role.CONTRIBUTOR)
    newsroom, newsroom_text = _token("be000001", agency=leaf, role=Role.VIEWER, created_by=maker)
    contributor, text = _token("be000002", agency=leaf, role=Role.CONTRIBUTOR, created_by=maker)
    token = Actor(token_id=newsroom.pk, agency_id=leaf.pk, grants=(grant,), scopes=frozenset({Scope.READ}))
    other = Actor(token_id=contributor.pk, agency_id=leaf.pk, grants=(member,), scopes=frozenset({Scope.READ}))
    return [
        Asker(name="stranger", actor=ANONYMOUS),
        Asker(name="newsroom", actor=token, token=newsroom_text),
        Asker(name="contributor", actor=other, token=text),
    ]


def _token(prefix: str, **fields: Any) -> tuple[ApiToken, str]:
    text = f"mc_{prefix}_{hashlib.sha256(prefix.encode()).hexdigest()}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    made = {"name": prefix, "digest": digest, "scopes": [str(Scope.READ)], **fields}
    return ApiToken.objects.get_or_create(prefix=prefix, defaults=made)[0], text


def _client(steps: Steps, number: int, seconds: float) -> Samples:
    """Ask until the time is over; the first dozen only warms up."""
    spent = [0.0]

    def clocked(execute: Callable[..., Any], *arguments: Any) -> Any:
        begin = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            spent[0] += time.perf_counter() - begin

    samples: Samples = []
    with connection.execute_wrapper(clocked):
        until = time.perf_counter() + seconds
        for place, (kind, ask) in enumerate(steps(number)):
            spent[0] = 0.0
            begin = time.perf_counter()
            ask()
            end = time.perf_counter()
            if place >= 13:
                samples.append((kind, spent[0] * 1000, (end - begin) * 1000))
            if end > until and place >= 40:
                return samples
    return samples


def _in_process(pipe: Any, steps: Steps, number: int, seconds: float) -> None:
    connections.close_all()
    try:
        pipe.send(_client(steps, number, seconds))
    finally:
        connections.close_all()


def clients(steps: Steps, *, number: int, seconds: float) -> Samples:
    """Of all clients together."""
    connections.close_all()
    context = get_context("fork")
    running = []
    for client in range(number):
        here, there = context.Pipe()
        process = context.Process(target=_in_process, args=(there, steps, client, seconds))
        process.start()
        there.close()
        running.append((process, here))
    samples: Samples = []
    for process, here in running:
        samples += here.recv()
        process.join()
    return samples


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report(name: str, samples: Samples) -> float:
    """Prints a line; the 95th percentile of the time in the database."""
    inside, whole = [sql for _, sql, _ in samples], [all_ for _, _, all_ in samples]
    figures = [quantile(inside, 0.5), quantile(inside, 0.95), quantile(whole, 0.5), quantile(whole, 0.95)]
    print(f"{name:44} {' '.join(f'{one:8.1f}' for one in figures)}   {len(samples):6}", flush=True)
    return quantile(inside, 0.95)


def by_kind(samples: Samples) -> None:
    kinds: dict[str, Samples] = defaultdict(list)
    for sample in samples:
        kinds[sample[0]].append(sample)
    for kind, found in kinds.items():
        report(f"    {kind}", found)


def _searching(somebody: Asker, agency: Agency, number: int) -> Iterator[Step]:
    for asked in queries(number, agency):
        query = SearchQuery(words=asked.words, **asked.fields)
        yield asked.kind, partial(search, actor=somebody.actor, query=query, size=PAGE)


def _suggesting(somebody: Asker, number: int) -> Iterator[Step]:
    for begun in beginnings(number):
        yield "suggestions", partial(suggestions, actor=somebody.actor, prefix=begun)


def _correcting(somebody: Asker, number: int) -> Iterator[Step]:
    for words in misspelt(number):
        yield "did you mean", partial(did_you_mean, actor=somebody.actor, words=words)


def _counting(somebody: Asker, agency: Agency, number: int) -> Iterator[Step]:
    for asked in queries(number, agency):
        query = SearchQuery(words=asked.words, **asked.fields)
        yield asked.kind, partial(facets, actor=somebody.actor, query=query)


def _paging(somebody: Asker, after: str | None, number: int) -> Iterator[Step]:
    words = vocabulary("vi").words
    for place in count(number):
        query = SearchQuery(words=words[place % 8])
        yield "page", partial(search, actor=somebody.actor, query=query, size=PAGE, after=after)


def deep_id() -> UUID:
    total = Asset.objects.count()
    at = min(DEEP * PAGE, total * 9 // 10)
    found: UUID = Asset.objects.order_by("-pk").values_list("pk", flat=True)[at]
    return found


def measure_calls(*, seconds: float) -> dict[str, float]:
    """SQL p95 of each asker's searches with four clients, by the asker's name."""
    print(f"{'':44} {'SQL p50':>8} {'p95':>8} {'call p50':>8} {'p95':>8}   {'asked':>6}")
    top = Agency.objects.order_by("path")[1:2].get()
    deep = written(Cursor(now=int(time.time() * 1000), below=deep_id()))
    slowest = {}
    for somebody in askers():
        for number in (1, 4):
            found = clients(partial(_searching, somebody, top), number=number, seconds=seconds)
            slowest[somebody.name] = report(f"search, {somebody.name}, {number} clients", found)
        by_kind(found)
        for name, steps in (
            ("suggestions", partial(_suggesting, somebody)),
            ("did you mean", partial(_correcting, somebody)),
            ("first page of common words", partial(_paging, somebody, None)),
            (f"page {DEEP} of the same", partial(_paging, somebody, deep)),
        ):
            report(f"{name}, {somebody.name}, 4 clients", clients(steps, number=4, seconds=seconds / 2))
        counted = clients(partial(_counting, somebody, top), number=1, seconds=seconds)
        report(f"facets, {somebody.name}, 1 client", counted)
        by_kind(counted)
    return slowest


def _getting(
    origin: str, token: str, wanted: Callable[[int], Iterator[tuple[str, str]]], number: int
) -> Iterator[Step]:
    there = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(path: str) -> None:
        there.request("GET", path, headers=headers)
        answer = there.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status} {body[:300]!r}")

    for kind, path in wanted(number):
        yield kind, partial(get, path)


def _searches(agency: Agency, number: int) -> Iterator[tuple[str, str]]:
    for asked in queries(number, agency):
        yield asked.kind, f"/api/v1/assets?{urlencode(asked.parameters)}"


def _same(path: str, number: int) -> Iterator[tuple[str, str]]:
    for _ in count(number):
        yield "list", path


def measure_api(ours: str, raw: str, calls: dict[str, float], *, seconds: float) -> None:
    """Through gunicorn; the database's time is not known here. ``calls`` as :func:`measure_calls` gives them."""
    leaf = Agency.objects.order_by("path")[1:2].get()
    everybody = askers()
    for somebody in everybody:
        wanted = partial(_searches, leaf) if somebody.token else partial(_searches_of_strangers, leaf)
        found = clients(partial(_getting, ours, somebody.token, wanted), number=4, seconds=seconds)
        slow = quantile([whole for _, _, whole in found], 0.95)
        report(f"API search, {somebody.name}, 4 clients", found)
        allowed = 1.6 * calls[somebody.name] + 10
        print(f"    p95 {slow:.1f} ms, 1.6 × SQL + 10 ms is {allowed:.1f} ms: {slow / allowed:.2f} of it")
    _lists(ours, raw, everybody, seconds / 2)


def _searches_of_strangers(agency: Agency, number: int) -> Iterator[tuple[str, str]]:
    """Strangers know of no agency that shows nothing; the operator is not asked by them."""
    yield from ((kind, path) for kind, path in _searches(agency, number) if kind != "agency")


def _lists(ours: str, raw: str, everybody: Sequence[Asker], seconds: float) -> None:
    first = f"/api/v1/assets?page_size={PAGE}"
    cursor = b64encode(urlencode({"p": str(deep_id())}).encode()).decode()
    for number in (1, 4):
        for somebody in everybody:
            bare = clients(
                partial(_getting, raw, somebody.token, partial(_same, first)), number=number, seconds=seconds
            )
            report(f"list by raw SQL and json, {somebody.name}, {number} clients", bare)
            base = quantile([whole for _, _, whole in bare], 0.5)
            for name, path in (("list", first), (f"list, page {DEEP}", f"{first}&{urlencode({'cursor': cursor})}")):
                steps = partial(_getting, ours, somebody.token, partial(_same, path))
                found = clients(steps, number=number, seconds=seconds)
                report(f"{name}, {somebody.name}, {number} clients", found)
                print(f"    median × {quantile([whole for _, _, whole in found], 0.5) / base:.2f} of raw SQL and json")
