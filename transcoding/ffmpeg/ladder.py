"""Which renditions to make of a source: sizes, rates, bit rates. Pure; never above the source."""

from dataclasses import dataclass
from fractions import Fraction

from transcoding.ffmpeg.description import AudioStream, VideoStream

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


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One video rendition. Pixels; ``maxrate`` and ``bufsize`` in kbit/s and kbit. ``name`` is its folder."""

    name: str
    width: int
    height: int
    crf: int
    maxrate: int
    bufsize: int
    h264_profile: str


@dataclass(frozen=True, kw_only=True)
class AudioPlan:
    """The sound rendition: ``channels`` 1 or 2, ``bitrate`` in kbit/s.

    ``pick``: take the first two channels of a layout that has no name. ``pad_to``: seconds to fill with
    silence up to, where the picture is longer; None for no filling.
    """

    index: int
    channels: int
    bitrate: int
    pick: bool = False
    pad_to: float | None = None
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class LadderPlan:
    """Everything that the ladder's command needs to know.

    ``rungs`` from the largest down, each made from the one before. ``matrix``: the source's colour matrix by ffmpeg's
    name. ``tone_map``: the transfer of an HDR source. ``hold_last``: seconds to show the last picture for, where the
    sound is longer.
    """

    video_index: int
    rungs: tuple[Rung, ...]
    rate: Fraction
    deinterlace: bool
    matrix: str
    tone_map: str | None = None
    hold_last: float = 0.0
    audio: AudioPlan | None = None

    @property
    def gop(self) -> int:
        """Pictures from one keyframe to the next: the least that lasts :data:`GOP_SECONDS`, so segments align."""
        return gop_length(self.rate)

    @property
    def gop_seconds(self) -> float:
        return float(self.gop / self.rate)


def gop_length(rate: Fraction) -> int:
    return -(-GOP_SECONDS * rate.numerator // rate.denominator)


def plan_ladder(
    video: VideoStream, audio: AudioStream | None, *, duration: float, can_tone_map: bool = True
) -> LadderPlan:
    """The renditions for a source that :mod:`transcoding.ffmpeg.admission` let in. ``duration`` in seconds."""
    rate = choose_rate(video)
    origin = min(stream.start or 0.0 for stream in (video, audio) if stream is not None)  # ffmpeg starts its clock here
    picture_end, sound_end = _end(video, origin), _end(audio, origin) if audio else None
    hold = sound_end - picture_end if picture_end is not None and sound_end is not None else 0.0
    return LadderPlan(
        video_index=video.index,
        rungs=choose_rungs(video.display_size, rate),
        rate=rate,
        deinterlace=video.interlaced,
        matrix=_matrix(video),
        tone_map=video.transfer if video.hdr and can_tone_map else None,
        hold_last=round(min(hold, duration), 3) if hold > PAD_TOLERANCE else 0.0,
        audio=plan_audio(audio, pad_to=picture_end if hold < -PAD_TOLERANCE else None) if audio else None,
    )


def plan_audio(audio: AudioStream, *, pad_to: float | None = None) -> AudioPlan:
    """Stereo at 128 kbit/s (more channels are mixed down), mono at 96."""
    mono = audio.channels == 1
    return AudioPlan(
        index=audio.index,
        channels=1 if mono else 2,
        bitrate=96 if mono else 128,
        pick=audio.channels > 2 and not audio.layout,
        pad_to=None if pad_to is None else round(pad_to, 3),
        language=audio.language,
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
    """Rungs by the short side, so that a vertical film gets the same classes; from the largest down."""
    native = _even_down(min(display))
    sides = [profile.short_side for profile in PROFILES if profile.short_side <= native]
    if not sides or (native < PROFILES[0].short_side and native >= NATIVE_STEP * sides[0]):
        sides.insert(0, native)
    return tuple(_rung(side, display, rate) for side in sides)


def _rung(side: int, display: tuple[Fraction, Fraction], rate: Fraction) -> Rung:
    short, long = min(display), max(display)
    scale = min(Fraction(side) / short, MAX_LONG_SIDE / long)
    width, height = (min(_even(length * scale), _even_down(length)) for length in display)
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


def _matrix(video: VideoStream) -> str:
    """The colour matrix, guessed by size where the file is silent (as ITU-R BT.601 and BT.709 divide SD from HD)."""
    known = {"bt709", "bt470bg", "smpte170m", "smpte240m", "bt2020nc", "bt2020c", "fcc"}
    if video.matrix in known:
        return {"bt2020nc": "bt2020", "bt2020c": "bt2020"}.get(video.matrix, video.matrix)
    return "bt709" if min(video.width, video.height) >= 720 else "smpte170m"


def _end(stream: VideoStream | AudioStream, origin: float) -> float | None:
    return None if stream.duration is None else stream.duration + (stream.start or 0.0) - origin


def _even(length: Fraction) -> int:
    return max(2, 2 * round(length / 2))


def _even_down(length: Fraction) -> int:
    return max(2, int(length) // 2 * 2)
