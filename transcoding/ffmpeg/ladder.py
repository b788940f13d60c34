"""Which renditions to make of a source: sizes, rates, bit rates. Pure; never above the source."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from transcoding.ffmpeg.description import AudioStream, VideoStream
from transcoding.ffmpeg.sound import AudioPlan, plan_sound

GOP_SECONDS = 2
SEGMENT_SECONDS = 4
STANDARD_RATES = (
    *(Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30)),
    *(Fraction(48), Fraction(50), Fraction(60000, 1001), Fraction(60)),
)
FALLBACK_RATE = Fraction(25)
LOWEST_RATE = Fraction(5)
HIGHEST_RATE = Fraction(60)
VARIABLE_CEILING = Fraction(30)
"""Phones and screen recorders state the finest spacing they ever used; more than this only if it is their average."""
MAX_LONG_SIDE = 3840
NATIVE_STEP = Fraction(11, 10)
"""A source this much above a standard rung also gets a rung of its own size."""
PAD_TOLERANCE = 0.25


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How one class of rungs is coded; ``maxrate`` in kbit/s at up to 30 pictures per second."""

    short_side: int
    maxrate: int
    crf: int
    h264_profile: str


PROFILES = (
    Profile(short_side=1080, maxrate=5000, crf=23, h264_profile="high"),
    Profile(short_side=720, maxrate=2800, crf=23, h264_profile="high"),
    Profile(short_side=480, maxrate=1400, crf=23, h264_profile="high"),
    Profile(short_side=360, maxrate=800, crf=24, h264_profile="main"),
    Profile(short_side=240, maxrate=400, crf=24, h264_profile="main"),
)
LEAN_SIDE = 240
LEAN_MAXRATE, LEAN_BUFSIZE = 108, 92
"""The rung for bad networks, with its sound at most 200 kbit/s in any 4 seconds: (4 × 108 + 92) / 4 = 131 of picture,
56 of sound (some 60 at its peaks), up to 7 of container. A buffer of under a second keeps keyframes small."""
LEAN_CRF = 25


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One video rendition. Pixels; ``maxrate`` and ``bufsize`` in kbit/s and kbit. ``name`` is its folder.

    ``lean``: for bad networks, with the lean sound. ``step``: it shows one of so many pictures.
    """

    name: str
    width: int
    height: int
    crf: float
    maxrate: int
    bufsize: int
    h264_profile: str
    lean: bool = False
    step: int = 1


@dataclass(frozen=True, kw_only=True)
class LadderPlan:
    """Everything that the ladder's command needs to know.

    ``rungs`` from the largest down, each made from the one before. ``matrix``: the source's colour matrix by ffmpeg's
    name. ``tone_map``: the transfer of an HDR source. ``hold_last``: seconds to show the last picture for, where the
    sound is longer. ``audio``: the main track first. ``copied``: where the largest rung is the source's own stream, the
    seconds at which all rungs have a keyframe; empty where all are encoded. ``thorough``: the encoders look further
    ahead and search longer. ``long_gops``: keyframes are twice as far apart, one a segment.
    """

    video_index: int
    rungs: tuple[Rung, ...]
    rate: Fraction
    deinterlace: bool
    matrix: str
    tone_map: str | None = None
    hold_last: float = 0.0
    audio: tuple[AudioPlan, ...] = ()
    copied: tuple[Fraction, ...] = ()
    thorough: bool = False
    long_gops: bool = False

    @property
    def encoded(self) -> tuple[Rung, ...]:
        """The rungs that are not copied from the source."""
        return self.rungs[1:] if self.copied else self.rungs

    @property
    def gop(self) -> int:
        """Pictures from one keyframe to the next: the least that lasts :data:`GOP_SECONDS` (or twice as many)."""
        return gop_length(self.rate) * (2 if self.long_gops else 1)

    @property
    def gop_seconds(self) -> float:
        return float(self.gop / self.rate)


def gop_length(rate: Fraction) -> int:
    """Pictures of at least :data:`GOP_SECONDS`; an even number where the lean rung shows every second one."""
    pictures = -(-GOP_SECONDS * rate.numerator // rate.denominator)
    return pictures + pictures % _lean_step(rate)


def plan_ladder(
    video: VideoStream, tracks: Sequence[AudioStream] = (), *, duration: float, can_tone_map: bool = True
) -> LadderPlan:
    """The renditions for a source that :mod:`transcoding.ffmpeg.admission` let in. ``duration`` in seconds."""
    rate = choose_rate(video)
    starts = [video.start or 0.0, *(track.start or 0.0 for track in tracks)]
    origin = min(starts)  # ffmpeg starts its clock here
    ends = [_end(track, origin, at_most=duration) for track in tracks]
    picture_end, sound_end = (
        _end(video, origin, at_most=duration),
        max((end for end in ends if end is not None), default=None),
    )
    hold = sound_end - picture_end if picture_end is not None and sound_end is not None else 0.0
    film_end = None if picture_end is None else picture_end + max(0.0, hold)
    return LadderPlan(
        video_index=video.index,
        rungs=choose_rungs(video.display_size, rate),
        rate=rate,
        deinterlace=video.interlaced,
        matrix=_matrix(video),
        tone_map=video.transfer if video.hdr and can_tone_map else None,
        hold_last=round(min(hold, duration), 3) if hold > PAD_TOLERANCE else 0.0,
        audio=plan_sound(tracks, [_pad(end, film_end) for end in ends]),
    )


def choose_rate(video: VideoStream) -> Fraction:
    """The constant rate of all rungs: the source's own, halved until it is at most 60, snapped to a broadcast rate."""
    rate = video.average_rate or video.real_rate or FALLBACK_RATE
    if video.variable_rate and video.real_rate and video.real_rate <= 2 * HIGHEST_RATE:
        rate = min(video.real_rate, VARIABLE_CEILING if rate <= VARIABLE_CEILING else HIGHEST_RATE)
    while rate > HIGHEST_RATE * Fraction(101, 100):
        rate /= 2
    nearest = min(STANDARD_RATES, key=lambda standard: abs(standard - rate))
    # 24000/1001 and 24 are 0.1 % apart, measured rates are less sharp: the nearest within 1 % is meant
    if abs(nearest - rate) <= rate / 100:
        return nearest
    return max(rate, LOWEST_RATE).limit_denominator(1001)


def choose_rungs(display: tuple[Fraction, Fraction], rate: Fraction) -> tuple[Rung, ...]:
    """Rungs by the short side, so that a vertical film gets the same classes; from the largest down.

    The last is the one for bad networks, wherever the source is as large as that; a rung of nearly its size above it
    there is only where nothing larger is.
    """
    native = _even_down(min(display))
    sides = [profile.short_side for profile in PROFILES if profile.short_side <= native]
    if not sides or (native < PROFILES[0].short_side and native >= NATIVE_STEP * sides[0]):
        sides.insert(0, native)
    if native < LEAN_SIDE:
        return tuple(_rung(side, display, rate) for side in sides)
    plain = [side for side in sides if side > LEAN_SIDE] or sides
    return (*(_rung(side, display, rate) for side in plain), _lean_rung(display, rate))


def _rung(side: int, display: tuple[Fraction, Fraction], rate: Fraction) -> Rung:
    width, height = _size(side, display)
    profile = next(candidate for candidate in reversed(PROFILES) if side <= candidate.short_side)
    maxrate = profile.maxrate * 3 // 2 if rate > VARIABLE_CEILING else profile.maxrate
    return Rung(
        name=f"{side}p",
        width=width,
        height=height,
        crf=profile.crf,
        maxrate=maxrate,
        bufsize=2 * maxrate,
        h264_profile=profile.h264_profile,
    )


def _lean_rung(display: tuple[Fraction, Fraction], rate: Fraction) -> Rung:
    width, height = _size(LEAN_SIDE, display)
    return Rung(
        name=f"{LEAN_SIDE}p-lean",
        width=width,
        height=height,
        crf=LEAN_CRF,
        maxrate=LEAN_MAXRATE,
        bufsize=LEAN_BUFSIZE,
        h264_profile="main",
        lean=True,
        step=_lean_step(rate),
    )


def _lean_step(rate: Fraction) -> int:
    """Above 30 pictures a second the lean rung shows every second one: its bits are few."""
    return 2 if rate > VARIABLE_CEILING else 1


def _size(side: int, display: tuple[Fraction, Fraction]) -> tuple[int, int]:
    scale = min(Fraction(side) / min(display), MAX_LONG_SIDE / max(display))
    width, height = (min(_even(length * scale), _even_down(length)) for length in display)
    return width, height


def _matrix(video: VideoStream) -> str:
    """The colour matrix, guessed by size where the file is silent (as ITU-R BT.601 and BT.709 divide SD from HD)."""
    known = {"bt709", "bt470bg", "smpte170m", "smpte240m", "bt2020nc", "bt2020c", "fcc"}
    if video.matrix in known:
        return {"bt2020nc": "bt2020", "bt2020c": "bt2020"}.get(video.matrix, video.matrix)
    return "bt709" if min(video.width, video.height) >= 720 else "smpte170m"


def _pad(end: float | None, film_end: float | None) -> float | None:
    """Up to where a sound that ends earlier than the film is filled with silence."""
    return film_end if end is not None and film_end is not None and end < film_end - PAD_TOLERANCE else None


def _end(stream: VideoStream | AudioStream, origin: float, *, at_most: float) -> float | None:
    """Some Matroska files tell the time of a stream's end as its duration: it would last longer than the film."""
    return None if stream.duration is None else min(stream.duration + (stream.start or 0.0) - origin, at_most)


def _even(length: Fraction) -> int:
    return max(2, 2 * round(length / 2))


def _even_down(length: Fraction) -> int:
    return max(2, int(length) // 2 * 2)
