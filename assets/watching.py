"""Counts how often the streams of films are asked for, in few writes: what a process sees within some seconds is added
up in its memory and written by one statement.

A process that ends takes the last seconds' counts with it, and caches in front answer for most viewers: the sum says
whether a film is watched, not by how many.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from procrastinate.exceptions import ConnectorException

from assets.av1 import ask_for_av1
from assets.delivery import is_public
from assets.models import Asset, AssetVersion
from assets.states import Kind

logger = logging.getLogger(__name__)

WRITE_SECONDS: Final = 30.0
MOST_HELD: Final = 1000
"""Films counted between two writes; what is beyond is not counted."""
_ADD = """
INSERT INTO assets_watching AS watching (version_id, views, last_at)
SELECT seen.id, seen.views, statement_timestamp()
FROM unnest(%s::uuid[], %s::bigint[]) AS seen (id, views) JOIN assets_assetversion AS version ON version.id = seen.id
ORDER BY seen.id
ON CONFLICT (version_id) DO UPDATE SET views = watching.views + EXCLUDED.views, last_at = EXCLUDED.last_at
RETURNING watching.version_id, watching.views
"""


class Watchers:
    """The counts of one process."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._seen: Counter[UUID] = Counter()
        self._written_at = float("-inf")

    def saw(self, version: AssetVersion, kind: str) -> None:
        """Count a view of a version, and write when it is time. A database that is away costs the counts, no more."""
        if kind != Kind.VIDEO:
            return
        due = self._count(version.pk)
        if not due:
            return
        try:
            for watched in _write(due):
                ask_for_av1(watched)
        except (OperationalError, InterfaceError, ConnectorException) as error:
            logger.warning("views of %d films are not counted: %s", len(due), error)

    def _count(self, version_id: UUID) -> Counter[UUID]:
        """Take in one view; what is to be written now."""
        with self._lock:
            if version_id in self._seen or len(self._seen) < MOST_HELD:
                self._seen[version_id] += 1
            if self._clock() - self._written_at < WRITE_SECONDS:
                return Counter()
            due, self._seen, self._written_at = self._seen, Counter(), self._clock()
            return due


watchers: Final = Watchers()


def count_view(asset: Asset) -> None:
    """A page with the player of an asset (``with_policy_facts``) is shown. Of what everybody may fetch the stream
    itself is counted, when the player asks for it."""
    if asset.current_version is not None and not is_public(asset, asset.database_now):
        watchers.saw(asset.current_version, asset.kind)


def _write(seen: Counter[UUID]) -> list[UUID]:
    """Add the counts to what is stored; the films that have been watched enough for AV1 just now. Those that were
    before are looked at by the hour."""
    with connection.cursor() as cursor:
        least = settings.AV1_AFTER_VIEWS
        cursor.execute(_ADD, [list(seen), list(seen.values())])
        return [version_id for version_id, views in cursor.fetchall() if views - seen[version_id] < least <= views]
