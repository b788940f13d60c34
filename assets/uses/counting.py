"""Counts uses in the memory of a process, so that no view costs a write.

``flush`` writes what was counted; a thread of each web process calls it every ``FLUSH_SECONDS`` and when the process
ends on SIGTERM. One that is killed takes the counts of its last seconds with it. While the database is away the counts
wait, as far as there is room.
"""

import logging
from collections import Counter
from dataclasses import replace
from threading import Event, Lock, Thread
from typing import Final
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest
from django.utils import timezone

from assets.delivery import MANIFESTS
from assets.models import Asset, Rendition
from assets.states import UseKind
from assets.uses.keys import UseKey
from assets.uses.referring import page_of
from assets.uses.writing import write_uses
from permissions.actor import Actor

logger = logging.getLogger(__name__)

FLUSH_SECONDS: Final = 5.0
MOST_HELD: Final = 20_000
"""Different uses held between two writes. Beyond it a use of a page is counted without its page, and beyond twice as
many not at all."""


class UseCounter:
    """The counts of one process, for all its threads."""

    def __init__(self, *, most: int = MOST_HELD) -> None:
        self._lock = Lock()
        self._most = most
        self._held: Counter[UseKey] = Counter()
        self._lost = 0

    def add(self, key: UseKey, uses: int = 1) -> None:
        """Count within the bound."""
        with self._lock:
            if key not in self._held and len(self._held) >= self._most:
                key = replace(key, site="", page="")
                if key not in self._held and len(self._held) >= 2 * self._most:
                    self._lost += uses
                    return
            self._held[key] += uses

    def flush(self) -> int:
        """Write what is held; how many uses. What cannot be written now is held again."""
        with self._lock:
            due, self._held = self._held, Counter()
            lost, self._lost = self._lost, 0
        if lost:
            logger.warning("%d uses of works were not counted: too many different ones at once", lost)
        if not due:
            return 0
        try:
            write_uses(due)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("%d uses of works wait to be counted: %s", due.total(), error)
            for key, uses in due.items():
                self.add(key, uses)
            return 0
        return due.total()


uses: Final = UseCounter()


class Flusher(Thread):
    """Writes the counts of a process every some seconds, and when it is stopped."""

    def __init__(self, counter: UseCounter = uses, *, seconds: float = FLUSH_SECONDS) -> None:
        super().__init__(name="uses", daemon=True)
        self._counter, self._seconds, self._ending = counter, seconds, Event()

    def run(self) -> None:
        while not self._ending.wait(self._seconds):
            self._write()
        self._write()

    def stop(self, *, within: float = 10.0) -> None:
        """Write the last counts; waits for it no longer than ``within`` seconds."""
        self._ending.set()
        self.join(within)

    def _write(self) -> None:
        try:
            self._counter.flush()
        finally:
            connection.close()


def count_embed(request: HttpRequest, asset: Asset) -> None:
    """The page for frames is shown in a page of another site."""
    _count_page(request, asset.pk, UseKind.EMBED)


def count_media(request: HttpRequest, rendition: Rendition) -> None:
    """A public file is shown in a page of another site. Of a stream its manifest counts, of a file its beginning."""
    within = rendition.profile.startswith("hls/") and rendition.profile not in MANIFESTS
    if within or not request.headers.get("Range", "bytes=0-").startswith("bytes=0-"):
        return
    _count_page(request, rendition.version.asset_id, UseKind.MEDIA)


def count_download(asset_id: UUID, by: Actor) -> None:
    """A link to a file was given out."""
    _count_actor(asset_id, by, UseKind.DOWNLOAD)


def count_read(asset_id: UUID, by: Actor) -> None:
    """A program read what is said of a work, by its token. People who look at pages are not counted."""
    if by.token_id is not None:
        _count_actor(asset_id, by, UseKind.READ)


def _count_page(request: HttpRequest, asset_id: UUID, kind: UseKind) -> None:
    page = page_of(request)
    if page is not None:
        uses.add(UseKey(asset_id=asset_id, day=timezone.localdate(), kind=kind, site=page.site, page=page.path))


def _count_actor(asset_id: UUID, by: Actor, kind: UseKind) -> None:
    key = UseKey(asset_id=asset_id, day=timezone.localdate(), kind=kind, agency_id=agency_of(by), token_id=by.token_id)
    uses.add(key)


def agency_of(by: Actor) -> UUID | None:
    """For whom somebody acts: the agency that has all of theirs below it; None where there is no such."""
    if by.agency_id is not None or not by.grants:
        return by.agency_id
    first = min(by.grants, key=lambda grant: len(grant.path))
    return first.agency_id if all(first.covers(grant.path) for grant in by.grants) else None
