"""HLS playlists (RFC 8216): reading the media playlists that ffmpeg wrote, and writing the master from measured facts.

Pure. Byte ranges are offsets into the one file that a media playlist names.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

AUDIO_GROUP = "audio"
_SHORT_LANGUAGES = {  # BCP 47 wants the shortest code; containers carry ISO 639-2
    "vie": "vi",
    "eng": "en",
    "fra": "fr",
    "fre": "fr",
    "zho": "zh",
    "chi": "zh",
    "jpn": "ja",
    "kor": "ko",
    "rus": "ru",
    "spa": "es",
    "deu": "de",
    "ger": "de",
    "lao": "lo",
    "khm": "km",
    "tha": "th",
}


class PlaylistError(ValueError):
    """The text is not a finished single-file media playlist, or does not fit its file."""


@dataclass(frozen=True, kw_only=True)
class ByteRange:
    offset: int
    length: int

    @property
    def end(self) -> int:
        return self.offset + self.length


@dataclass(frozen=True, kw_only=True)
class Segment:
    """``duration`` in seconds."""

    duration: float
    range: ByteRange


@dataclass(frozen=True, kw_only=True)
class MediaPlaylist:
    """One rendition: its file's name, the initialisation section and the segments in order."""

    uri: str
    target_duration: int
    header: ByteRange
    segments: tuple[Segment, ...]

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
        peak = self.average_bandwidth
        for first in range(len(self.segments)):
            last, seconds = first, 0.0
            while last < len(self.segments) and seconds <= 1.5 * self.target_duration:
                seconds += self.segments[last].duration
                last += 1
                if 0.5 * self.target_duration <= seconds <= 1.5 * self.target_duration:
                    peak = max(peak, _rate(self.segments[first:last]))
        return peak

    def check(self, *, file_size: int) -> None:
        """Ranges follow each other without a gap over the whole file. Raises :class:`PlaylistError`."""
        if self.header.offset != 0:
            raise PlaylistError("the initialisation section is not at the start of the file")
        position = self.header.end
        for number, segment in enumerate(self.segments):
            if segment.range.offset != position or segment.range.length <= 0:
                raise PlaylistError(f"segment {number} begins at {segment.range.offset}, expected {position}")
            position = segment.range.end
        if position != file_size:
            raise PlaylistError(f"the segments end at {position} in a file of {file_size} bytes")


def _rate(segments: Sequence[Segment]) -> int:
    seconds = sum(segment.duration for segment in segments)
    return round(8 * sum(segment.range.length for segment in segments) / seconds) if seconds > 0 else 0


def parse_media_playlist(text: str) -> MediaPlaylist:
    """A finished VOD playlist over one file, as ffmpeg's ``single_file`` writes it. Raises :class:`PlaylistError`."""
    lines = text.splitlines()
    if not lines or lines[0] != "#EXTM3U" or lines[-1] != "#EXT-X-ENDLIST":
        raise PlaylistError("the playlist was not written to its end")
    header = re.search(r'^#EXT-X-MAP:URI="([^"]+)",BYTERANGE="(\d+)@(\d+)"$', text, re.MULTILINE)
    target = re.search(r"^#EXT-X-TARGETDURATION:(\d+)$", text, re.MULTILINE)
    if header is None or target is None:
        raise PlaylistError("the playlist lacks its initialisation section or target duration")
    pattern = r"^#EXTINF:([\d.]+),.*\n#EXT-X-BYTERANGE:(\d+)@(\d+)\n(\S+)$"
    found = re.findall(pattern, text, re.MULTILINE)
    if not found or any(uri != header[1] for *_, uri in found) or len(found) != text.count("#EXTINF:"):
        raise PlaylistError("the playlist has no segments, or segments of other files")
    return MediaPlaylist(
        uri=header[1],
        target_duration=int(target[1]),
        header=ByteRange(offset=int(header[3]), length=int(header[2])),
        segments=tuple(
            Segment(duration=float(seconds), range=ByteRange(offset=int(offset), length=int(length)))
            for seconds, length, offset, _ in found
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One rung with its own measured rates. ``codec`` by RFC 6381; ``uri`` relative to the master."""

    uri: str
    codec: str
    average_bandwidth: int
    peak_bandwidth: int
    width: int | None = None
    height: int | None = None
    rate: Fraction | None = None


@dataclass(frozen=True, kw_only=True)
class AudioRendition:
    """The sound that all variants share."""

    uri: str
    codec: str
    channels: int
    average_bandwidth: int
    peak_bandwidth: int
    language: str = ""


def render_master(variants: Sequence[Variant], audio: AudioRendition | None = None) -> str:
    """The master playlist, variants in the order given. Bandwidths are the rung's plus the sound's."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if audio is not None:
        lines.append("#EXT-X-MEDIA:" + _audio_attributes(audio))
    for variant in variants:
        lines += ["#EXT-X-STREAM-INF:" + _variant_attributes(variant, audio), variant.uri]
    return "\n".join(lines) + "\n"


def _audio_attributes(audio: AudioRendition) -> str:
    language = _SHORT_LANGUAGES.get(audio.language, audio.language)
    name = language or "main"
    attributes = ["TYPE=AUDIO", f'GROUP-ID="{AUDIO_GROUP}"', f'NAME="{name}"', "DEFAULT=YES", "AUTOSELECT=YES"]
    if language:
        attributes.append(f'LANGUAGE="{language}"')
    return ",".join([*attributes, f'CHANNELS="{audio.channels}"', f'URI="{audio.uri}"'])


def _variant_attributes(variant: Variant, audio: AudioRendition | None) -> str:
    extra_peak, extra_average = (audio.peak_bandwidth, audio.average_bandwidth) if audio else (0, 0)
    codecs = ",".join([variant.codec, audio.codec] if audio else [variant.codec])
    attributes = [
        f"BANDWIDTH={variant.peak_bandwidth + extra_peak}",
        f"AVERAGE-BANDWIDTH={variant.average_bandwidth + extra_average}",
        f'CODECS="{codecs}"',
    ]
    if variant.width is not None:
        attributes.append(f"RESOLUTION={variant.width}x{variant.height}")
    if variant.rate is not None:
        attributes.append(f"FRAME-RATE={float(variant.rate):.3f}")
    if audio is not None:
        attributes.append(f'AUDIO="{AUDIO_GROUP}"')
    return ",".join([*attributes, "CLOSED-CAPTIONS=NONE"] if variant.width is not None else attributes)
