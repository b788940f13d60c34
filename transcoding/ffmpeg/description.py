"""What ffprobe says of a file, as typed values. Pure: JSON in, :class:`MediaDescription` out."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})
INTERLACED_ORDERS = frozenset({"tt", "bb", "tb", "bt"})
AUDIO_ROLES = {"visual_impaired": "description", "descriptions": "description", "comment": "commentary"}
MAX_TAG_LENGTH = 4000
MAX_TAGS = 200
CONTAINER_NOTES = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "encoder", "handler_name", "vendor_id"}
)
DEFAULT_RATE = 25
"""Pictures per second of a film whose packets carry no times."""
HIGHEST_INTERLACED = 60


@dataclass(frozen=True, kw_only=True)
class VideoStream:
    """One moving picture. ``width`` and ``height`` are as stored; ``rotation`` is clockwise, 0, 90, 180 or 270 degrees.

    Rates in pictures per second, ``bitrate`` in bits per second, ``duration`` and ``start`` in seconds; None or empty
    where the file does not say. Colour names are ffmpeg's, ``level`` is the codec's own number.
    ``progressive`` is said, not supposed; ``transformed``: it is to be turned or mirrored, ``mirrored``: the latter.
    """

    index: int
    codec: str
    width: int
    height: int
    profile: str = ""
    level: int | None = None
    sample_aspect: Fraction = Fraction(1)
    rotation: int = 0
    average_rate: Fraction | None = None
    real_rate: Fraction | None = None
    interlaced: bool = False
    progressive: bool = False
    transformed: bool = False
    mirrored: bool = False
    pixel_format: str = ""
    bit_depth: int = 8
    matrix: str = ""
    transfer: str = ""
    primaries: str = ""
    range: str = ""
    bitrate: int | None = None
    duration: float | None = None
    start: float | None = None
    default: bool = False

    @property
    def hdr(self) -> bool:
        return self.transfer in HDR_TRANSFERS

    @property
    def variable_rate(self) -> bool:
        """The average differs from the finest spacing by over 1 %: pictures do not come at one rate."""
        if self.interlaced or not self.average_rate or not self.real_rate:
            return False
        return abs(self.real_rate / self.average_rate - 1) > Fraction(1, 100)

    @property
    def display_size(self) -> tuple[Fraction, Fraction]:
        """Width and height as people see it: square pixels, upright. Anamorphic pictures keep their height."""
        width, height = self.width * self.sample_aspect, Fraction(self.height)
        return (height, width) if self.rotation in (90, 270) else (width, height)


@dataclass(frozen=True, kw_only=True)
class AudioStream:
    """One sound track. ``layout`` is ffmpeg's name (``stereo``, ``5.1``) or empty; ``language`` ISO 639 or empty.

    ``role``: ``description`` (of the picture, for those who do not see it), ``commentary``, or empty for the programme.
    """

    index: int
    codec: str
    channels: int
    sample_rate: int
    profile: str = ""
    layout: str = ""
    language: str = ""
    role: str = ""
    bitrate: int | None = None
    duration: float | None = None
    start: float | None = None
    default: bool = False


@dataclass(frozen=True, kw_only=True)
class MediaDescription:
    """One file. ``attached_pictures`` (cover art) are counted apart: they are not video. ``size`` in bytes."""

    container: str
    size: int
    duration: float | None = None
    bitrate: int | None = None
    video: tuple[VideoStream, ...] = ()
    audio: tuple[AudioStream, ...] = ()
    attached_pictures: int = 0
    other_streams: int = 0
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def stream_count(self) -> int:
        return len(self.video) + len(self.audio) + self.attached_pictures + self.other_streams

    @property
    def main_video(self) -> VideoStream | None:
        return next((stream for stream in self.video if stream.default), self.video[0] if self.video else None)

    @property
    def main_audio(self) -> AudioStream | None:
        return next((stream for stream in self.audio if stream.default), self.audio[0] if self.audio else None)

    def measured(self, *, seconds: float, frames: int) -> "MediaDescription":
        """The same with duration and average rate as counted from its packets, in place of what the header claims.

        ``seconds`` are those of the longest stream. Interlaced pictures keep a plausible rate, for they come at one.
        """
        main = self.main_video
        if main is None or frames <= 0:
            return replace(self, duration=seconds or None)
        seconds = seconds or frames / DEFAULT_RATE
        if main.interlaced and 0 < (main.average_rate or 0) <= HIGHEST_INTERLACED:
            return replace(self, duration=seconds)
        counted = replace(main, average_rate=Fraction(frames / seconds).limit_denominator(1001))
        video = tuple(counted if stream is main else stream for stream in self.video)
        return replace(self, duration=seconds, video=video)


def parse_description(probed: Mapping[str, Any]) -> MediaDescription:
    """From ``ffprobe -print_format json -show_format -show_streams``. Missing or absurd fields become None or empty."""
    container: Mapping[str, Any] = probed.get("format", {})
    streams: list[Mapping[str, Any]] = probed.get("streams", [])
    pictures = [stream for stream in streams if _is_picture(stream)]
    video = [s for s in streams if s.get("codec_type") == "video" and s not in pictures]
    audio = [s for s in streams if s.get("codec_type") == "audio"]
    return MediaDescription(
        container=str(container.get("format_name", "")),
        size=_integer(container.get("size")) or 0,
        duration=_seconds(container.get("duration")),
        bitrate=_integer(container.get("bit_rate")),
        video=tuple(map(_video, video)),
        audio=tuple(map(_audio, audio)),
        attached_pictures=len(pictures),
        other_streams=len(streams) - len(pictures) - len(video) - len(audio),
        tags=_tags(container.get("tags") or (audio[0].get("tags", {}) if audio else {})),
    )


def _is_picture(stream: Mapping[str, Any]) -> bool:
    disposition = stream.get("disposition", {})
    marks = ("attached_pic", "still_image", "timed_thumbnails")
    return stream.get("codec_type") == "video" and any(disposition.get(mark) for mark in marks)


def _video(stream: Mapping[str, Any]) -> VideoStream:
    pixel_format = str(stream.get("pix_fmt", ""))
    return VideoStream(
        **_common(stream),
        width=_integer(stream.get("width")) or 0,
        height=_integer(stream.get("height")) or 0,
        level=_integer(stream.get("level")),
        range=_known(stream.get("color_range")),
        sample_aspect=_fraction(stream.get("sample_aspect_ratio"), separator=":") or Fraction(1),
        rotation=_rotation(stream),
        average_rate=_fraction(stream.get("avg_frame_rate")),
        real_rate=_fraction(stream.get("r_frame_rate")),
        interlaced=stream.get("field_order") in INTERLACED_ORDERS,
        progressive=stream.get("field_order") == "progressive",
        transformed=any("rotation" in each or "displaymatrix" in each for each in stream.get("side_data_list", [])),
        mirrored=any(_is_mirroring(str(each.get("displaymatrix", ""))) for each in stream.get("side_data_list", [])),
        pixel_format=pixel_format,
        bit_depth=_bit_depth(stream, pixel_format),
        matrix=_known(stream.get("color_space")),
        transfer=_known(stream.get("color_transfer")),
        primaries=_known(stream.get("color_primaries")),
    )


def _audio(stream: Mapping[str, Any]) -> AudioStream:
    language = str(stream.get("tags", {}).get("language", "")).lower()
    disposition = stream.get("disposition", {})
    return AudioStream(
        **_common(stream),
        channels=_integer(stream.get("channels")) or 0,
        sample_rate=_integer(stream.get("sample_rate")) or 0,
        layout=_known(stream.get("channel_layout")),
        language=language if re.fullmatch(r"[a-z]{2,3}", language) and language != "und" else "",
        role=next((role for mark, role in AUDIO_ROLES.items() if disposition.get(mark)), ""),
    )


def _common(stream: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "index": int(stream["index"]),
        "codec": _known(stream.get("codec_name")),
        "profile": _known(stream.get("profile")),
        "bitrate": _integer(stream.get("bit_rate")),
        # Matroska: ffprobe shows the whole file's duration for a stream, the tag says the stream's own
        "duration": _clock(_said_duration(stream)) or _seconds(stream.get("duration")),
        "start": _number(stream.get("start_time")),
        "default": bool(stream.get("disposition", {}).get("default")),
    }


def _said_duration(stream: Mapping[str, Any]) -> object:
    """Matroska's tag; writers add the language of their statistics to its name."""
    tags = stream.get("tags", {})
    named = sorted(name for name in tags if name == "DURATION" or name.startswith("DURATION-"))
    return tags[named[0]] if named else None


def _rotation(stream: Mapping[str, Any]) -> int:
    """The display matrix's angle is counter-clockwise; anything but a quarter turn is left to the decoder."""
    for side_data in stream.get("side_data_list", []):
        angle = _number(side_data.get("rotation"))
        if angle is not None:
            return round(-angle / 90) * 90 % 360
    return 0


def _is_mirroring(matrix: str) -> bool:
    """Whether a display matrix, as ffprobe prints it (rows of an offset and three numbers), turns left to right."""
    rows = [[int(word) for word in re.findall(r"-?\d+", row.partition(":")[2])] for row in matrix.splitlines() if row]
    return [len(row) for row in rows] == [3, 3, 3] and rows[0][0] * rows[1][1] < rows[0][1] * rows[1][0]


def _bit_depth(stream: Mapping[str, Any], pixel_format: str) -> int:
    declared = _integer(stream.get("bits_per_raw_sample"))
    in_name = re.search(r"p(9|1[0-6])(?:le|be)$|^p0(1[0-6])", pixel_format)
    return declared or (int(in_name[1] or in_name[2]) if in_name else 8)


def _tags(source: Mapping[str, Any]) -> dict[str, str]:
    """What people wrote (in Ogg it stands on the stream), keys in lower case, without the container's own notes."""
    kept = {str(key).lower()[:100]: str(value)[:MAX_TAG_LENGTH] for key, value in list(source.items())[:MAX_TAGS]}
    return {key: value for key, value in kept.items() if key not in CONTAINER_NOTES}


def _known(value: object) -> str:
    text = str(value or "")
    return "" if text in {"unknown", "unspecified", "reserved", "none"} else text


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _integer(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _seconds(value: object) -> float | None:
    number = _number(value)
    return number if number is not None and number > 0 else None


def _clock(value: object) -> float | None:
    """Matroska's ``HH:MM:SS.nnnnnnnnn``."""
    match = re.fullmatch(r"(\d{1,6}):(\d\d):(\d\d(?:\.\d+)?)", str(value or ""))
    return (int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3]) or None) if match else None


def _fraction(value: object, *, separator: str = "/") -> Fraction | None:
    numerator, _, denominator = str(value or "").partition(separator)
    try:
        ratio = Fraction(int(numerator), int(denominator))
    except (ValueError, ZeroDivisionError):
        return None
    return ratio if ratio > 0 else None
