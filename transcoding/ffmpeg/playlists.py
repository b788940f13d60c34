"""HLS playlists (RFC 8216, RFC 8216bis for fragments' keyframes): built from what our files hold. Pure.

Byte ranges are offsets into the one file that a media playlist names.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from transcoding.ffmpeg.fragments import ByteRange, Fragment, FragmentedFile
from transcoding.ffmpeg.languages import short_language, track_name
from transcoding.ffmpeg.segments import LEAST_SEGMENT, begin_at_least

_URI = re.compile(r'URI="([^"]*)"')
DESCRIBES_VIDEO = "public.accessibility.describes-video"


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Bytes of the file that last ``duration`` seconds."""

    duration: float
    range: ByteRange


@dataclass(frozen=True, kw_only=True)
class MediaPlaylist:
    """One rendition: its file's name, the initialisation section and the segments in order.

    ``keyframes``: of a picture, each fragment's first sample with the boxes before it, and how long it stands.
    """

    uri: str
    header: ByteRange
    segments: tuple[Segment, ...]
    keyframes: tuple[Segment, ...] = ()

    @property
    def target_duration(self) -> int:
        """The longest segment, rounded (RFC 8216, 4.3.3.1)."""
        return _target(self.segments)

    @property
    def duration(self) -> float:
        return sum(segment.duration for segment in self.segments)

    @property
    def average_bandwidth(self) -> int:
        """Bits per second over the whole."""
        return _rate(self.segments)

    @property
    def peak_bandwidth(self) -> int:
        """The highest bit rate of any run of segments that lasts 0.5 to 1.5 target durations (RFC 8216, 4.3.4.2)."""
        return _peak(self.segments, self.target_duration)

    @property
    def keyframe_bandwidth(self) -> tuple[int, int]:
        """Average and peak bits per second of a player that shows keyframes alone."""
        return _rate(self.keyframes), _peak(self.keyframes, _target(self.keyframes))


def build_playlist(uri: str, file: FragmentedFile, *, picture: bool, moved: int = 0) -> MediaPlaylist:
    """The playlist of ``file``, whose fragments lie ``moved`` bytes further back than when it was read."""
    return MediaPlaylist(
        uri=uri,
        header=file.header,
        segments=tuple(_segment(group, moved) for group in group_fragments(file.fragments)),
        keyframes=tuple(
            Segment(duration=float(fragment.duration), range=_moved(fragment.first, moved))
            for fragment in file.fragments
        )
        if picture
        else (),
    )


def group_fragments(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Fragments joined into segments of at least four seconds, but for the last."""
    starts = set(begin_at_least([fragment.begin for fragment in fragments], LEAST_SEGMENT))
    groups: list[list[Fragment]] = []
    for fragment in fragments:
        if fragment.begin in starts:
            groups.append([])
        groups[-1].append(fragment)
    return groups


def _segment(group: Sequence[Fragment], moved: int) -> Segment:
    first, last = group[0].range, group[-1].range
    return Segment(
        duration=float(sum(fragment.duration for fragment in group)),
        range=ByteRange(offset=first.offset + moved, length=last.end - first.offset),
    )


def _moved(where: ByteRange, by: int) -> ByteRange:
    return ByteRange(offset=where.offset + by, length=where.length)


def _target(segments: Sequence[Segment]) -> int:
    return max(1, int(max(segment.duration for segment in segments) + 0.5))


def _rate(segments: Sequence[Segment]) -> int:
    seconds = sum(segment.duration for segment in segments)
    return round(8 * sum(segment.range.length for segment in segments) / seconds) if seconds > 0 else 0


def _peak(segments: Sequence[Segment], target: int) -> int:
    peak = _rate(segments)
    for first in range(len(segments)):
        last, seconds = first, 0.0
        while last < len(segments) and seconds <= 1.5 * target:
            seconds += segments[last].duration
            last += 1
            if 0.5 * target <= seconds <= 1.5 * target:
                peak = max(peak, _rate(segments[first:last]))
    return peak


def parse_begins(playlist: str) -> tuple[Fraction, ...]:
    """When each segment of a media playlist of ours begins, in seconds."""
    seconds = [Fraction(text) for text in re.findall(r"^#EXTINF:([0-9.]+),", playlist, flags=re.MULTILINE)]
    return tuple(accumulate(seconds[:-1], initial=Fraction(0))) if seconds else ()


def render_media_playlist(playlist: MediaPlaylist) -> str:
    """The segments, from the first to the last."""
    return _render(playlist, playlist.segments, "#EXT-X-INDEPENDENT-SEGMENTS")


def render_keyframe_playlist(playlist: MediaPlaylist) -> str:
    """Keyframes alone, for scrubbing and fast forward (RFC 8216, 4.3.3.6)."""
    return _render(playlist, playlist.keyframes, "#EXT-X-I-FRAMES-ONLY")


def _render(playlist: MediaPlaylist, parts: Sequence[Segment], kind: str) -> str:
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{_target(parts)}", "#EXT-X-MEDIA-SEQUENCE:0"]
    lines += ["#EXT-X-PLAYLIST-TYPE:VOD", kind]
    lines.append(f'#EXT-X-MAP:URI="{playlist.uri}",BYTERANGE="{playlist.header.length}@{playlist.header.offset}"')
    for part in parts:
        lines += [f"#EXTINF:{part.duration:.6f},", f"#EXT-X-BYTERANGE:{part.range.length}@{part.range.offset}"]
        lines.append(playlist.uri)
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One rung with its own measured rates. ``codec`` by RFC 6381; ``uri`` relative to the master.

    ``keyframes``: the uri, average and peak rate of its playlist of keyframes. ``group``: of the sound that goes with
    it.
    """

    uri: str
    codec: str
    average_bandwidth: int
    peak_bandwidth: int
    width: int | None = None
    height: int | None = None
    rate: Fraction | None = None
    group: str = ""
    keyframes: tuple[str, int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class AudioRendition:
    """One track in one group of sound. ``number`` counts tracks from 1, the main one; ``role`` as the source tells."""

    uri: str
    codec: str
    channels: int
    average_bandwidth: int
    peak_bandwidth: int
    group: str = "audio"
    number: int = 1
    language: str = ""
    role: str = ""


def render_master(variants: Sequence[Variant], audio: Sequence[AudioRendition] = ()) -> str:
    """The master playlist, variants in the order given. Bandwidths are a variant's plus its group's highest."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS", *_entries(variants, audio)]
    return "\n".join(lines) + "\n"


def extend_master(
    master: str, variants: Sequence[Variant], audio: Sequence[AudioRendition], *, moved: Callable[[str], str]
) -> str:
    """A master of ours, whose files are now at ``moved(uri)``, with further variants behind those that it has."""
    lines = [
        _URI.sub(lambda found: f'URI="{moved(found[1])}"', line) if line.startswith("#") else moved(line)
        for line in master.splitlines()
    ]
    return "\n".join([*lines, *_entries(variants, audio)]) + "\n"


def _entries(variants: Sequence[Variant], audio: Sequence[AudioRendition]) -> list[str]:
    lines = ["#EXT-X-MEDIA:" + _audio_attributes(track) for track in audio]
    for variant in variants:
        group = [track for track in audio if variant.group and track.group == variant.group]
        lines += ["#EXT-X-STREAM-INF:" + _variant_attributes(variant, group), variant.uri]
    lines += ["#EXT-X-I-FRAME-STREAM-INF:" + _keyframe_attributes(variant) for variant in variants if variant.keyframes]
    return lines


def _audio_attributes(track: AudioRendition) -> str:
    language, main = short_language(track.language), track.number == 1
    name = track_name(language, role=track.role, number=track.number)
    attributes = ["TYPE=AUDIO", f'GROUP-ID="{track.group}"', f'NAME="{name}"']
    attributes += ["DEFAULT=YES" if main else "DEFAULT=NO"]
    attributes += ["AUTOSELECT=NO" if track.role == "commentary" and not main else "AUTOSELECT=YES"]
    if language:
        attributes.append(f'LANGUAGE="{language}"')
    if track.role == "description":
        attributes.append(f'CHARACTERISTICS="{DESCRIBES_VIDEO}"')
    return ",".join([*attributes, f'CHANNELS="{track.channels}"', f'URI="{track.uri}"'])


def _variant_attributes(variant: Variant, group: Sequence[AudioRendition]) -> str:
    sound = [track for track in group if track.uri != variant.uri] if variant.width is None else group
    peak, average = variant.peak_bandwidth, variant.average_bandwidth
    if variant.width is not None:
        peak += max((track.peak_bandwidth for track in sound), default=0)
        average += max((track.average_bandwidth for track in sound), default=0)
    codecs = dict.fromkeys([variant.codec, *(track.codec for track in sound)])
    attributes = [f"BANDWIDTH={peak}", f"AVERAGE-BANDWIDTH={average}", f'CODECS="{",".join(codecs)}"']
    if variant.width is not None:
        attributes.append(f"RESOLUTION={variant.width}x{variant.height}")
    if variant.rate is not None:
        attributes.append(f"FRAME-RATE={float(variant.rate):.3f}")
    if group:
        attributes.append(f'AUDIO="{variant.group}"')
    return ",".join([*attributes, "CLOSED-CAPTIONS=NONE"] if variant.width is not None else attributes)


def _keyframe_attributes(variant: Variant) -> str:
    uri, average, peak = variant.keyframes or ("", 0, 0)
    return (
        f'BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS="{variant.codec}",'
        f'RESOLUTION={variant.width}x{variant.height},URI="{uri}"'
    )
