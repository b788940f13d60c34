# ruff: noqa: E501 - SQL in wide lines; nothing of it comes from outside
"""A million works with words to find, put into a PostgreSQL that is thrown away.

Rows are made by chunks, each from a seed of its own, so that any number of processes gives the same world; entries and
terms are those of the product's own analysis (``passages_of``, ``entry_of``, ``terms_of``). Indexes are built after the
rows. What is not measured is left out: ``search_text`` of the release before, the record, objects in the store.
"""

import math
import os
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo

from assets.models import Licence
from assets.models.search import SearchTerm
from assets.search.analysis import ANALYSIS, entry_of
from assets.search.entries import passages_of
from assets.search.terms import terms_of
from permissions.models import Agency, User
from tests.bench.search_words import person, place, sentence
from tests.bench.world import RENDITIONS, SHARES, agencies, functions, people, without_indexes

AGENCIES, PEOPLE = 60, 300
YEARS = 15
CHUNK = 2_000
LATEST = datetime(2026, 11, 1, tzinfo=UTC)
"""When the newest work was made, unless said otherwise."""
KINDS = ("photo",) * 14 + ("video", "video", "infographic", "audio", "audio", "article")
STATES = ("published", "draft", "in_review", "approved", "withdrawn", "archived")
AUDIENCES = ("public", "network", "agency", "shared")
LENGTH = {"vi": (5, 10, 90), "en": (7, 14, 130), "zh": (6, 12, 110)}
"""Words of titles, captions and bodies."""
TABLES = (
    "assets_asset",
    "assets_assetversion",
    "assets_rendition",
    "assets_assettext",
    "assets_assetshare",
    "assets_searchentry",
)


@dataclass(frozen=True, kw_only=True)
class Text:
    language: str
    title: str
    caption: str
    alt_text: str
    body: str


@dataclass(frozen=True, kw_only=True)
class All:
    """As a related manager answers."""

    rows: Sequence[Text] = ()

    def all(self) -> Sequence[Text]:
        return self.rows


@dataclass(frozen=True, kw_only=True)
class Work:
    """What ``passages_of`` asks of an asset, and what its row says beside that."""

    id: UUID
    version: UUID | None
    reference: str
    agency: UUID
    maker: UUID
    kind: str
    state: str
    audience: str
    language: str
    made: datetime
    taken: datetime | None
    published: datetime | None
    embargo: datetime | None
    rights_end: datetime | None
    licence: UUID | None
    urgency: int
    keywords: list[str]
    place: str
    author: str
    credit_line: str
    source: str
    width: int
    height: int
    duration: float | None
    texts: All
    tracks: All = field(default_factory=All)
    people: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class World:
    """``agencies`` and ``people`` have to be there; ``total`` works are spread over the years before ``latest``."""

    total: int
    agencies: tuple[UUID, ...]
    people: tuple[UUID, ...]
    licences: tuple[UUID, ...]
    latest: datetime = LATEST
    seed: int = 5


def works(world: World, chunk: int) -> Iterator[Work]:
    """The works of one chunk, the oldest first."""
    dice = random.Random(f"{world.seed} {chunk}")
    for number in range(chunk * CHUNK, min((chunk + 1) * CHUNK, world.total)):
        yield _work(world, number, dice)


def _work(world: World, number: int, dice: random.Random) -> Work:
    # every year brings more than the one before
    age = timedelta(days=365.25 * YEARS) * (1 - ((number + dice.random()) / world.total) ** 0.6)
    made = (world.latest - age).replace(microsecond=0) + timedelta(milliseconds=dice.randrange(1000))
    kind = dice.choice(KINDS)
    state = dice.choices(STATES, weights=(76, 9, 3, 2, 5, 5))[0]
    language = dice.choices(("vi", "en", "zh"), weights=(80, 13, 7))[0]
    others = [other for other, share in (("vi", 0.5), ("en", 0.25), ("zh", 0.08)) if dice.random() < share]
    long, short = dice.choice(((6000, 4000), (5472, 3648), (1920, 1080), (4032, 3024), (3000, 3000)))
    upright = dice.random() < 0.25
    return Work(
        id=_uuid7(made, dice),
        version=None if kind == "article" else _uuid7(made, dice),
        reference=f"BENCH-{made:%Y%m%d}-{number:07d}",
        agency=world.agencies[int(len(world.agencies) * dice.random() ** 1.5)],
        maker=dice.choice(world.people),
        kind=kind,
        state=state,
        audience=dice.choices(AUDIENCES, weights=(45, 30, 20, 5))[0],
        language=language,
        made=made,
        taken=made - timedelta(hours=dice.expovariate(1 / 30)) if dice.random() < 0.7 else None,
        published=made + timedelta(hours=dice.expovariate(1 / 5)) if state in {"published", "withdrawn", "archived"} else None,
        embargo=world.latest + timedelta(days=dice.randrange(1, 900)) if dice.random() < 0.003 else None,
        rights_end=made + timedelta(days=dice.randrange(90, 4000)) if dice.random() < 0.06 else None,
        licence=dice.choice(world.licences) if world.licences and dice.random() < 0.5 else None,
        urgency=dice.choices((2, 4, 5), weights=(2, 8, 90))[0],
        keywords=[sentence(dice, language, 1).lower()[:100] for _ in range(dice.randrange(5))],
        place=place(dice) if dice.random() < 0.85 else "",
        author=person(dice) if dice.random() < 0.8 else "",
        credit_line=f"Ảnh: {person(dice)}" if dice.random() < 0.3 else "",
        source="TTXVN" if dice.random() < 0.1 else "",
        width=short if upright else long,
        height=long if upright else short,
        duration=round(10 + dice.expovariate(1 / 120), 2) if kind in {"video", "audio"} else None,
        texts=All(rows=[_text(dice, each, kind) for each in sorted({language, *others})]),
    )  # fmt: skip


def _text(dice: random.Random, language: str, kind: str) -> Text:
    title, caption, body = LENGTH[language]
    return Text(
        language=language,
        title=sentence(dice, language, 2 + dice.randrange(title))[:300],
        caption=sentence(dice, language, dice.randrange(4, 2 * caption)),
        alt_text=sentence(dice, language, 6) if dice.random() < 0.3 else "",
        body=f"<p>{sentence(dice, language, dice.randrange(40, 2 * body))}</p>" if kind == "article" else "",
    )


def _uuid7(at: datetime, dice: random.Random) -> UUID:
    milliseconds = int(at.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62))


ASSET = (
    "id, reference, agency_id, kind, state, audience, embargo_until, rights_end, original_language, urgency, credit_line,"
    " author, source, licence, licence_terms_id, keywords, place, event_date, current_version_id, search_text, revision,"
    " created_by_id, created_at, updated_at, published_at"
)
VERSION = (
    "id, asset_id, number, state, original_key, filename, size, announced_sha256, sha256, media_type, width, height, duration,"
    " facts, metadata, placeholder, perceptual_hash, verified_at, rejection_code, rejection_message, attempt, attempts_made, created_at"
)
TEXT = "id, asset_id, language, title, caption, alt_text, body, state"
ENTRY = "asset_id, found, ranked, words, analysis"
Row = tuple[object, ...]


def asset_row(work: Work) -> Row:
    return (
        work.id, work.reference, work.agency, work.kind, work.state, work.audience, work.embargo, work.rights_end,
        work.language, work.urgency, work.credit_line, work.author, work.source, "", work.licence, work.keywords, work.place,
        work.taken, work.version, "", 1, work.maker, work.made, work.made, work.published,
    )  # fmt: skip


def version_row(work: Work) -> Row:
    digest = f"{work.id.hex}{work.id.hex}"
    return (
        work.version, work.id, 1, "ready", f"originals/{work.id}/{work.version}", "a.jpg", 2_000_000, "", digest, "image/jpeg",
        work.width, work.height, work.duration, "{}", "{}", "", "", work.made, "", "", work.version, 1, work.made,
    )  # fmt: skip


def text_rows(work: Work) -> list[Row]:
    return [
        (
            UUID(int=work.id.int ^ (place + 1)), work.id, text.language, text.title, text.caption, text.alt_text, text.body,
            "original" if text.language == work.language else "translated",
        )
        for place, text in enumerate(work.texts.all())
    ]  # fmt: skip


def entry_row(work: Work) -> Row:
    entry = entry_of(work.id, passages_of(work))  # type: ignore[arg-type]
    return work.id, entry.found, entry.ranked, entry.words, ANALYSIS


Terms = dict[tuple[str, int], tuple[str, str, list[str]]]


def write_chunk(conninfo: str, world: World, chunk: int) -> Terms:
    """The rows of a chunk by COPY; its terms come back, for they are many times the same."""
    made = list(works(world, chunk))
    with psycopg.connect(conninfo, autocommit=True) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("SET synchronous_commit = off")
        copy_rows(session, made)
    return terms_said(made)


def copy_rows(session: "psycopg.Connection[Any]", made: Sequence[Work]) -> None:
    _copy(session, "assets_asset", ASSET, map(asset_row, made))
    _copy(session, "assets_assetversion", VERSION, (version_row(work) for work in made if work.version))
    _copy(session, "assets_assettext", TEXT, (row for work in made for row in text_rows(work)))
    _copy(session, "assets_searchentry", ENTRY, map(entry_row, made))


def terms_said(made: Sequence[Work]) -> Terms:
    """The folded form, the lexemes that are needed and the near forms of each text and sort."""
    terms = terms_of(passage for work in made for passage in passages_of(work))  # type: ignore[arg-type]
    return {key: (term.folded, term.needs, term.near) for key, term in terms.items()}


def _copy(session: "psycopg.Connection[Any]", table: str, columns: str, rows: "Iterator[Row] | map[Row]") -> None:
    with session.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def fill(total: int, *, processes: int = 2, latest: datetime | None = None, seed: int = 5) -> float:
    """Seconds that it took. The tables are to be empty but for what migrations put there."""
    begin = time.perf_counter()
    with connection.cursor() as cursor, ExitStack() as stack:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SELECT setseed(0.42)")
        functions()
        agencies(AGENCIES)
        people(PEOPLE, AGENCIES)
        for table in TABLES:
            stack.enter_context(without_indexes(table))
        world = World(total=total, latest=latest or LATEST, seed=seed, **_there())
        _keep(_written(world, processes))
        cursor.execute(RENDITIONS)
        cursor.execute(SHARES.replace(" % ", " %% "), {"agencies": AGENCIES})
        stack.close()
        for name in ("session_replication_role", "synchronous_commit", "maintenance_work_mem"):
            cursor.execute(f"RESET {name}")
        cursor.execute("VACUUM (ANALYZE)")
    return time.perf_counter() - begin


def _there() -> dict[str, tuple[UUID, ...]]:
    return {
        "agencies": tuple(Agency.objects.order_by("code").values_list("pk", flat=True)),
        "people": tuple(User.objects.order_by("email").values_list("pk", flat=True)),
        "licences": tuple(Licence.objects.order_by("code").values_list("pk", flat=True)),
    }


def _written(world: World, processes: int) -> Terms:
    terms: Terms = {}
    chunks = range(math.ceil(world.total / CHUNK))
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        conninfo = _conninfo()
        for found in pool.map(write_chunk, [conninfo] * len(chunks), [world] * len(chunks), chunks):
            terms |= found
    return terms


def _conninfo() -> str:
    parameters = connection.get_connection_params()
    known = ("host", "port", "user", "password", "dbname")
    return make_conninfo(**{name: parameters[name] for name in known if parameters.get(name)})


def _keep(terms: Terms) -> None:
    rows = (
        SearchTerm(text=text[:100], sort=sort, folded=folded, needs=needs, near=near)
        for (text, sort), (folded, needs, near) in sorted(terms.items())
    )
    SearchTerm.objects.bulk_create(rows, batch_size=5000, ignore_conflicts=True)


def size_of_database() -> int:
    """Bytes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size: int = cursor.fetchone()[0]
    return size


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"
