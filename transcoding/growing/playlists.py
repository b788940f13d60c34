"""The playlists of a growing stream (RFC 8216): written anew from its rows each time one is asked for. Pure."""

from collections.abc import Sequence
from typing import Final

from assets.growing import PLAYLIST, Span, header_name, segment_name
from transcoding.ffmpeg.playlists import AudioRendition, Variant, render_master
from transcoding.growing.plan import GrowingRendition

TARGET_SECONDS: Final = 6
"""No segment is longer, and it must not change while the list grows (RFC 8216, 6.2.1): two distances of keyframes of at
most 2.4 s, or of 4 s where they are the source's own."""
_GROUP: Final = "audio"


def render_growing_master(renditions: Sequence[GrowingRendition]) -> str:
    """The master playlist: every picture with the sound."""
    sounds = [each for each in renditions if not each.width]
    variants = [
        Variant(
            uri=f"{each.name}/{PLAYLIST}",
            codec=each.codec,
            average_bandwidth=each.bandwidth,
            peak_bandwidth=each.bandwidth,
            width=each.width,
            height=each.height,
            rate=each.rate,
            group=_GROUP if sounds else "",
        )
        for each in renditions
        if each.width
    ]
    groups = [
        AudioRendition(
            uri=f"{each.name}/{PLAYLIST}",
            codec=each.codec,
            channels=each.channels,
            average_bandwidth=each.bandwidth,
            peak_bandwidth=each.bandwidth,
            group=_GROUP,
            number=number,
            language=each.language,
        )
        for number, each in enumerate(sounds, start=1)
    ]
    return render_master(variants, groups)


def render_growing_playlist(segments: Sequence[Span], *, ended: bool) -> str:
    """The segments so far. Players begin at the film's beginning, not at what came last."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{TARGET_SECONDS}", "#EXT-X-MEDIA-SEQUENCE:0"]
    lines += ["#EXT-X-PLAYLIST-TYPE:EVENT", "#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-START:TIME-OFFSET=0"]
    header = ""
    for segment in segments:
        if segment.header != header:
            header = segment.header
            lines.append(f'#EXT-X-MAP:URI="{header_name(header)}"')
        lines += [f"#EXTINF:{segment.duration / 1_000_000:.6f},", segment_name(segment)]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if ended else [])]) + "\n"
