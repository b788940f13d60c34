# ruff: noqa: E501, S608 - SQL in wide lines; nothing of it comes from outside
"""A whole country of made-up rows, straight into the tables: agencies five deep, people, assets, the record.

Seeded, so that the same sizes give the same world. ``session_replication_role = replica`` leaves foreign keys and
triggers aside (checks still hold), and indexes are built after the rows; it takes a superuser, which the embedded
PostgreSQL of the tests gives. Only for databases that are thrown away.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

LEVELS = (5, 45, 450, 1500)
"""Agencies of the first four levels of 5,000; all others are on the fifth."""
DEEP = 5
YEARS = 3
WORDS = (
    ("hội nghị", "hoi nghi"), ("kinh tế", "kinh te"), ("giao thông", "giao thong"), ("lễ hội", "le hoi"),
    ("đường sắt", "duong sat"), ("thủ tướng", "thu tuong"), ("bão lũ", "bao lu"), ("bệnh viện", "benh vien"),
    ("trường học", "truong hoc"), ("thể thao", "the thao"), ("nông nghiệp", "nong nghiep"), ("xuất khẩu", "xuat khau"),
    ("du lịch", "du lich"), ("biển đảo", "bien dao"), ("khởi công", "khoi cong"), ("cầu Long Biên", "cau long bien"),
    ("vịnh Hạ Long", "vinh ha long"), ("đối ngoại", "doi ngoai"), ("năng lượng", "nang luong"), ("chuyển đổi số", "chuyen doi so"),
    ("di sản", "di san"), ("quốc phòng", "quoc phong"), ("lũ quét", "lu quet"), ("ruộng bậc thang", "ruong bac thang"),
)  # fmt: skip
RARE_WORD = "so 4242"
"""Folded; one asset in ten thousand says it."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    assets: int
    agencies: int = 5_000
    people: int = 20_000
    events: int = 1_000_000


def build(sizes: Sizes) -> float:
    """Seconds that it took. The tables are to be empty but for what migrations put there."""
    begin = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # else random() is not the same twice
        cursor.execute("SELECT setseed(0.42)")
        functions()
        agencies(sizes.agencies)
        people(sizes.people, sizes.agencies)
        for table, statement in ASSET_TABLES:
            with without_indexes(table):
                cursor.execute(statement, {"n": sizes.assets, "agencies": sizes.agencies, "years": YEARS})
        with without_indexes("permissions_auditevent"):
            cursor.execute(EVENTS, {"n": sizes.events, "agencies": sizes.agencies, "years": YEARS})
        for name in ("session_replication_role", "synchronous_commit", "maintenance_work_mem"):
            cursor.execute(f"RESET {name}")
        cursor.execute("RESET max_parallel_workers_per_gather")
        cursor.execute("VACUUM (ANALYZE)")
    return time.perf_counter() - begin


@contextmanager
def without_indexes(table: str) -> Iterator[None]:
    """Takes the indexes of the table away that no constraint needs, and builds them again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.schemaname = 'public' AND i.tablename = %s"
            " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)",
            [table],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, definition in indexes:
            cursor.execute(definition)


def functions() -> None:
    """``bench_id(kind, n)`` is a UUID of a thing, ``bench_uuid7(at, n)`` one that sorts by its time."""
    words = ", ".join(f"'{vi}'" for vi, _ in WORDS)
    folded = ", ".join(f"'{plain}'" for _, plain in WORDS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE FUNCTION pg_temp.bench_id(kind text, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS
              $$ SELECT md5(kind || n)::uuid $$;
            CREATE FUNCTION pg_temp.bench_uuid7(at timestamptz, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS
              $$ SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || left(md5(n::text), 3)
                 || '8' || substr(md5(n::text), 4, 15))::uuid $$;
            CREATE FUNCTION pg_temp.bench_word(n int) RETURNS text IMMUTABLE LANGUAGE sql AS
              $$ SELECT (ARRAY[{words}])[n] $$;
            CREATE FUNCTION pg_temp.bench_folded(n int) RETURNS text IMMUTABLE LANGUAGE sql AS
              $$ SELECT (ARRAY[{folded}])[n] $$
            """
        )


def agencies(count: int) -> None:
    """Some provinces have hundreds of agencies below them, some a handful. Agency 1 is a root; numbers grow by level."""
    bounds, first = [], 1
    for share in LEVELS:
        size = max(1, share * count // 5_000)
        bounds.append((first, first + size))
        first += size
    bounds.append((first, count + 1))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bench_tree (n int PRIMARY KEY, parent int, path text)")
        for level, (begin, end) in enumerate(bounds):
            above, below = bounds[level - 1] if level else (0, 0)
            cursor.execute(
                """INSERT INTO bench_tree
                   SELECT s.n, t.n, coalesce(t.path, '') || replace(pg_temp.bench_id('agency', s.n)::text, '-', '') || '/'
                     FROM (SELECT n, %s + floor((%s - %s) * power(random(), 1.7))::int AS above
                             FROM generate_series(%s, %s) n) s
                     LEFT JOIN bench_tree t ON t.n = s.above AND s.above > 0""",
                [above, below, above, begin, end - 1],
            )
        cursor.execute(
            """INSERT INTO permissions_agency (id, parent_id, path, code, name_vi, name_en, name_zh, default_credit_line,
                 default_licence, is_active, review_steps)
               SELECT pg_temp.bench_id('agency', n), pg_temp.bench_id('agency', parent), path, 'B' || n,
                 'Cơ quan ' || pg_temp.bench_word(1 + n % 24) || ' ' || n, 'Agency ' || n, '', '', '', true,
                 CASE WHEN parent IS NULL THEN 1 END
                 FROM bench_tree"""
        )
        cursor.execute("ANALYZE permissions_agency")


def people(count: int, agencies: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO permissions_user (id, password, email, full_name, platform_role, is_active)
               SELECT pg_temp.bench_id('user', n), '!', 'bench' || n || '@example.vn', 'Người ' || n,
                 CASE WHEN n <= 5 THEN 'central_editor' WHEN n <= 8 THEN 'operator' WHEN n <= 11 THEN 'auditor' ELSE '' END,
                 true FROM generate_series(1, %s) n""",
            [count],
        )
        cursor.execute(
            """INSERT INTO permissions_membership (id, role, agency_id, user_id)
               SELECT pg_temp.bench_id('membership', n),
                 (ARRAY['viewer', 'viewer', 'contributor', 'contributor', 'contributor', 'editor', 'agency_admin'])[1 + n %% 7],
                 pg_temp.bench_id('agency', 1 + floor(%s * random())::int), pg_temp.bench_id('user', n)
                 FROM generate_series(1, %s) n""",
            [agencies, count],
        )


ASSETS = """
INSERT INTO assets_asset (id, reference, kind, state, audience, embargo_until, rights_end, original_language, urgency,
  credit_line, author, source, licence, keywords, place, search_text, revision, created_at, updated_at, published_at,
  agency_id, created_by_id, current_version_id, submitted_at, due_at, consent_ends, has_release, release_required,
  territories, licence_terms_id)
SELECT id, 'B-' || n, kind, state, audience,
  CASE WHEN r3 < 0.002 THEN now() + interval '1 day' * (1 + 20 * r4) WHEN r3 < 0.03 THEN at + interval '1 day' END,
  CASE WHEN r4 < 0.03 THEN at + interval '1 day' * 30 WHEN r4 < 0.1 THEN now() + interval '3 years' END,
  (ARRAY['vi', 'vi', 'vi', 'vi', 'vi', 'vi', 'vi', 'vi', 'en', 'zh'])[1 + n % 10],
  CASE WHEN n % 50 = 0 THEN 2 ELSE 5 END, 'Ảnh: ' || agency, '', '', '', '{}', '',
  concat_ws(' ', 'b-' || n, pg_temp.bench_folded(w1), pg_temp.bench_folded(w2), 'so ' || n % 10000),
  1, at, at, CASE WHEN state IN ('published', 'withdrawn', 'archived') THEN at END,
  pg_temp.bench_id('agency', agency), pg_temp.bench_id('user', 1 + n % 20000),
  CASE WHEN kind <> 'article' THEN pg_temp.bench_id('version', n) END,
  CASE WHEN state = 'in_review' THEN at END, CASE WHEN state = 'in_review' AND n % 3 = 0 THEN at + interval '1 day' END,
  CASE WHEN r5 < 0.004 THEN at + interval '30 days' WHEN r5 < 0.02 THEN now() + interval '2 years' END,
  r5 < 0.05, r5 < 0.06, CASE WHEN n % 33 = 0 THEN '{VN}' ELSE '{}' END::varchar(2)[], terms.ids[1 + n % (2 * cardinality(terms.ids))]
FROM (SELECT n, at, pg_temp.bench_uuid7(at, n) AS id, r3, r4, r5,
    CASE WHEN r1 < 0.7 THEN 'published' WHEN r1 < 0.82 THEN 'draft' WHEN r1 < 0.83 THEN 'in_review'
      WHEN r1 < 0.85 THEN 'changes_requested' WHEN r1 < 0.87 THEN 'approved' WHEN r1 < 0.88 THEN 'scheduled'
      WHEN r1 < 0.93 THEN 'withdrawn' ELSE 'archived' END AS state,
    CASE WHEN r2 < 0.25 THEN 'agency' WHEN r2 < 0.3 THEN 'shared' WHEN r2 < 0.7 THEN 'network' ELSE 'public' END AS audience,
    (ARRAY['photo', 'photo', 'photo', 'photo', 'photo', 'photo', 'video', 'article', 'infographic', 'audio'])[1 + floor(10 * r6)::int] AS kind,
    1 + floor(%(agencies)s * power(ra, 1.3))::int AS agency, 1 + floor(24 * power(w1, 2))::int AS w1, 1 + floor(24 * w2)::int AS w2
  FROM (SELECT n, now() - interval '1 year' * %(years)s * (1 - n::float / %(n)s) AS at, random() AS r1, random() AS r2, random() AS r3,
      random() AS r4, random() AS r5, random() AS r6, random() AS w1, random() AS w2, random() AS ra
    FROM generate_series(1, %(n)s) n) dice) made,
  (SELECT array_agg(id ORDER BY code) AS ids FROM assets_licence) terms
"""
VERSIONS = """
INSERT INTO assets_assetversion (id, asset_id, number, state, original_key, filename, size, announced_sha256, sha256,
  media_type, width, height, facts, metadata, placeholder, perceptual_hash, verified_at, rejection_code,
  rejection_message, attempt, attempts_made, created_at)
SELECT a.current_version_id, a.id, 1, 'ready', 'originals/' || a.id || '/' || a.current_version_id, 'a.jpg', 2000000 + abs(hashtext(a.reference)) % 9000000, '',
  md5(a.reference) || md5(a.reference), 'image/jpeg', 6000, 4000, '{}', '{}', '', '', a.created_at, '', '', a.current_version_id, 1, a.created_at
FROM assets_asset a WHERE a.current_version_id IS NOT NULL
"""
RENDITIONS = """
INSERT INTO assets_rendition (id, version_id, attempt, profile, key, media_type, size, width, height, facts)
SELECT md5(v.id::text)::uuid, v.id, v.attempt, 'w640.webp', 'renditions/' || v.asset_id || '/' || v.id || '/' || v.attempt || '/w640.webp', 'image/webp', 40000, 640, 427, '{}'
FROM assets_assetversion v
"""
TEXTS = """
INSERT INTO assets_assettext (id, asset_id, language, title, caption, alt_text, body, state)
SELECT md5(a.id || l)::uuid, a.id, l, a.search_text, a.search_text || ' ' || a.credit_line, '', '',
  CASE WHEN l = a.original_language THEN 'original'
    ELSE (ARRAY['translated', 'translated', 'translated', 'machine', 'stale'])[1 + abs(hashtext(a.reference)) % 5] END
FROM assets_asset a, unnest(ARRAY['vi', 'en', 'zh']) l
WHERE l = 'vi' OR l = a.original_language OR abs(hashtext(a.reference || l)) % 10 < 5
"""
SHARES = """
INSERT INTO assets_assetshare (id, asset_id, agency_id)
SELECT md5(a.id || s.n::text)::uuid, a.id, pg_temp.bench_id('agency', 1 + (abs(hashtext(a.reference)::bigint) + s.n * 131) % %(agencies)s)
FROM assets_asset a, generate_series(1, 3) s(n) WHERE a.audience = 'shared'
"""
COLLECTIONS = """
INSERT INTO assets_collection (id, agency_id, title, audience, created_at)
SELECT pg_temp.bench_uuid7(now() - interval '1 hour' * n, n), pg_temp.bench_id('agency', 1 + n % %(agencies)s), 'Album ' || n,
  (ARRAY['agency', 'agency', 'shared', 'network', 'public'])[1 + n % 5], now() - interval '1 hour' * n
FROM generate_series(1, %(n)s / 100) n
"""
NOMINATIONS = """
INSERT INTO assets_nomination (id, asset_id, agency_id, state, note, created_at, decided_at, reason, title, caption, priority, revision)
SELECT md5('nomination' || a.id)::uuid, a.id, a.agency_id, CASE WHEN abs(hashtext(a.reference)) % 1000 = 0 THEN 'open' ELSE 'accepted' END, '', a.created_at,
  CASE WHEN abs(hashtext(a.reference)) % 1000 > 0 THEN a.created_at END, '', '', '', 3, 1
FROM assets_asset a WHERE a.state = 'published' AND abs(hashtext(a.reference)) % 1000 < 5
"""
EVENTS = """
INSERT INTO permissions_auditevent (id, at, act, target, data, agency_id, user_id)
SELECT pg_temp.bench_uuid7(at, n), at,
  (ARRAY['asset.edited', 'asset.edited', 'asset.created', 'asset.published', 'original.opened', 'asset.withdrawn', 'user.logged_in', 'role.changed'])[1 + n %% 8],
  pg_temp.bench_id('target', n / 10), '{}', pg_temp.bench_id('agency', 1 + floor(%(agencies)s * power(random(), 1.3))::int),
  pg_temp.bench_id('user', 1 + n %% 20000)
FROM (SELECT n, now() - interval '1 year' * %(years)s * (1 - n::float / %(n)s) AS at FROM generate_series(1, %(n)s) n) dice
"""
ASSET_TABLES = (
    ("assets_asset", ASSETS.replace(" % ", " %% ")),
    ("assets_assetversion", VERSIONS.replace(" % ", " %% ")),
    ("assets_rendition", RENDITIONS),
    ("assets_assettext", TEXTS.replace(" % ", " %% ")),
    ("assets_assetshare", SHARES.replace(" % ", " %% ")),
    ("assets_collection", COLLECTIONS.replace(" % ", " %% ")),
    ("assets_nomination", NOMINATIONS.replace(" % ", " %% ")),
)
