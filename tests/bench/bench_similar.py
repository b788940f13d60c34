# ruff: noqa: S608, T201 - SQL of its own tables; it prints what it measured
"""Near hashes among many, four ways side by side: a B-tree of each band (the product's), bands as rows of one B-tree,
bands as an array under GIN, and pgvector's HNSW. Then the product's own query, also where thousands are alike.

    python -m pytest -s tests/bench/bench_similar.py       # BENCH_HASHES=200000 BENCH_ASKED=50 BENCH_ALIKE=5000

Hashes are random but for planted ones: each that is asked for has likes at 4, 12, 20 and 31 bits. "Found" is the share
of these that came back. HNSW is left out where the server has no pgvector.
"""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from assets.models import Asset, AssetVersion, Fingerprint
from assets.similar import neighbours
from assets.similar.bands import bands_of, probes_of
from assets.states import Kind
from permissions.actor import ANONYMOUS, Actor
from permissions.vocabulary import PlatformRole
from tests.bench.world import Sizes, build

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(3600)]
HASHES = int(os.environ.get("BENCH_HASHES", "200000"))
ASKED = int(os.environ.get("BENCH_ASKED", "50"))
ALIKE = int(os.environ.get("BENCH_ALIKE", "5000"))
PLANTED = (4, 12, 20, 31)
PAGE = 12
Ask = Callable[[str], str]

DISTANCE = "bit_count(bits # '{bits}'::bit(256))"
NEAR = f"{DISTANCE} <= 31 ORDER BY {DISTANCE} LIMIT {PAGE}"
BAND = "(substring(bits from {first} for 16)::int)"


def each_band(bits: str) -> str:
    probes = enumerate(probes_of(bits))
    return " OR ".join(f"{BAND.format(first=number * 16 + 1)} = ANY (ARRAY{values})" for number, values in probes)


def keys(values: list[int]) -> list[int]:
    """The number of the band with its value, for where all bands are in one index."""
    return [number << 16 | value for number, value in enumerate(values)]


def probed(bits: str) -> list[int]:
    return [number << 16 | value for number, values in enumerate(probes_of(bits)) for value in values]


WAYS: dict[str, tuple[str, str, Ask]] = {
    "B-tree of each band": (
        "CREATE TABLE each_hash (id int PRIMARY KEY, bits bit(256))",
        "; ".join(f"CREATE INDEX ON each_hash ({BAND.format(first=number * 16 + 1)})" for number in range(16)),
        lambda bits: f"SELECT id FROM each_hash WHERE ({each_band(bits)}) AND {NEAR.format(bits=bits)}",
    ),
    "bands, GIN": (
        "CREATE TABLE gin_hash (id int PRIMARY KEY, bits bit(256), bands int[])",
        "CREATE INDEX gin_bands ON gin_hash USING gin (bands) WITH (fastupdate = off)",
        lambda bits: f"SELECT id FROM gin_hash WHERE bands && ARRAY{probed(bits)} AND {NEAR.format(bits=bits)}",
    ),
    "bands as rows, B-tree": (
        "CREATE TABLE tree_hash (id int PRIMARY KEY, bits bit(256)); CREATE TABLE tree_band (band int, id int)",
        "CREATE INDEX tree_bands ON tree_band (band, id)",
        lambda bits: (
            "SELECT id FROM tree_hash WHERE id IN (SELECT id FROM tree_band WHERE band = ANY"
            f" (ARRAY{probed(bits)})) AND {NEAR.format(bits=bits)}"
        ),
    ),
    "pgvector, HNSW": (
        "CREATE TABLE graph_hash (id int PRIMARY KEY, bits bit(256))",
        "CREATE INDEX graph_bits ON graph_hash USING hnsw (bits bit_hamming_ops)",
        lambda bits: (
            f"SELECT id FROM (SELECT id, bits <~> '{bits}'::bit(256) AS d FROM graph_hash ORDER BY d"
            f" LIMIT {PAGE}) near WHERE d <= 31"
        ),
    ),
}
TABLES = {"B-tree of each band": ["each_hash"], "bands, GIN": ["gin_hash"], "bands as rows, B-tree": ["tree_hash", "tree_band"], "pgvector, HNSW": ["graph_hash"]}  # fmt: skip  # noqa: E501


def turned(bits: str, places: int, chance: random.Random) -> str:
    for place in chance.sample(range(256), places):
        bits = bits[:place] + "10"[int(bits[place])] + bits[place + 1 :]
    return bits


def hashes(chance: random.Random) -> tuple[list[str], dict[str, list[int]]]:
    """All hashes, and the numbers of the likes of those that are asked for."""
    made = [f"{chance.getrandbits(256):0256b}" for _ in range(HASHES - ASKED * len(PLANTED))]
    likes: dict[str, list[int]] = {}
    for bits in chance.sample(made, ASKED):
        likes[bits] = list(range(len(made), len(made) + len(PLANTED)))
        made += [turned(bits, places, chance) for places in PLANTED]
    return made, likes


def milliseconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def run(statement: str) -> list[tuple[int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def copy(table: str, rows: Iterator[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as into:
        for row in rows:
            into.write_row(row)


def fill(way: str, made: list[str]) -> None:
    if way == "bands as rows, B-tree":
        copy("tree_hash", ((number, bits) for number, bits in enumerate(made)))
        copy("tree_band", ((band, number) for number, bits in enumerate(made) for band in keys(bands_of(bits))))
    elif way == "bands, GIN":
        copy("gin_hash", ((number, bits, keys(bands_of(bits))) for number, bits in enumerate(made)))
    else:
        copy(TABLES[way][0], ((number, bits) for number, bits in enumerate(made)))


def said(times: list[float]) -> str:
    ordered = sorted(times)
    return f"p50 {statistics.median(times):7.2f}  p95 {ordered[int(0.95 * (len(ordered) - 1))]:7.2f} ms"


def has_pgvector() -> bool:
    return bool(run("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"))


def test_four_ways_side_by_side() -> None:
    made, likes = hashes(random.Random(7))
    ways = [way for way in WAYS if way != "pgvector, HNSW" or has_pgvector()]
    if "pgvector, HNSW" in ways:
        run("CREATE EXTENSION IF NOT EXISTS vector")
    run("SET jit = off")  # as the embedded server has it
    print(f"\nload {os.getloadavg()[0]:.1f}, {HASHES} hashes, {ASKED} asked")
    times: dict[str, list[float]] = {way: [] for way in ways}
    found = dict.fromkeys(ways, 0)
    for way in ways:
        table, index, _ = WAYS[way]
        run(table)
        fill(way, made)
        took = milliseconds(partial(run, index)) / 1000
        names = ", ".join(f"'{name}'" for name in TABLES[way])
        (size,) = run(f"SELECT sum(pg_total_relation_size(name)) FROM unnest(ARRAY[{names}]) name")[0]
        for name in TABLES[way]:
            run(f"ANALYZE {name}")
        print(f"{way:24} index built in {took:6.1f} s, {float(size) / 2**20:6.0f} MiB with its tables")
    for bits, wanted in likes.items():
        for way in ways:
            statement = WAYS[way][2](bits)
            begin = time.perf_counter()
            ids = {number for (number,) in run(statement)}
            times[way].append((time.perf_counter() - begin) * 1000)
            found[way] += len(ids & set(wanted))
    for way in ways:
        print(f"{way:24} {said(times[way])}  found {found[way] / (ASKED * len(PLANTED)):.3f}")
    assert found["B-tree of each band"] == ASKED * len(PLANTED)


@pytest.fixture(scope="module")
def works(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[AssetVersion]]:
    """A country's works whose pictures have random hashes, ``ALIKE`` of them nearly the same one."""
    with django_db_blocker.unblock():
        run("SET jit = off")
        if Asset.objects.count() != HASHES:
            print(f"\nbuilt in {build(Sizes(assets=HASHES, events=1000)):.0f} s")
        chance = random.Random(8)
        pictures = Asset.objects.filter(kind=Kind.PHOTO).exclude(current_version=None)
        ids = list(pictures.order_by("pk").values_list("current_version_id", flat=True))
        one = f"{chance.getrandbits(256):0256b}"
        same = set(chance.sample(range(len(ids)), min(ALIKE, len(ids) // 2)))
        drawn = [
            turned(one, chance.randrange(12), chance) if place in same else f"{chance.getrandbits(256):0256b}"
            for place in range(len(ids))
        ]
        Fingerprint.objects.all().delete()
        copy(
            "assets_fingerprint (version_id, bits)",
            zip(ids, drawn, strict=True),
        )
        run("VACUUM ANALYZE assets_fingerprint")
        yield [
            ids[place] for place in (min(same), *(p for p in range(0, len(ids), len(ids) // ASKED) if p not in same))
        ]


def test_the_product_s_query_with_rights(works: list[AssetVersion]) -> None:
    people: dict[str, Actor] = {"a stranger": ANONYMOUS, "an auditor": Actor(platform_role=PlatformRole.AUDITOR)}
    assets = {asset.current_version_id: asset for asset in Asset.objects.filter(current_version__in=works)}
    print(f"\nload {os.getloadavg()[0]:.1f}, {Fingerprint.objects.count()} pictures, {ALIKE} of them alike")
    for name, actor in people.items():
        alike, *others = [assets[version] for version in works]
        times = [milliseconds(partial(neighbours, actor=actor, asset=asset)) for asset in others]
        crowd = [milliseconds(partial(neighbours, actor=actor, asset=alike)) for _ in range(9)]
        print(f"{name:12} any picture: {said(times)}   one of the {ALIKE}: {said(crowd)}")
