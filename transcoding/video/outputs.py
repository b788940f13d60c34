"""What is delivered of a film or a sound: the manifests over its packaged renditions, and the list of all files."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from transcoding.ffmpeg.dash import Representation, Track, render_manifest
from transcoding.ffmpeg.finishing import Still, TileGrid
from transcoding.ffmpeg.ladder import LadderPlan, Rung
from transcoding.ffmpeg.playlists import AudioRendition, Variant, render_master
from transcoding.ffmpeg.sound import AudioPlan
from transcoding.results import RenditionFile
from transcoding.video.packaging import KEYFRAMES, MEDIA, PLAYLIST, Packaged

HLS = "application/vnd.apple.mpegurl"
DASH = "application/dash+xml"
MASTER = PurePosixPath("hls/master.m3u8")
MANIFEST = PurePosixPath("hls/manifest.mpd")
GROUPS = ("audio", "audio-lean")
"""Of sounds, the full and the lean one."""


@dataclass(frozen=True, kw_only=True)
class Sound:
    """One track's renditions."""

    plan: AudioPlan
    full: Packaged
    lean: Packaged


def media_path(rung: Rung) -> PurePosixPath:
    return PurePosixPath("hls", rung.name, MEDIA)


def duration_of(rungs: Sequence[Packaged], sounds: Sequence[Sound]) -> float:
    """Seconds of the longest rung, or of the longest sound where there is no picture."""
    parts = list(rungs) or [sound.full for sound in sounds]
    return max(part.playlist.duration for part in parts)


def write_manifests(folder: Path, plan: LadderPlan | None, rungs: Sequence[Packaged], sounds: Sequence[Sound]) -> None:
    """The HLS master playlist and the DASH manifest over the same files."""
    variants = [] if plan is None else video_variants(plan, rungs, sounds)
    if sounds:
        variants += _sound_variants(sounds, with_picture=bool(rungs))
    groups = sound_groups(sounds) if rungs or len(sounds) > 1 else []
    (folder / MASTER).write_text(render_master(variants, groups), encoding="utf-8")
    pictures = [] if plan is None else picture_representations(plan, rungs)
    parts = [*rungs, *(part for sound in sounds for part in (sound.full, sound.lean))]
    manifest = render_manifest(
        pictures,
        sound_tracks(sounds),
        duration=duration_of(rungs, sounds),
        step=max(math.ceil(part.playlist.target_duration) for part in parts),
    )
    (folder / MANIFEST).write_text(manifest, encoding="utf-8")


def video_variants(
    plan: LadderPlan, rungs: Sequence[Packaged], sounds: Sequence[Sound], *, groups: tuple[str, str] = GROUPS
) -> list[Variant]:
    """The smallest rung first, so that play begins at once."""
    variants = []
    for rung, packaged in reversed(list(zip(plan.rungs, rungs, strict=True))):
        average, peak = packaged.playlist.keyframe_bandwidth
        group = groups[1] if rung.lean else groups[0]
        variants.append(
            Variant(
                uri=f"{packaged.name}/{PLAYLIST}",
                codec=packaged.codec,
                average_bandwidth=packaged.playlist.average_bandwidth,
                peak_bandwidth=packaged.playlist.peak_bandwidth,
                width=rung.width,
                height=rung.height,
                rate=plan.rate / rung.step,
                group=group if sounds else "",
                keyframes=(f"{packaged.name}/{KEYFRAMES}", average, peak),
            )
        )
    return variants


def _sound_variants(sounds: Sequence[Sound], *, with_picture: bool) -> list[Variant]:
    """Sound without picture: behind a film's rungs the lean one alone, of a sound both."""
    main = sounds[0]
    grouped = with_picture or len(sounds) > 1
    variants = [_sound_variant(main.lean, GROUPS[1] if grouped else "")]
    return variants if with_picture else [*variants, _sound_variant(main.full, GROUPS[0] if grouped else "")]


def _sound_variant(packaged: Packaged, group: str) -> Variant:
    return Variant(
        uri=f"{packaged.name}/{PLAYLIST}",
        codec=packaged.codec,
        average_bandwidth=packaged.playlist.average_bandwidth,
        peak_bandwidth=packaged.playlist.peak_bandwidth,
        group=group,
    )


def sound_groups(sounds: Sequence[Sound], groups: tuple[str, str] = GROUPS) -> list[AudioRendition]:
    full = [_rendition(sound, sound.full, groups[0], number) for number, sound in enumerate(sounds, start=1)]
    lean = [_rendition(sound, sound.lean, groups[1], number) for number, sound in enumerate(sounds, start=1)]
    return [*full, *lean]


def _rendition(sound: Sound, packaged: Packaged, group: str, number: int) -> AudioRendition:
    return AudioRendition(
        uri=f"{packaged.name}/{PLAYLIST}",
        codec=packaged.codec,
        channels=sound.plan.channels,
        average_bandwidth=packaged.playlist.average_bandwidth,
        peak_bandwidth=packaged.playlist.peak_bandwidth,
        group=group,
        number=number,
        language=sound.plan.language,
        role=sound.plan.role,
    )


def picture_representations(plan: LadderPlan, rungs: Sequence[Packaged]) -> list[Representation]:
    return [
        _representation(packaged, width=rung.width, height=rung.height, rate=plan.rate / rung.step)
        for rung, packaged in zip(plan.rungs, rungs, strict=True)
    ]


def sound_tracks(sounds: Sequence[Sound]) -> list[Track]:
    return [
        Track(
            representations=tuple(
                _representation(part, channels=sound.plan.channels) for part in (sound.full, sound.lean)
            ),
            language=sound.plan.language,
            role=sound.plan.role,
            main=number == 0,
        )
        for number, sound in enumerate(sounds)
    ]


def _representation(packaged: Packaged, **shape: Any) -> Representation:
    return Representation(
        name=packaged.name,
        uri=f"{packaged.name}/{MEDIA}",
        codec=packaged.codec,
        bandwidth=packaged.playlist.peak_bandwidth,
        header=packaged.playlist.header,
        index=packaged.index,
        **shape,
    )


def manifest_files(**values: Any) -> list[RenditionFile]:
    return [file(str(MASTER), HLS, **values), file(str(MANIFEST), DASH, **values)]


def rung_files(plan: LadderPlan, rungs: Sequence[Packaged]) -> list[RenditionFile]:
    """Playlists and media of every rung."""
    files = []
    for rung, packaged in zip(plan.rungs, rungs, strict=True):
        size = {"width": rung.width, "height": rung.height}
        facts = {"frame_rate": str(plan.rate / rung.step), "copied": rung not in plan.encoded}
        files += _stream_files(packaged, (PLAYLIST, KEYFRAMES), "video/mp4", facts, **size)
    return files


def sound_files(sounds: Sequence[Sound]) -> list[RenditionFile]:
    files = []
    for sound in sounds:
        plan = sound.plan
        told = {"channels": plan.channels, "language": plan.language, "role": plan.role}
        for part in (sound.full, sound.lean):
            files += _stream_files(part, (PLAYLIST,), "audio/mp4", told)
    return files


def _stream_files(
    packaged: Packaged, playlists: Sequence[str], media_type: str, facts: dict[str, Any], **size: int
) -> list[RenditionFile]:
    playlist = packaged.playlist
    known = {
        **facts,
        "codec": packaged.codec,
        "peak_bandwidth": playlist.peak_bandwidth,
        "segments": len(playlist.segments),
    }
    common: dict[str, Any] = {"duration": playlist.duration, "bitrate": playlist.average_bandwidth, **size}
    return [
        *(file(f"hls/{packaged.name}/{name}", HLS, facts=known, **common) for name in playlists),
        file(f"hls/{packaged.name}/{MEDIA}", media_type, facts=known, **common),
    ]


def seek_bar_files(grid: TileGrid) -> list[RenditionFile]:
    tiles = {"tile_width": grid.width, "tile_height": grid.height, "tiles": grid.count}
    sheet = {"width": grid.width * grid.columns, "height": grid.height * grid.rows}
    return [file("sprite.jpg", "image/jpeg", facts=tiles, **sheet), file("sprite.vtt", "text/vtt")]


def poster_files(rung: Rung, stills: Sequence[Still]) -> list[RenditionFile]:
    return [
        file("poster.jpg", "image/jpeg", width=rung.width, height=rung.height),
        *(file(still.name, "image/webp", width=still.width, height=still.height) for still in stills),
    ]


def file(path: str, media_type: str, **values: Any) -> RenditionFile:
    """A rendition whose name in the API is its path."""
    return RenditionFile(profile=path, path=PurePosixPath(path), media_type=media_type, **values)
