"""AV1 by SVT-AV1 and Opus by libopus: which rungs, and how they are coded. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from transcoding.ffmpeg.coding import Coding, named_times
from transcoding.ffmpeg.commands import Source, further_args
from transcoding.ffmpeg.filters import AUDIO_RATE
from transcoding.ffmpeg.ladder import SEGMENT_SECONDS, VARIABLE_CEILING, LadderPlan, Rung
from transcoding.ffmpeg.sound import AudioPlan

SUFFIX: Final = "-av1"
SOUND: Final = "audio-opus"
PARALLEL: Final = "lp=1"
"""One thread a rung: the rungs are encoded side by side already, and more cost a sixth more CPU for the same bytes."""
OPUS_PRIMING: Final = 312
"""Samples that libopus puts in front at 48 kHz (RFC 7845, section 4.2)."""
LONGEST_ARGUMENT: Final = 120_000
"""Characters; the kernel takes 131,071 in one argument."""
_TAGS = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "color_range": "tv"}
_NO_KEYFRAMES_BETWEEN: Final = 100_000
LEAST_SIDE: Final = 480
"""Lines of the smallest plain rung: 480 in AV1 take fewer bits than 360 in H.264, and look better."""


@dataclass(frozen=True, kw_only=True)
class _Profile:
    """``maxrate`` in kbit/s at up to 30 pictures a second; ``crf`` on SVT-AV1's scale of 63; ``preset`` as there."""

    short_side: int
    maxrate: int
    crf: int
    preset: int


PROFILES: Final = (
    _Profile(short_side=1080, maxrate=3500, crf=37, preset=10),
    _Profile(short_side=720, maxrate=1960, crf=37, preset=10),
    _Profile(short_side=480, maxrate=980, crf=43, preset=11),
    _Profile(short_side=360, maxrate=560, crf=43, preset=11),
    _Profile(short_side=240, maxrate=280, crf=43, preset=11),
)
"""Seven tenths of what the same rungs may take in H.264 (``transcoding/ffmpeg/ladder.py``). The smaller the picture,
the higher the CRF at which AV1 looks as H.264 does (decision 0025)."""
LEAN: Final = _Profile(short_side=240, maxrate=90, crf=40, preset=11)
LEAN_BUFSIZE: Final = 80
STEREO_BITRATE, MONO_BITRATE = 96, 64
LEAN_STEREO_BITRATE, LEAN_MONO_BITRATE = 32, 24


@dataclass(frozen=True, kw_only=True)
class Published:
    """A rung of the first ladder, as it was published."""

    name: str
    width: int
    height: int
    rate: Fraction

    @property
    def lean(self) -> bool:
        return self.name.endswith("-lean")


def plan_av1(first: LadderPlan, published: Sequence[Published]) -> LadderPlan:
    """The same sounds and, of the published rungs, those that are worth it, largest first, in AV1 and Opus.

    ``first``: the plan of the same source, for everything that has nothing to do with rungs.
    """
    rate = max(rung.rate for rung in published)
    ordered = worthwhile(published)
    audio = (replace(track, name=_sound_name(track.name), bitrate=_bitrate(track)) for track in first.audio)
    return replace(first, rate=rate, rungs=tuple(_rung(rung, rate) for rung in ordered), audio=tuple(audio), copied=())


def worthwhile(published: Sequence[Published]) -> tuple[Published, ...]:
    """From the largest down: the plain ones of at least :data:`LEAST_SIDE` lines, or else the largest; and the lean."""
    ordered = sorted(published, key=lambda rung: (rung.lean, -rung.width * rung.height))
    plain, lean = [rung for rung in ordered if not rung.lean], [rung for rung in ordered if rung.lean]
    large = [rung for rung in plain if min(rung.width, rung.height) >= LEAST_SIDE]
    return (*(large or plain[:1]), *lean)


def av1_args(source: Source, plan: LadderPlan, keyframes: Sequence[Fraction]) -> list[str]:
    """The one command that makes all of it. ``keyframes``: the seconds at which the published rungs have theirs.

    Raises ``ValueError`` where they lie on no grid and are too many to be named.
    """
    times = [] if is_regular(plan, keyframes) else list(keyframes)
    coding = Coding(
        picture=lambda rung: _picture(rung, plan, times),
        sounds=lambda track: (_opus(track.bitrate), _opus(_lean_bitrate(track))),
        priming=OPUS_PRIMING,
    )
    return further_args(source, plan, coding)


def on_their_grid(plan: LadderPlan, keyframes: Sequence[Fraction]) -> LadderPlan:
    """The plan with the distance of keyframes that the published rungs have, where that is one of ours."""
    wide = replace(plan, long_gops=True)
    return wide if not is_regular(plan, keyframes) and is_regular(wide, keyframes) else plan


def is_regular(plan: LadderPlan, keyframes: Sequence[Fraction]) -> bool:
    """Whether the keyframes lie at multiples of the plan's GOP."""
    gop, within = plan.gop / plan.rate, 1 / (2 * plan.rate)
    return all(abs(time - number * gop) <= within for number, time in enumerate(keyframes))


def _rung(rung: Published, rate: Fraction) -> Rung:
    profile = _profile_of(rung)
    fast = rate > VARIABLE_CEILING and not rung.lean
    maxrate = profile.maxrate * 3 // 2 if fast else profile.maxrate
    return Rung(
        name=f"{rung.name}{SUFFIX}",
        width=rung.width,
        height=rung.height,
        crf=profile.crf,
        maxrate=maxrate,
        bufsize=LEAN_BUFSIZE if rung.lean else 2 * maxrate,
        h264_profile="",
        lean=rung.lean,
        step=round(rate / rung.rate),
    )


def _profile_of(rung: Rung | Published) -> _Profile:
    side = min(rung.width, rung.height)
    return LEAN if rung.lean else next((each for each in reversed(PROFILES) if side <= each.short_side), PROFILES[0])


def _picture(rung: Rung, plan: LadderPlan, times: Sequence[Fraction]) -> Mapping[str, Any]:
    return {
        "vcodec": "libsvtav1",
        "preset": _profile_of(rung).preset,
        "svtav1-params": PARALLEL,
        "crf": rung.crf,
        "maxrate": f"{rung.maxrate}k",
        "bufsize": f"{rung.bufsize}k",
        "pix_fmt": "yuv420p",
        "flags:v": "+bitexact+cgop",
        **_keyframes(rung, plan, times),
        **_TAGS,
    }


def _keyframes(rung: Rung, plan: LadderPlan, times: Sequence[Fraction]) -> dict[str, Any]:
    if not times:
        return {"g": plan.gop // rung.step}
    text = named_times(times, plan)
    if len(text) > LONGEST_ARGUMENT:
        raise ValueError("too many keyframes outside a grid")
    return {"g": _NO_KEYFRAMES_BETWEEN, "force_key_frames": text}


def _opus(bitrate: int) -> Mapping[str, Any]:
    options = {"acodec": "libopus", "audio_bitrate": f"{bitrate}k", "ar": AUDIO_RATE, "flags:a": "+bitexact"}
    return {**options, "frag_duration": 1_000_000 * SEGMENT_SECONDS}


def _sound_name(first: str) -> str:
    """``audio`` and ``audio-2`` become ``audio-opus`` and ``audio-opus-2``."""
    return SOUND + first.removeprefix("audio")


def _bitrate(track: AudioPlan) -> int:
    return MONO_BITRATE if track.channels == 1 else STEREO_BITRATE


def _lean_bitrate(track: AudioPlan) -> int:
    return LEAN_MONO_BITRATE if track.channels == 1 else LEAN_STEREO_BITRATE
