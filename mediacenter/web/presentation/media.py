"""What there is to show and to download of a version, from its renditions."""

from collections.abc import Iterable
from dataclasses import dataclass

import blurhash

from assets.models import Asset, AssetVersion, Rendition
from assets.showing import Picture, Playback, growing_playback, is_internal, picture, playback
from transcoding.inscribing.stored import can_carry_words

DOWNLOADED_AS = frozenset({"image/jpeg", "image/png", "video/mp4", "audio/mp4", "audio/mpeg"})
__all__ = ["Download", "Picture", "Playback", "background", "downloads", "growing_playback", "picture", "playback"]


@dataclass(frozen=True, kw_only=True)
class Download:
    """``size`` in bytes."""

    profile: str
    media_type: str
    size: int
    width: int | None
    height: int | None

    @property
    def carries_words(self) -> bool:
        """Whether there is also a copy with the work's words in it."""
        return can_carry_words(self.media_type)

    @property
    def format(self) -> str:
        return {"jpeg": "JPEG", "mpeg": "MP3"}.get(
            self.media_type.partition("/")[2], self.profile.rpartition(".")[2].upper()
        )


def downloads(renditions: Iterable[Rendition]) -> list[Download]:
    """The renditions that people take away, largest first; segments, sprites and page formats are not among them."""
    offered = [each for each in renditions if each.media_type in DOWNLOADED_AS and not is_internal(each)]
    return [
        Download(profile=each.profile, media_type=each.media_type, size=each.size, width=each.width, height=each.height)
        for each in sorted(offered, key=lambda each: -each.size)
    ]


def background(asset: Asset) -> str:
    """The picture's average colour (``#rrggbb``) while it loads, out of the BlurHash's DC component; or nothing."""
    version: AssetVersion | None = asset.current_version
    if version is None or not version.placeholder:
        return ""
    red, green, blue = (round(value) for value in blurhash.decode(version.placeholder, 1, 1)[0][0])
    return f"#{red:02x}{green:02x}{blue:02x}"
