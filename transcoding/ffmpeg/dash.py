"""The DASH manifest over the files that HLS plays (ISO/IEC 23009-1, on-demand profile). Pure.

Each representation is one file with a segment index in front, so that the manifest stays small however long the film
is: a player fetches the index of the rung that it plays.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement, indent, tostring
from xml.sax.saxutils import escape, unescape

from transcoding.ffmpeg.fragments import ByteRange
from transcoding.ffmpeg.languages import short_language

NAMESPACE = "urn:mpeg:dash:schema:mpd:2011"
PROFILES = "urn:mpeg:dash:profile:isoff-on-demand:2011,urn:mpeg:dash:profile:cmaf:2019"
_ROLE = "urn:mpeg:dash:role:2011"
_CHANNELS = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
_ROLES = {"": "alternate", "commentary": "commentary", "description": "description"}
_PURPOSE = "urn:tva:metadata:cs:AudioPurposeCS:2007"
_BASE = re.compile(r"<BaseURL>([^<]*)</BaseURL>")
_PERIOD_END = "  </Period>\n"
_FOR_THE_BLIND = "1"


@dataclass(frozen=True, kw_only=True)
class Representation:
    """One file. ``bandwidth`` in bits per second at the peak; ``index`` is where its segment index lies."""

    name: str
    uri: str
    codec: str
    bandwidth: int
    header: ByteRange
    index: ByteRange
    width: int = 0
    height: int = 0
    rate: Fraction | None = None
    channels: int = 0


@dataclass(frozen=True, kw_only=True)
class Track:
    """One sound in several bit rates, the best first; ``role`` as the source tells, ``main`` for the default one."""

    representations: tuple[Representation, ...]
    language: str = ""
    role: str = ""
    main: bool = False


def render_manifest(pictures: Sequence[Representation], tracks: Sequence[Track], *, duration: float, step: int) -> str:
    """A static manifest. ``duration`` in seconds; ``step``: the longest segment, rounded up, in seconds."""
    root = Element("MPD", xmlns=NAMESPACE, profiles=PROFILES, type="static")
    root.set("mediaPresentationDuration", f"PT{duration:.3f}S")
    root.set("minBufferTime", f"PT{step}S")
    period = SubElement(root, "Period", id="0")
    if pictures:
        _pictures(period, pictures, number=0)
    for number, track in enumerate(tracks, start=1):
        _track(period, track, number=number)
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def extend_manifest(
    manifest: str, pictures: Sequence[Representation], tracks: Sequence[Track], *, moved: Callable[[str], str]
) -> str:
    """A manifest of ours, whose files are now at ``moved(uri)``, with further pictures and tracks behind its own.

    Other codecs are sets of their own: a player takes one set and never mixes two.
    """
    found = _BASE.sub(lambda base: f"<BaseURL>{escape(moved(unescape(base[1])))}</BaseURL>", manifest)
    period, first = Element("Period"), manifest.count("<AdaptationSet ")
    _pictures(period, pictures, number=first)
    for number, track in enumerate(tracks, start=first + 1):
        _track(period, track, number=number)
    indent(period, level=1)
    added = "".join("    " + tostring(each, encoding="unicode").rstrip() + "\n" for each in period)
    return found.replace(_PERIOD_END, added + _PERIOD_END)


def _pictures(period: Element, pictures: Sequence[Representation], *, number: int) -> None:
    adaptation = _adaptation(period, "video", number=number)
    adaptation.set("maxWidth", str(max(each.width for each in pictures)))
    adaptation.set("maxHeight", str(max(each.height for each in pictures)))
    for each in pictures:
        element = _representation(adaptation, each)
        element.set("width", str(each.width))
        element.set("height", str(each.height))
        element.set("sar", "1:1")
        if each.rate is not None:
            element.set("frameRate", str(each.rate))


def _track(period: Element, track: Track, *, number: int) -> None:
    adaptation = _adaptation(period, "audio", number=number)
    if track.language:
        adaptation.set("lang", short_language(track.language))
    if track.role == "description":
        SubElement(adaptation, "Accessibility", schemeIdUri=_PURPOSE, value=_FOR_THE_BLIND)
    SubElement(adaptation, "Role", schemeIdUri=_ROLE, value="main" if track.main else _ROLES[track.role])
    for each in track.representations:
        element = _representation(adaptation, each)
        channels = Element("AudioChannelConfiguration", schemeIdUri=_CHANNELS, value=str(each.channels))
        element.insert(0, channels)


def _adaptation(period: Element, kind: str, *, number: int) -> Element:
    adaptation = SubElement(period, "AdaptationSet", id=str(number), contentType=kind, mimeType=f"{kind}/mp4")
    adaptation.set("subsegmentAlignment", "true")
    adaptation.set("subsegmentStartsWithSAP", "1")
    return adaptation


def _representation(adaptation: Element, each: Representation) -> Element:
    element = SubElement(adaptation, "Representation", id=each.name, bandwidth=str(each.bandwidth), codecs=each.codec)
    SubElement(element, "BaseURL").text = each.uri
    base = SubElement(element, "SegmentBase", indexRange=_range(each.index), indexRangeExact="true")
    SubElement(base, "Initialization", range=_range(each.header))
    return element


def _range(where: ByteRange) -> str:
    return f"{where.offset}-{where.end - 1}"
