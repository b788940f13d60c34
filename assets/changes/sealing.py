"""Gives changes their places, in an order in which nothing can be missed.

Writers never wait for each other: the database lists every changed asset in ``ChangePending``, in the writer's
transaction, so that it waits exactly when the change is committed. One sealer at a time, by an advisory lock that is
held until its commit, takes what waits and numbers it: a transaction that is still open gets later numbers, and whoever
reads up to a number has seen everything below it.

The clock changes sight too. When nothing waits any more, the openings and closings since the last time get entries and
the mark moves on. The public's records (``assets.harvest``) are written together with the entries.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from assets.changes.facts import Facts
from assets.harvest.recording import note_public
from assets.models.change import ChangeEntry, ChangePending, ChangesState
from permissions.models import Agency

LOCK: Final = 0x4D43_0027
"""PostgreSQL's advisory lock "changes are being sealed"."""
BATCH: Final = 500

WAITING: Final = """
SELECT pending.id, pending.asset_id::text, pending.at, pending.before, pending.after,
       CASE WHEN asset.id IS NULL THEN NULL ELSE assets_change_facts(asset) END,
       (SELECT entry.at FROM assets_changeentry AS entry WHERE entry.asset_id = pending.asset_id
         ORDER BY entry.sequence DESC LIMIT 1)
  FROM assets_changepending AS pending
  LEFT JOIN assets_asset AS asset ON asset.id = pending.asset_id
 ORDER BY pending.id
 LIMIT %s
"""
TURNED: Final = """
SELECT asset.id::text, assets_change_facts(asset),
       (SELECT entry.at FROM assets_changeentry AS entry WHERE entry.asset_id = asset.id
         ORDER BY entry.sequence DESC LIMIT 1)
  FROM assets_asset AS asset
 WHERE (asset.embargo_until > %(mark)s AND asset.embargo_until <= %(now)s
        OR asset.rights_end > %(mark)s AND asset.rights_end <= %(now)s
        OR asset.consent_ends > %(mark)s AND asset.consent_ends <= %(now)s)
   AND asset.state = 'published' AND asset.deleted_at IS NULL
 ORDER BY asset.id
"""
BEGIN: Final = "INSERT INTO assets_changesstate (id) VALUES (1) ON CONFLICT DO NOTHING"
STATE: Final = "SELECT last, mark, clock_timestamp() FROM assets_changesstate"


@dataclass(frozen=True, kw_only=True)
class Found:
    """One change that waits, or one turn of the clock (``at`` None). ``since``: when what was before came about, as far
    as that is known."""

    asset_id: str | None
    at: datetime | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    since: datetime | None


def seal_changes(*, wait: bool, limit: int = BATCH) -> int:
    """Number up to ``limit`` changes that wait, and, once none is left, what the clock changed; how many waited.

    With ``wait`` false, none while another sealer is at work.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        else:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if cursor.fetchone() != (True,):
                return 0
        cursor.execute(BEGIN)
        cursor.execute(STATE)
        last, mark, now = cursor.fetchone()
        cursor.execute(WAITING, [limit])
        rows = cursor.fetchall()
        found = _changes(rows)
        drained = len(rows) < limit
        if drained:
            cursor.execute(TURNED, {"mark": mark, "now": now})
            found += _turns(cursor.fetchall(), {each.asset_id: each.at for each in found})
        entries = list(_entries(found, mark=mark, now=now))
        for number, entry in enumerate(entries, start=last + 1):
            entry.sequence, entry.sealed_at = number, now
        ChangeEntry.objects.bulk_create(entries)
        note_public((each.asset_id for each in found if each.asset_id is not None), now=now)
        ChangePending.objects.filter(pk__in=[row[0] for row in rows]).delete()
        ChangesState.objects.update(last=last + len(entries), mark=now if drained else mark)
        return len(rows)


def seal_all_changes(*, wait: bool, most: int = 20 * BATCH) -> int:
    """Seal until nothing waits that waited at the beginning, or ``most`` are sealed; how many waited."""
    total = 0
    while total < most:
        count = seal_changes(wait=wait)
        total += count
        if count < BATCH:
            break
    return total


def _changes(rows: Iterable[tuple[Any, ...]]) -> list[Found]:
    """``since`` is when the same asset changed before: in this batch, or in what is sealed."""
    changed: dict[str, datetime] = {}
    found = []
    for _id, asset_id, at, before, after, current, sealed in rows:
        since = changed.get(asset_id, sealed)
        found.append(
            Found(
                asset_id=asset_id,
                at=at,
                before=_read(before),
                after=_read(current) if asset_id else _read(after),
                since=since,
            )
        )
        if asset_id:
            changed[asset_id] = at
    return found


def _turns(rows: Iterable[tuple[Any, ...]], changed: Mapping[str | None, datetime | None]) -> list[Found]:
    """``changed``: when what is sealed together with them changed. The clock turns what is so since then."""
    return [
        Found(asset_id=asset_id, at=None, before=_read(facts), after=_read(facts), since=changed.get(asset_id) or since)
        for asset_id, facts, since in rows
    ]


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _entries(found: list[Found], *, mark: datetime, now: datetime) -> Iterable[ChangeEntry]:
    paths = _paths(found)
    for each in found:
        if each.asset_id is None:
            yield ChangeEntry(at=each.at or now, before=each.before, after=each.after)
        elif each.at is None:
            yield from _turn(each, paths, mark=mark, now=now)
        else:
            yield from _change(each, paths, mark=mark, now=now)


def _change(each: Found, paths: Mapping[str, str], *, mark: datetime, now: datetime) -> Iterable[ChangeEntry]:
    """Somebody may have seen what was before while it was open at any moment since the clock was last asked, but not
    from before it came about; and what is now, if that has closed meanwhile."""
    before = Facts.of_row(each.before, paths) if each.before else None
    after = Facts.of_row(each.after, paths) if each.after else None
    at = each.at or now
    was = before.kept(is_open=before.opened_between(max(mark, each.since or mark), now)) if before else None
    is_open = after is not None and after.open_at(now)
    yield _entry(each, at, was, after.kept(is_open=is_open) if after else None)
    if after is not None and not is_open and after.opened_between(at, now):
        yield _entry(each, now, after.kept(is_open=True), after.kept(is_open=False))


def _turn(each: Found, paths: Mapping[str, str], *, mark: datetime, now: datetime) -> Iterable[ChangeEntry]:
    """What opened, what closed, and what did both since: somebody may have seen that."""
    facts = Facts.of_row(each.before or {}, paths)
    begin = max(mark, each.since or mark)
    was, is_open = facts.open_at(begin), facts.open_at(now)
    closed_again = not was and not is_open and facts.opened_between(begin, now)
    if was != is_open or closed_again:
        yield _entry(each, now, facts.kept(is_open=was or closed_again), facts.kept(is_open=is_open))


def _entry(each: Found, at: datetime, before: dict[str, Any] | None, after: dict[str, Any] | None) -> ChangeEntry:
    said = each.after or each.before or {}
    if after is not None and each.at is not None and _corrected(each):
        after = after | {"corrected": True}
    return ChangeEntry(asset_id=each.asset_id, reference=said.get("reference", ""), at=at, before=before, after=after)


def _corrected(each: Found) -> bool:
    before, after = each.before or {}, each.after or {}
    return bool(after.get("corrected_at")) and before.get("corrected_at") != after.get("corrected_at")


def _paths(found: list[Found]) -> dict[str, str]:
    ids = {
        agency
        for each in found
        if each.asset_id is not None
        for facts in (each.before, each.after)
        if facts
        for agency in (facts["agency"], *facts["shared"])
    }
    return {str(pk): path for pk, path in Agency.objects.filter(pk__in=ids).order_by().values_list("pk", "path")}
