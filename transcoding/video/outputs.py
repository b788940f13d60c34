"""What the commands wrote, read back: playlists checked against their files, rates and codecs measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from transcoding.ffmpeg.commands import Still, TileGrid
from transcoding.ffmpeg.ladder import AudioPlan, LadderPlan, Rung
from transcoding.ffmpeg.mp4_codecs import codec_name
from transcoding.ffmpeg.playlists import AudioRendition, MediaPlaylist, Variant, parse_media_playlist, render_master
from transcoding.results import RenditionFile

HLS = "application/vnd.apple.mpegurl"
MASTER = PurePosixPath("hls/master.m3u8")
AUDIO = PurePosixPath("hls/audio/media.mp4")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One finished HLS rendition: its folder's ``name``, its playlist and codec."""

    name: str
    playlist: MediaPlaylist
    codec: str

    @property
    def media(self) -> PurePosixPath:
        return PurePosixPath("hls", self.name, "media.mp4")


def media_path(rung: Rung) -> PurePosixPath:
    return PurePosixPath("hls", rung.name, "media.mp4")


def measure(folder: Path, name: str) -> Measured:
    """Read one rendition back. Raises ``OSError`` or ``ValueError`` when it is not whole."""
    path = folder / "hls" / name
    playlist = parse_media_playlist((path / "index.m3u8").read_text(encoding="ascii"))
    media = path / playlist.uri
    playlist.check(file_size=media.stat().st_size)
    with media.open("rb") as file:
        header = file.read(playlist.header.end)
    return Measured(name=name, playlist=playlist, codec=codec_name(header))


def write_master(folder: Path, plan: LadderPlan | None, rungs: Sequence[Measured], audio: Measured | None) -> None:
    """The master playlist over what was measured; the smallest rung first, so that play begins at once."""
    sound = None if audio is None else _audio_variant(audio)
    variants = [] if plan is None else _video_variants(plan, rungs)
    text = render_master([sound], None) if sound and not variants else render_master(variants, _group(plan, audio))
    (folder / MASTER).write_text(text, encoding="ascii")


def _audio_variant(audio: Measured) -> Variant:
    return Variant(
        uri=f"{audio.name}/index.m3u8",
        codec=audio.codec,
        average_bandwidth=audio.playlist.average_bandwidth,
        peak_bandwidth=audio.playlist.peak_bandwidth,
    )


def _video_variants(plan: LadderPlan, rungs: Sequence[Measured]) -> list[Variant]:
    return [
        Variant(
            uri=f"{measured.name}/index.m3u8",
            codec=measured.codec,
            average_bandwidth=measured.playlist.average_bandwidth,
            peak_bandwidth=measured.playlist.peak_bandwidth,
            width=rung.width,
            height=rung.height,
            rate=plan.rate,
        )
        for rung, measured in reversed(list(zip(plan.rungs, rungs, strict=True)))
    ]


def _group(plan: LadderPlan | None, audio: Measured | None) -> AudioRendition | None:
    if plan is None or plan.audio is None or audio is None:
        return None
    return AudioRendition(
        uri=f"{audio.name}/index.m3u8",
        codec=audio.codec,
        channels=plan.audio.channels,
        average_bandwidth=audio.playlist.average_bandwidth,
        peak_bandwidth=audio.playlist.peak_bandwidth,
        language=plan.audio.language,
    )


def rung_files(plan: LadderPlan, rungs: Sequence[Measured]) -> list[RenditionFile]:
    """Playlist and media of every rung."""
    files = []
    for rung, measured in zip(plan.rungs, rungs, strict=True):
        size = {"width": rung.width, "height": rung.height}
        files += _hls_pair(measured, "video/mp4", {"frame_rate": str(plan.rate)}, **size)
    return files


def audio_files(measured: Measured, plan: AudioPlan) -> list[RenditionFile]:
    return _hls_pair(measured, "audio/mp4", {"channels": plan.channels})


def _hls_pair(measured: Measured, media_type: str, facts: dict[str, Any], **size: int) -> list[RenditionFile]:
    playlist = measured.playlist
    known = {
        **facts,
        "codec": measured.codec,
        "peak_bandwidth": playlist.peak_bandwidth,
        "segments": len(playlist.segments),
    }
    common: dict[str, Any] = {"duration": playlist.duration, "bitrate": playlist.average_bandwidth, **size}
    return [
        file(f"hls/{measured.name}/index.m3u8", HLS, facts=known, **common),
        file(f"hls/{measured.name}/media.mp4", media_type, facts=known, **common),
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
