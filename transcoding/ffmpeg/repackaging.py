"""Whether a film's own stream may be its largest rung as it is. Pure: what was probed and counted in, a verdict out.

A stream that is copied keeps its keyframes, so all other rungs put theirs at the same pictures. What does not fit is
encoded; the verdict says why, for people who make the films.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from transcoding.ffmpeg.description import MediaDescription, VideoStream
from transcoding.ffmpeg.ladder import SEGMENT_SECONDS, LadderPlan
from transcoding.ffmpeg.segments import LEAST_FRAGMENT, LEAST_SEGMENT, begin_at_least, distances

PROFILES = frozenset({"Constrained Baseline", "Main", "High"})
HIGHEST_LEVEL = 42
"""H.264 level 4.2: 1080p at 60, what telephones and television sets of ten years ago decode."""
LONGEST_FRAGMENT = Fraction(405, 100)
LONGEST_SEGMENT = Fraction(3, 2) * SEGMENT_SECONDS + Fraction(5, 100)
PEAK_SHARE = Fraction(3, 2)
"""What our own encoder may put into one segment: its rate for four seconds and a buffer of two."""
JITTER = Fraction(1, 10)
"""Of a picture's time, for clocks that do not divide by the rate."""
MOST_POINTS = 9000
"""Each becomes some 13 characters of one argument, which the kernel allows 128 KiB."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Packet:
    """One picture as stored. Times in ticks of its listing."""

    decoded: int
    shown: int
    size: int
    keyframe: bool


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The packets of a stream in the order they are stored; ``tick`` in seconds. ``changes``: of codec parameters."""

    tick: Fraction
    packets: tuple[Packet, ...]
    changes: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """``points``: seconds at which every rung has a keyframe if the stream is copied. Else ``reason`` is a code."""

    points: tuple[Fraction, ...] = ()
    reason: str = ""


class TooManyPackets(ValueError):
    """The stream has more packets than its duration and rate allow."""


def parse_listing(lines: Iterable[str], *, most: int) -> Listing:
    """What ffmpeg's ``framecrc`` wrote of one stream. Raises :class:`TooManyPackets` after ``most``."""
    packets: list[Packet] = []
    tick, changes = Fraction(1), False
    for line in lines:
        if line.startswith("#tb 0:"):
            tick = Fraction(line.partition(":")[2].strip())
        elif line and not line.startswith(("#", "\n")):
            _, decoded, shown, _, size, _, *rest = (word.strip() for word in line.split(","))
            marks = [word for word in rest if word.startswith("F=")]
            changes = changes or any(word.startswith("S=") for word in rest)
            if len(packets) == most:
                raise TooManyPackets
            packets.append(Packet(decoded=int(decoded), shown=int(shown), size=int(size), keyframe=not marks))
    return Listing(tick=tick, packets=tuple(packets), changes=changes)


def why_not(video: VideoStream, plan: LadderPlan, description: MediaDescription) -> str:
    """What rules copying out before a packet is looked at; empty when nothing does."""
    top = plan.rungs[0]
    rules = {
        "container": description.container.split(",")[0] == "mov",
        "codec": video.codec == "h264" and video.profile in PROFILES and 0 < (video.level or 0) <= HIGHEST_LEVEL,
        "size": (video.width, video.height) == (top.width, top.height) and video.sample_aspect == 1,
        "pixel_format": video.pixel_format == "yuv420p" and video.bit_depth == 8,
        "interlaced": video.progressive and not plan.deinterlace,
        "turned": not video.transformed and video.rotation == 0,
        "colour": plan.tone_map is None and plan.matrix == "bt709" and _is_bt709(video),
        "variable_rate": not video.variable_rate,
        "held": plan.hold_last == 0,
        "alone": len(plan.rungs) > 1,  # no other rung shows whether as many pictures are seen as there are packets
        "keyframes": (description.duration or 0) <= MOST_POINTS * LONGEST_FRAGMENT,
    }
    return next((reason for reason, kept in rules.items() if not kept), "")


def _is_bt709(video: VideoStream) -> bool:
    names = {video.matrix, video.transfer, video.primaries}
    return names <= {"", "bt709"} and video.range in {"", "tv"}


def judge(listing: Listing, restarts: Listing, plan: LadderPlan) -> Verdict:
    """Whether the stream's packets fit ``plan``. ``restarts`` lists those alone that hold an IDR picture."""
    if listing.changes or not listing.packets:
        return Verdict(reason="changing")
    numbers = _picture_numbers(listing, plan.rate)
    if numbers is None:
        return Verdict(reason="variable_rate")
    keyframes = [packet for packet in listing.packets if packet.keyframe]
    safe = {packet.shown for packet in restarts.packets}
    if any(packet.shown not in safe for packet in keyframes):
        return Verdict(reason="open_gop")
    taken = _switch_points(keyframes, listing.tick)
    points = tuple(Fraction(numbers[packet.shown]) / plan.rate for packet in taken)
    end = Fraction(len(listing.packets)) / plan.rate
    reason = _misfit(points, end, plan) or _too_many_bits(listing, points, end, plan)
    return Verdict(reason=reason) if reason else Verdict(points=points)


def _picture_numbers(listing: Listing, rate: Fraction) -> dict[int, int] | None:
    """The number of each picture by the time it is shown; None unless one comes after the other at the plan's rate."""
    shown = sorted(packet.shown for packet in listing.packets)
    step = 1 / (rate * listing.tick)  # ticks a picture
    if any(abs(time - number * step) > JITTER * step for number, time in enumerate(shown)):
        return None
    return {time: number for number, time in enumerate(shown)}


def _switch_points(keyframes: list[Packet], tick: Fraction) -> list[Packet]:
    """The keyframes at which the muxer begins a fragment, which goes by the time of decoding."""
    times = [packet.decoded * tick for packet in keyframes]
    taken = set(begin_at_least(times, LEAST_FRAGMENT))
    return [packet for packet, time in zip(keyframes, times, strict=True) if time in taken]


def _misfit(points: tuple[Fraction, ...], end: Fraction, plan: LadderPlan) -> str:
    """Keyframes are too far apart for segments, or lie where the lean rung shows no picture."""
    steps = {rung.step for rung in plan.rungs}
    late = not points or points[0] != 0
    if late or len(points) > MOST_POINTS or max(distances(points, end)) > LONGEST_FRAGMENT:
        return "keyframes"
    if max(distances(begin_at_least(points, LEAST_SEGMENT), end)) > LONGEST_SEGMENT:
        return "keyframes"
    return "keyframes" if any(point * plan.rate % step for point in points for step in steps) else ""


def _too_many_bits(listing: Listing, points: tuple[Fraction, ...], end: Fraction, plan: LadderPlan) -> str:
    cap = plan.rungs[0].maxrate * 1000
    if 8 * sum(packet.size for packet in listing.packets) > cap * end:
        return "bitrate"
    starts = begin_at_least(points, LEAST_SEGMENT)
    sizes = [0] * len(starts)
    segment, following = 0, [*starts[1:], end + 1]
    for packet in listing.packets:  # in the order of decoding: a segment's packets lie together
        if packet.keyframe and packet.shown * listing.tick >= following[segment] - JITTER / plan.rate:
            segment += 1
        sizes[segment] += packet.size
    lengths = distances(starts, end)
    fits = all(8 * size <= PEAK_SHARE * cap * length for size, length in zip(sizes, lengths, strict=True))
    return "" if fits else "bitrate"
