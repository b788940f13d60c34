"""A thread that stores what an encoder has finished of its files, while the encoder writes on.

It touches files and the store, never the database: what it stored is told to ``tell``, which must be quick and safe to
call from a thread. Where the store is away it waits; what else goes wrong ends the following and not the run, for the
growing stream is a view of the work, not its result.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from assets.storage.base import StoreUnavailable
from permissions.errors import DomainError
from transcoding.ffmpeg.fragments import FragmentReader
from transcoding.ffmpeg.mp4_codecs import codec_name
from transcoding.growing.cutting import Cut, Cutter
from transcoding.growing.objects import span_of, store_header, store_segment
from transcoding.growing.plan import GrowingRendition
from transcoding.growing.rows import StoredSegment

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.1
STORE_WAIT_SECONDS: Final = 2.0


@dataclass(kw_only=True)
class Track:
    """One rendition over the whole life of a stream, whichever files it comes from."""

    rendition: GrowingRendition
    cutter: Cutter = field(default_factory=Cutter)


Tell = Callable[[StoredSegment, str], None]
"""Gets a segment and the codec that its file's header names."""


class Follower:
    """Follows one file for each track, from its start to its stop.

    ``paths``: of the files, which need not be there yet. ``folder``: for files of passage, there for as long.
    """

    def __init__(
        self, tracks: Sequence[Track], paths: Sequence[Path], *, prefix: str, folder: Path, tell: Tell
    ) -> None:
        self.drained = False
        """Whether everything of files that were finished is stored."""
        self._sources = [_Source(track, path) for track, path in zip(tracks, paths, strict=True)]
        self._prefix = prefix
        self._folder = folder
        self._tell = tell
        self._whole = False
        self._finished = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="growing", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self, *, whole: bool) -> None:
        """The files are finished; with ``whole`` they end with the film, else somewhere in it. Does not wait."""
        self._whole = whole
        self._finished.set()

    def stop(self, *, after: float = 0.0) -> None:
        """End it, ``after`` seconds if it has something left to store; then the thread touches nothing any more."""
        self._thread.join(after)
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            with ExitStack() as files:
                self._follow(files)
        except (OSError, ValueError, DomainError):
            logger.exception("the stream below %s grows no further", self._prefix)

    def _follow(self, files: ExitStack) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            finished = self._finished.is_set()  # asked before looking, so that the look sees all of it
            for source in self._sources:
                for cut in source.cuts(files, finished=finished, whole=self._whole):
                    if not self._store(source, cut):
                        return
            if finished:
                self.drained = not any(source.track.cutter.lost for source in self._sources)
                return

    def _store(self, source: "_Source", cut: Cut) -> bool:
        """Store a segment and tell of it; False when nobody waits for it any more."""
        while not self._stopped.is_set():
            try:
                header = source.store_header(self._prefix, self._folder)
                stored = store_segment(
                    self._prefix,
                    source.track.rendition,
                    span_of(cut.begin, cut.duration, header=header),
                    source.read(cut),
                    folder=self._folder,
                )
            except StoreUnavailable as error:
                logger.warning("the growing stream waits for the store: %s", error)
                self._stopped.wait(STORE_WAIT_SECONDS)
            else:
                self._tell(stored, source.codec)
                return True
        return False


class _Source:
    """One file that is being written, for its track."""

    def __init__(self, track: Track, path: Path) -> None:
        self.track = track
        self.codec = ""
        self._header = ""
        self._path = path
        self._file: BinaryIO | None = None
        self._reader: FragmentReader | None = None

    def cuts(self, files: ExitStack, *, finished: bool, whole: bool) -> list[Cut]:
        """The segments that became whole since the last look; of a ``finished`` file also what is left."""
        if self._reader is None:
            if not self._path.exists():
                return []
            self._file = files.enter_context(self._path.open("rb"))
            self._reader = FragmentReader(self._file)
        cutter = self.track.cutter
        cuts = cutter.feed(self._reader.read())
        return [*cuts, *cutter.rest(whole=whole)] if finished else cuts

    def store_header(self, prefix: str, folder: Path) -> str:
        """Once, before the first segment; its name."""
        if not self._header and self._reader is not None:
            self._header = store_header(prefix, self.track.rendition, self._reader.header, folder=folder)
            self.codec = codec_name(self._reader.header)
        return self._header

    def read(self, cut: Cut) -> bytes:
        if self._file is None:
            raise ValueError("nothing was cut of a file that is not open")
        self._file.seek(cut.range.offset)
        return self._file.read(cut.range.length)
