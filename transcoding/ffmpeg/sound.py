"""Which sound renditions to make of a source's tracks: channels, bit rates, names. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from transcoding.ffmpeg.description import AudioStream
from transcoding.ffmpeg.loudness import AS_IT_IS, Level, Loudness, plan_level

STEREO_BITRATE, MONO_BITRATE = 128, 96
LEAN_STEREO_BITRATE, LEAN_MONO_BITRATE = 56, 48
"""kbit/s of the sound for bad networks. Of stereo both channels carry the same, which costs AAC-LC little more than
one: it is heard as mono, but players need not change the number of channels in the middle, which some cannot."""
LEAN = "-lean"


@dataclass(frozen=True, kw_only=True)
class AudioPlan:
    """One track's renditions: ``channels`` 1 or 2 at ``bitrate`` kbit/s in the folder ``name``, and a lean one beside.

    ``pick``: take the first two channels of a layout that has no name. ``pad_to``: seconds to fill with
    silence up to, where the picture is longer; None for no filling. ``level``: how far to turn it up or down.
    """

    index: int
    channels: int
    bitrate: int
    name: str = "audio"
    pick: bool = False
    pad_to: float | None = None
    language: str = ""
    role: str = ""
    level: Level = AS_IT_IS

    @property
    def lean_name(self) -> str:
        return f"{self.name}{LEAN}"

    @property
    def lean_bitrate(self) -> int:
        return LEAN_MONO_BITRATE if self.channels == 1 else LEAN_STEREO_BITRATE

    @property
    def names(self) -> tuple[str, str]:
        """The folders of both renditions."""
        return self.name, self.lean_name


def plan_track(track: AudioStream, *, number: int = 1, pad_to: float | None = None) -> AudioPlan:
    """Stereo at 128 kbit/s (more channels are mixed down), mono at 96. ``number`` counts from 1, the main track."""
    mono = track.channels == 1
    return AudioPlan(
        index=track.index,
        channels=1 if mono else 2,
        bitrate=MONO_BITRATE if mono else STEREO_BITRATE,
        name="audio" if number == 1 else f"audio-{number}",
        pick=track.channels > 2 and not track.layout,
        pad_to=None if pad_to is None else round(pad_to, 3),
        language=track.language,
        role=track.role,
    )


def plan_sound(tracks: Sequence[AudioStream], pad_to: Sequence[float | None] = ()) -> tuple[AudioPlan, ...]:
    """A plan for each track, the main one first; ``pad_to`` for each, or nothing for none."""
    pads = pad_to or [None] * len(tracks)
    numbered = enumerate(zip(tracks, pads, strict=True), start=1)
    return tuple(plan_track(track, number=number, pad_to=pad) for number, (track, pad) in numbered)


def levelled(plans: Sequence[AudioPlan], measured: Sequence[Loudness]) -> tuple[AudioPlan, ...]:
    """The same with each brought to the target by what was ``measured`` of it; unchanged where nothing was."""
    found = [*measured, *[None] * (len(plans) - len(measured))]
    return tuple(replace(plan, level=plan_level(loudness)) for plan, loudness in zip(plans, found, strict=False))
