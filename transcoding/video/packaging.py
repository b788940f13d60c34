"""A fragmented file as a command wrote it becomes one that players stream: an index in front, playlists beside it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath

from transcoding.ffmpeg.fragments import ByteRange, FragmentedFile, FragmentError, read_fragments, sidx
from transcoding.ffmpeg.mp4_codecs import codec_name
from transcoding.ffmpeg.playlists import (
    MediaPlaylist,
    build_playlist,
    group_fragments,
    render_keyframe_playlist,
    render_media_playlist,
)
from transcoding.ffmpeg.runner import ProcessingCancelled

PIECE = 64 * 1024 * 1024
MEDIA, PLAYLIST, KEYFRAMES = "media.mp4", "index.m3u8", "iframes.m3u8"


@dataclass(frozen=True, kw_only=True)
class Packaged:
    """One finished rendition: its folder's ``name``, its playlist and codec, and where its segment index lies.

    ``keyframes``: of a picture, when each fragment begins, in seconds; ``samples``: how many pictures it has.
    """

    name: str
    playlist: MediaPlaylist
    codec: str
    index: ByteRange
    keyframes: tuple[Fraction, ...]
    samples: int

    @property
    def media(self) -> PurePosixPath:
        return PurePosixPath("hls", self.name, MEDIA)

    @property
    def switch_points(self) -> tuple[float, ...]:
        """When each segment begins, in seconds."""
        begin, points = 0.0, []
        for segment in self.playlist.segments:
            points.append(begin)
            begin += segment.duration
        return tuple(points)


def package(folder: Path, name: str, *, picture: bool, cancelled: Callable[[], bool] = lambda: False) -> Packaged:
    """Put the index into ``hls/{name}/media.mp4`` and write the playlists.

    Raises ``OSError`` or ``ValueError`` when the file is not whole, :class:`ProcessingCancelled` once asked to stop.
    """
    path = folder / "hls" / name / MEDIA
    with path.open("rb") as file:
        found = read_fragments(file, size=path.stat().st_size)
    if picture and not all(fragment.independent for fragment in found.fragments):
        raise FragmentError("a fragment does not begin with a keyframe")
    index = _index(found)
    _insert(path, index, at=found.header.end, cancelled=cancelled)
    playlist = build_playlist(MEDIA, found, picture=picture, moved=len(index))
    (path.parent / PLAYLIST).write_text(render_media_playlist(playlist), encoding="ascii")
    if picture:
        (path.parent / KEYFRAMES).write_text(render_keyframe_playlist(playlist), encoding="ascii")
    return Packaged(
        name=name,
        playlist=playlist,
        codec=codec_name(found.codec_header),
        index=ByteRange(offset=found.header.end, length=len(index)),
        keyframes=tuple(fragment.begin for fragment in found.fragments) if picture else (),
        samples=sum(fragment.samples for fragment in found.fragments),
    )


def _index(file: FragmentedFile) -> bytes:
    groups = group_fragments(file.fragments)
    subsegments = [
        (sum(fragment.range.length for fragment in group), sum((each.duration for each in group), Fraction(0)))
        for group in groups
    ]
    return sidx(file.timescale, file.fragments[0].begin, subsegments)


def _insert(path: Path, data: bytes, *, at: int, cancelled: Callable[[], bool]) -> None:
    """Write ``data`` into the file at ``at``. The kernel copies the rest."""
    whole = path.with_suffix(".whole")
    with path.open("rb") as source, whole.open("wb") as target:
        target.write(source.read(at) + data)
        target.flush()
        size, position = path.stat().st_size, at
        while position < size:
            if cancelled():
                raise ProcessingCancelled
            copied = os.sendfile(target.fileno(), source.fileno(), position, PIECE)
            if copied == 0:
                raise OSError("the file became shorter while it was read")
            position += copied
    whole.replace(path)
