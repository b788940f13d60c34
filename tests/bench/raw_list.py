"""The newest 24 works that somebody may see, as one would write it without Django: one statement and json, and one more
for who comes with an agency's token."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from threading import local
from typing import Any

import psycopg
from psycopg.rows import dict_row

_KEPT = local()
_TOLD = """
SELECT a.id, a.reference, a.kind, a.state, a.audience, a.place, a.keywords, a.credit_line, a.author, a.created_at,
  a.published_at, g.code AS agency, v.width, v.height, v.duration,
  (SELECT json_agg(json_build_object('language', t.language, 'title', t.title, 'caption', t.caption, 'alt_text',
     t.alt_text)) FROM assets_assettext t WHERE t.asset_id = a.id) AS texts,
  (SELECT json_agg(json_build_object('profile', r.profile, 'key', r.key)) FROM assets_rendition r
     WHERE r.version_id = v.id) AS renditions
FROM assets_asset a JOIN permissions_agency g ON g.id = a.agency_id
  LEFT JOIN assets_assetversion v ON v.id = a.current_version_id
WHERE a.deleted_at IS NULL AND """
_PUBLISHED = """a.state = 'published'
  AND (a.embargo_until IS NULL OR a.embargo_until <= now()) AND (a.rights_end IS NULL OR a.rights_end > now())"""
_NEWEST = " ORDER BY a.id DESC LIMIT 24"
_ROWS = f"{_TOLD} {_PUBLISHED} AND a.audience = 'public' {_NEWEST}"
_ROWS_OF_TOKEN = f"""{_TOLD} ((%(insider)s AND g.path LIKE %(path)s) OR ({_PUBLISHED} AND (
  a.audience IN ('public', 'network') OR g.path LIKE %(path)s OR EXISTS (SELECT FROM assets_assetshare s
     JOIN permissions_agency h ON h.id = s.agency_id WHERE s.asset_id = a.id AND h.path LIKE %(path)s)))) {_NEWEST}"""
_TOKEN = """
SELECT t.digest, t.role <> 'viewer' AS insider, g.path || '%%' AS path FROM permissions_apitoken t
JOIN permissions_agency g ON g.id = t.agency_id
WHERE t.prefix = %s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
"""


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if not hasattr(_KEPT, "session"):
        _KEPT.session = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, row_factory=dict_row)
    rows = _rows(_KEPT.session, environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer "))
    answer = json.dumps({"results": rows}, default=str).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]


def _rows(session: "psycopg.Connection[dict[str, Any]]", secret: str) -> list[dict[str, Any]]:
    if not secret:
        return session.execute(_ROWS).fetchall()
    token = session.execute(_TOKEN, [secret.split("_")[1]]).fetchone()
    if token is None or token["digest"] != hashlib.sha256(secret.encode()).hexdigest():
        raise PermissionError(secret.split("_")[1])
    return session.execute(_ROWS_OF_TOKEN, token).fetchall()
