"""What there is to show of a version: a picture in its sizes, or streams to play, from its renditions."""

from collections.abc import Iterable
from dataclasses import dataclass

from assets.delivery import MASTER_PLAYLIST, AssetUrls
from assets.growing import growing_of
from assets.models import AssetVersion, Rendition
from assets.profiles import is_crop
from assets.states import Kind

SHOWN_AS = "image/webp"
PLAYED_AS = frozenset({"video/mp4", "audio/mp4", "audio/mpeg"})
WHOLE_AS = {Kind.VIDEO: "video/", Kind.AUDIO: "audio/"}
"""What the media type of the file that is the whole work begins with; of other kinds it is a picture."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image in several widths; ``srcset`` by HTML's rules. Pixels."""

    url: str
    srcset: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class TrackShown:
    """A text track as a player is given it; ``language`` is a tag of BCP 47."""

    kind: str
    language: str
    label: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Playback:
    """What the player needs; empty strings where there is none. ``growing``: of a film that is still being encoded."""

    hls: str = ""
    growing: bool = False
    progressive: str = ""
    progressive_type: str = ""
    poster: str = ""
    sprite: str = ""
    tracks: tuple[TrackShown, ...] = ()
    width: int | None = None
    height: int | None = None


def picture(renditions: Iterable[Rendition], urls: AssetUrls) -> Picture | None:
    """The version as a picture: a photo's sizes, or a video's poster. None before there is any."""
    by_width = pictures(renditions)
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


def pictures(renditions: Iterable[Rendition]) -> list[Rendition]:
    """The sizes that pages show, smallest first."""
    images = [each for each in renditions if _is_picture(each)]
    modern = [each for each in images if each.media_type == SHOWN_AS] or images
    return sorted(modern, key=lambda each: each.width or 0)


def playback(
    renditions: Iterable[Rendition], urls: AssetUrls, *, tracks: tuple[TrackShown, ...] = ()
) -> Playback | None:
    """Streams of a video or a sound, and its texts; None before there is any stream."""
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
        tracks=tracks,
        width=sized.width if sized else None,
        height=sized.height if sized else None,
    )


def growing_playback(
    version: AssetVersion | None, urls: AssetUrls, *, tracks: tuple[TrackShown, ...] = ()
) -> Playback | None:
    """What can be watched of a film before its set is whole; None while there is nothing. The caller has asked whether
    the reader follows the work."""
    return Playback(hls=urls.growing(), growing=True, tracks=tracks) if growing_of(version) else None


def is_whole_work(kind: str, *, media_type: str, profile: str) -> bool:
    """Whether such a file stands for a work of this kind: of a film no poster, of a picture no crop."""
    return media_type.startswith(WHOLE_AS.get(Kind(kind), "image/")) and not is_crop(profile)


def is_internal(rendition: Rendition) -> bool:
    """Files that belong to a player and are nothing by themselves."""
    return rendition.profile.startswith(("hls/", "sprite", "seekbar"))


def _is_picture(rendition: Rendition) -> bool:
    wanted = rendition.media_type in {"image/webp", "image/jpeg"}
    return wanted and bool(rendition.width) and not is_internal(rendition) and not is_crop(rendition.profile)


def _is_progressive(rendition: Rendition) -> bool:
    return rendition.media_type in PLAYED_AS and not is_internal(rendition)


def _first(by_profile: dict[str, Rendition], urls: AssetUrls, *names: str) -> str:
    return next((urls.rendition(by_profile[name]) for name in names if name in by_profile), "")
