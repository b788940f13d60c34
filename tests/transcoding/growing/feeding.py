"""A growing stream fed by hand from a film that was encoded before, as any number of workers may feed it."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from assets.models import AssetVersion
from transcoding.attempts import Begun, begin
from transcoding.ffmpeg.fragments import FragmentReader
from transcoding.ffmpeg.mp4_codecs import codec_name
from transcoding.growing.cutting import Cut, Cutter
from transcoding.growing.objects import span_of, store_header, store_segment
from transcoding.growing.plan import GrowingRendition
from transcoding.growing.rows import StoredSegment, add_segments, open_stream

PICTURE = GrowingRendition(name="240p-lean", bandwidth=118_000, width=426, height=240, rate=Fraction(25))
SOUND = GrowingRendition(name="audio", bandwidth=140_000, channels=2)


class Feeder:
    """The attempt of a version, and the segments of ``encoded`` (a folder with ``hls``) that it can show."""

    def __init__(self, version: AssetVersion, encoded: Path, *, folder: Path) -> None:
        begun = begin(version.pk, worker="test")
        assert begun is not None
        self.begun: Begun = begun
        self._folder = folder
        self._files = {each.name: encoded / "hls" / each.name / "media.mp4" for each in (PICTURE, SOUND)}
        self._cuts: dict[str, list[Cut]] = {}
        self._headers: dict[str, str] = {}
        known = []
        for each in (PICTURE, SOUND):
            with self._files[each.name].open("rb") as file:
                reader, cutter = FragmentReader(file), Cutter()
                self._cuts[each.name] = [*cutter.feed(reader.read()), *cutter.rest(whole=True)]
            self._headers[each.name] = store_header(begun.prefix, each, reader.header, folder=folder)
            known.append(replace(each, codec=codec_name(reader.header)))
        self.renditions = known

    def open(self, *, duration: float) -> None:
        open_stream(self.begun, renditions=self.renditions, duration=duration)

    def store(self, numbers: range) -> list[StoredSegment]:
        """The objects of these segments of each rendition; no row says so yet."""
        return [
            self._store(rendition, self._cuts[rendition.name][number])
            for rendition in self.renditions
            for number in numbers
            if number < len(self._cuts[rendition.name])
        ]

    def add(self, numbers: range, *, ended: bool = False) -> None:
        add_segments(self.begun, self.store(numbers), ended=ended)

    def _store(self, rendition: GrowingRendition, cut: Cut) -> StoredSegment:
        with self._files[rendition.name].open("rb") as file:
            file.seek(cut.range.offset)
            content = file.read(cut.range.length)
        span = span_of(cut.begin, cut.duration, header=self._headers[rendition.name])
        return store_segment(self.begun.prefix, rendition, span, content, folder=self._folder)
