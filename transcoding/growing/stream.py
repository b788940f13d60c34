"""The growing stream of one run: its files followed by a thread, its rows written by the run itself."""

import logging
import queue
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from django.db import InterfaceError, OperationalError, connection

from transcoding.attempts import Begun, Superseded
from transcoding.growing.follower import Follower, Track
from transcoding.growing.plan import GrowingRendition, carried_on
from transcoding.growing.rows import StoredSegment, add_segments, keep_renditions, open_stream

logger = logging.getLogger(__name__)

DRAIN_SECONDS: Final = 5.0
"""How long a set that is whole waits at most for the end of its growing stream to be stored."""


class Growing:
    """What :class:`transcoding.growing.plan.Watched` asks for, of the attempt ``begun``.

    ``folder``: an existing one for files of passage. The run calls :meth:`note` often (several times a second) in its
    own thread, and :meth:`close` before the folder goes.
    """

    def __init__(self, begun: Begun, *, folder: Path) -> None:
        self._begun = begun
        self._folder = folder
        self._tracks: Mapping[str, Track] = MappingProxyType({})
        self._duration = 0.0
        self._follower: Follower | None = None
        self._whole = False
        self._told: queue.SimpleQueue[tuple[StoredSegment, str]] = queue.SimpleQueue()
        self._codecs: dict[str, str] = {}
        self._waiting: list[StoredSegment] = []
        self._opened = self._ended = self._lost = self._narrowed = False

    @property
    def is_shown(self) -> bool:
        """Whether segments of each rendition were noted."""
        return self._opened

    @contextmanager
    def following(
        self, folder: Path, renditions: Sequence[GrowingRendition], *, duration: float, whole: bool = True
    ) -> Iterator[None]:
        """See :class:`~transcoding.growing.plan.Watched`. Files of an earlier run are removed first; after the last
        one the rest is stored while the run goes on."""
        self._stop()
        if not self._takes(renditions, duration):
            yield
            return
        paths = [folder / "hls" / name / "media.mp4" for name in self._tracks]
        for path in paths:
            path.unlink(missing_ok=True)
        for track in self._tracks.values():
            track.cutter.begin_file()
        self._follower = Follower(
            list(self._tracks.values()),
            paths,
            prefix=self._begun.prefix,
            folder=self._folder,
            tell=lambda segment, codec: self._told.put((segment, codec)),
        )
        self._whole = whole
        self._follower.start()
        try:
            yield
        except BaseException:
            self._stop()
            raise
        self._follower.finish(whole=whole)
        if not whole:  # the files go, and whoever encodes what follows adds to these rows
            self._stop(after=DRAIN_SECONDS)
            self.note()

    def note(self) -> None:
        """Write the rows of what has been stored. A database that is away is asked again at the next call."""
        self._collect()
        drained = self._whole and self._follower is not None and self._follower.drained and self._told.empty()
        ends = drained and not self._ended
        if self._lost or not (self._waiting or ends) or len(self._codecs) < len(self._tracks):
            return
        try:
            self._write(ended=ends)
        except (OperationalError, InterfaceError) as error:
            logger.warning(
                "the growing stream of %s is not noted, the database is away: %s", self._begun.attempt, error
            )
            connection.close()
        except Superseded:  # the run learns it by itself
            self._lost = True

    def close(self, *, whole: bool) -> None:
        """Stop following; the run is over. ``whole``: it made its set, so the end of the stream is worth a moment."""
        self._stop(after=DRAIN_SECONDS if whole else 0.0)
        if whole:
            self.note()

    def _takes(self, renditions: Sequence[GrowingRendition], duration: float) -> bool:
        """Whether these files carry on what is shown already; the first ones always do. A ladder that was fitted since
        may lack some, which then are shown no more."""
        if not self._tracks:
            self._duration = duration
            self._tracks = {each.name: Track(rendition=each) for each in renditions}
        carried = carried_on([track.rendition for track in self._tracks.values()], renditions)
        if not carried:
            logger.warning("attempt %s encodes otherwise than its beginning: nothing is added", self._begun.attempt)
            return False
        self._narrowed = self._narrowed or len(carried) < len(self._tracks)
        self._tracks = {each.name: self._tracks[each.name] for each in carried}
        self._waiting = [segment for segment in self._waiting if segment.rendition in self._tracks]
        return True

    def _collect(self) -> None:
        while not self._told.empty():
            segment, codec = self._told.get()
            if segment.rendition not in self._tracks:
                continue
            self._codecs.setdefault(segment.rendition, codec)
            self._waiting.append(segment)

    def _write(self, *, ended: bool) -> None:
        if not self._opened:
            known = [replace(track.rendition, codec=self._codecs[name]) for name, track in self._tracks.items()]
            open_stream(self._begun, renditions=known, duration=self._duration)
            self._opened = True
        if self._narrowed:
            keep_renditions(self._begun, list(self._tracks))
            self._narrowed = False
        add_segments(self._begun, self._waiting, ended=ended)
        self._waiting, self._ended = [], self._ended or ended

    def _stop(self, *, after: float = 0.0) -> None:
        if self._follower is not None:
            self._follower.stop(after=after)
