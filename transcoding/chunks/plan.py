"""Where a long film is cut into chunks, and which of its packets each chunk needs. Pure.

Borders lie on the grid of the output's pictures, at keyframes of every rung, whatever the source's own keyframes are:
a chunk decodes some of the source before its first picture and behind its last, and encodes exactly its own pictures.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from transcoding.chunks.packets import UNTIMED, Packets
from transcoding.ffmpeg.description import VideoStream
from transcoding.ffmpeg.ladder import LadderPlan
from transcoding.ffmpeg.segments import LEAST_SEGMENT

ROOM = Fraction(1)
"""Seconds of the source that are decoded before a chunk's first picture and behind its last at the least: what the
first pictures behind a keyframe lack, and what filters look at on both sides."""
FIRST_SEGMENTS = 2
"""Segments of the first chunk, which is short so that there is soon something to look at."""
LONGEST_GOP = Fraction(20)
"""Seconds between the source's keyframes. Where they are further apart, chunks would decode too much twice."""
CODECS = frozenset({"h264", "hevc", "mpeg2video", "mpeg4", "vp8", "vp9", "av1", "prores", "dnxhd", "mjpeg"})
"""Whose streams say by themselves what a decoder must know, so that a part decodes as the whole does."""
INTERLACED_CODECS = frozenset({"h264", "mpeg2video"})
"""Whose pictures say by themselves which field comes first."""


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """The pictures from ``first`` to before ``end`` (None: to the film's end), of the packets from ``begin`` to before
    ``until``; ``seek`` is where to look for the first of them, in seconds."""

    number: int
    first: int
    end: int | None
    begin: int
    until: int
    seek: Fraction


@dataclass(frozen=True, kw_only=True)
class Cut:
    """``chunks`` in order, or none and ``reason``: why the film is encoded whole."""

    chunks: tuple[Chunk, ...] = ()
    reason: str = ""


def why_whole(video: VideoStream, duration: float, *, above: float) -> str:
    """What rules cutting out before a packet is looked at: a code, or empty. ``above``: seconds that are not cut."""
    rules = {
        "short": duration > above,
        "codec": video.codec in CODECS,
        "mirrored": not video.mirrored,
        "interlaced": not video.interlaced or video.codec in INTERLACED_CODECS,
    }
    return next((reason for reason, kept in rules.items() if not kept), "")


def plan_chunks(packets: Packets, plan: LadderPlan, *, seconds: int) -> Cut:
    """Chunks of about ``seconds``, the first a short one, of packets that :func:`why_not_cut` finds nothing against."""
    borders = _borders(plan, end=packets.end, seconds=seconds)
    if len(borders) < 2:
        return Cut(reason="short")
    return Cut(
        chunks=tuple(
            _chunk(packets, plan.rate, number, first, end)
            for number, (first, end) in enumerate(pairwise([*borders, None]))
            if first is not None
        )
    )


def why_not_cut(packets: Packets) -> str:
    """What of its packets rules cutting a film out: a code, or empty."""
    if not packets.shown or packets.changes:
        return "changing"
    ordered = sorted(packets.shown)
    if ordered[0] == UNTIMED or any(before == after for before, after in pairwise(ordered)):
        return "timestamps"
    times = [packets.seconds(place) for place in packets.keyframes]
    if packets.keyframes[:1] != (0,) or any(after <= before for before, after in pairwise(times)):
        return "keyframes"
    distances = [after - before for before, after in pairwise([Fraction(0), *times, packets.end])]
    return "keyframes" if max(distances) > LONGEST_GOP else ""


def _borders(plan: LadderPlan, *, end: Fraction, seconds: int) -> list[int]:
    """The first picture of each chunk. The last one is at least half as long as the others."""
    segment = segment_pictures(plan)
    length = max(1, round(seconds * plan.rate / segment)) * segment
    pictures = int(end * plan.rate)
    borders, first = [0], min(FIRST_SEGMENTS * segment, length)
    while first + length // 2 <= pictures:
        borders.append(first)
        first += length
    return borders


def segment_pictures(plan: LadderPlan) -> int:
    """Pictures of one segment: as many whole GOPs as last a segment at the least."""
    return -(-LEAST_SEGMENT * plan.rate // plan.gop) * plan.gop


def _chunk(packets: Packets, rate: Fraction, number: int, first: int, end: int | None) -> Chunk:
    begin = (packets.keyframe_by(first / rate - ROOM) if first else None) or 0
    until = len(packets.shown) if end is None else packets.last_shown_by(end / rate + ROOM)
    return Chunk(number=number, first=first, end=end, begin=begin, until=until, seek=packets.seconds(begin))
