"""What there is to show and to download of a version, from its renditions."""

from collections.abc import Iterable
from dataclasses import dataclass

import blurhash

from assets.delivery import MASTER_PLAYLIST, AssetUrls
from assets.models import Asset, AssetVersion, Rendition

CAPTIONS = "captions/"
SHOWN_AS = "image/webp"
DOWNLOADED_AS = frozenset({"image/jpeg", "image/png", "video/mp4", "audio/mp4", "audio/mpeg"})
PLAYED_AS = frozenset({"video/mp4", "audio/mp4", "audio/mpeg"})


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image in several widths; ``srcset`` by HTML's rules. Pixels."""

    url: str
    srcset: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Captions:
    language: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Playback:
    """What the player needs; empty strings where there is none."""

    hls: str = ""
    progressive: str = ""
    progressive_type: str = ""
    poster: str = ""
    sprite: str = ""
    captions: tuple[Captions, ...] = ()
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, kw_only=True)
class Download:
    """``size`` in bytes."""

    profile: str
    media_type: str
    size: int
    width: int | None
    height: int | None

    @property
    def format(self) -> str:
        return {"jpeg": "JPEG", "mpeg": "MP3"}.get(
            self.media_type.partition("/")[2], self.profile.rpartition(".")[2].upper()
        )


def picture(renditions: Iterable[Rendition], urls: AssetUrls) -> Picture | None:
    """The version as a picture: a photo's sizes, or a video's poster. None before there is any."""
    images = [each for each in renditions if _is_picture(each)]
    modern = [each for each in images if each.media_type == SHOWN_AS] or images
    by_width = sorted(modern, key=lambda each: each.width or 0)
    if not by_width:
        return None
    largest = by_width[-1]
    sources = [(urls.rendition(each), each.width or 0) for each in by_width]
    return Picture(
        url=sources[-1][0],
        srcset=", ".join(f"{url} {width}w" for url, width in sources),
        width=largest.width or 0,
        height=largest.height or 0,
    )


def playback(renditions: Iterable[Rendition], urls: AssetUrls) -> Playback | None:
    """Streams of a video or a sound; None before there is any."""
    by_profile = {each.profile: each for each in renditions}
    master = by_profile.get(MASTER_PLAYLIST)
    progressive = next((each for each in by_profile.values() if _is_progressive(each)), None)
    if master is None and progressive is None:
        return None
    sized = progressive or master
    return Playback(
        hls=urls.rendition(master) if master else "",
        progressive=urls.rendition(progressive) if progressive else "",
        progressive_type=progressive.media_type if progressive else "",
        poster=_first(by_profile, urls, "poster.jpg", "poster.webp"),
        sprite=_first(by_profile, urls, "sprite.vtt", "sprite/sprite.vtt", "seekbar.vtt"),
        captions=tuple(
            Captions(language=name.removeprefix(CAPTIONS).removesuffix(".vtt"), url=urls.rendition(each))
            for name, each in by_profile.items()
            if name.startswith(CAPTIONS)
        ),
        width=sized.width if sized else None,
        height=sized.height if sized else None,
    )


def downloads(renditions: Iterable[Rendition]) -> list[Download]:
    """The renditions that people take away, largest first; segments, sprites and page formats are not among them."""
    offered = [each for each in renditions if each.media_type in DOWNLOADED_AS and not _is_internal(each)]
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


def _is_internal(rendition: Rendition) -> bool:
    return rendition.profile.startswith(("hls/", "sprite", "seekbar", CAPTIONS))


def _is_picture(rendition: Rendition) -> bool:
    wanted = rendition.media_type in {"image/webp", "image/jpeg"}
    return wanted and bool(rendition.width) and not _is_internal(rendition)


def _is_progressive(rendition: Rendition) -> bool:
    return rendition.media_type in PLAYED_AS and not _is_internal(rendition)


def _first(by_profile: dict[str, Rendition], urls: AssetUrls, *names: str) -> str:
    return next((urls.rendition(by_profile[name]) for name in names if name in by_profile), "")
