"""Which sizes a picture is offered in, and how each is written.

Rule of the profiles: ``w320``, ``w640``, ``w1280`` and ``w1920`` exist where the picture is at least that wide; a
picture narrower than 1920 whose width is none of these is also there as ``full``, at its own size. Nothing is ever
enlarged. A rendition is at most 16,383 pixels high (the limit of WebP): where a tall picture would be higher it is
narrower than its name says, and a profile that would repeat the one below it is left out.

Each profile is written as WebP (for pages) and JPEG (for download, transparency on white), the smallest also as AVIF;
PNG only where somebody asks for it (``single``).
All are sRGB and say so: by a small profile, AVIF by its code points. No metadata of the original is carried over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from transcoding.pictures import icc
from transcoding.results import RenditionFile

NOMINAL_WIDTHS = (320, 640, 1280, 1920)
MAX_HEIGHT = 16_383
_SMALL = 640


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One size: ``profile`` without the file type, pixels."""

    profile: str
    width: int
    height: int


def plan(width: int, height: int) -> tuple[Planned, ...]:
    """The sizes of a picture of ``width`` × ``height`` (upright), smallest first; never empty or above the source."""
    sizes: list[Planned] = []
    nominal = {f"w{each}": each for each in NOMINAL_WIDTHS if each <= width}
    if width < NOMINAL_WIDTHS[-1] and width not in NOMINAL_WIDTHS:
        nominal["full"] = width
    for profile, each in nominal.items():
        fitted = fit(width, height, each)
        if not sizes or fitted[0] > sizes[-1].width or fitted[1] > sizes[-1].height:
            sizes.append(Planned(profile=profile, width=fitted[0], height=fitted[1]))
    return tuple(sizes)


def fit(width: int, height: int, most_width: int) -> tuple[int, int]:
    """The largest size of the same shape within ``most_width`` × 16,383, at least one pixel each way."""
    factor = min(1.0, most_width / width, MAX_HEIGHT / height)
    return max(1, round(width * factor)), max(1, round(height * factor))


def cascade(image: Image.Image, sizes: tuple[Planned, ...]) -> list[Image.Image]:
    """``image`` in each of the sizes, largest first, each made from the one before it."""
    levels = []
    for size in reversed(sizes):
        if image.size != (size.width, size.height):
            image = image.resize((size.width, size.height), Image.Resampling.LANCZOS, reducing_gap=2.0)
            image.info.clear()
        levels.append(image)
    return levels


def write(
    image: Image.Image, size: Planned, *, sizes: tuple[Planned, ...], kind: str, folder: Path, xmp: bytes = b""
) -> list[RenditionFile]:
    """Write one size in each of its file types into ``folder``."""
    suffixes = ("webp", "jpg", "avif") if size == sizes[0] else ("webp", "jpg")
    written = []
    for suffix in suffixes:
        profile = f"{size.profile}.{suffix}"
        save(image, folder / profile, kind=kind, xmp=xmp)
        written.append(
            RenditionFile(
                profile=profile,
                path=PurePosixPath(profile),
                media_type=_MEDIA_TYPES[suffix],
                width=size.width,
                height=size.height,
            )
        )
    return written


def write_all(
    levels: Sequence[Image.Image], *, kind: str, folder: Path, on_progress: Callable[[float], None], xmp: bytes = b""
) -> list[RenditionFile]:
    """All renditions, smallest first, of a picture (sRGB, upright) in the ``levels`` of its cascade.

    ``on_progress`` gets the written share of all pixels, 0 to 1. ``xmp`` is written into each.
    """
    sizes = plan(*levels[0].size)
    total = sum(size.width * size.height for size in sizes)
    files: list[RenditionFile] = []
    done = 0
    for size, scaled in zip(reversed(sizes), levels, strict=True):
        files = write(scaled, size, sizes=sizes, kind=kind, folder=folder, xmp=xmp) + files
        done += size.width * size.height
        on_progress(done / total)
    return files


def small_of(levels: Sequence[Image.Image]) -> Image.Image:
    """The largest level at most 640 wide, for hashing; the smallest where none is."""
    return next((level for level in levels if level.width <= _SMALL), levels[-1])


def save(image: Image.Image, path: Path, *, kind: str, xmp: bytes = b"") -> None:
    """Write ``image`` (sRGB) in the type that the end of the path's name says, with nothing in it but ``xmp``."""
    suffix = path.suffix[1:]
    if suffix == "webp":
        options = _webp_options(image, kind)
    elif suffix == "jpg":
        image, options = on_white(image), _jpeg_options(kind)
    elif suffix == "png":
        options, xmp = _png_options(xmp), b""
    else:
        options = _AVIF_OPTIONS
    image.save(path, format=_FORMATS[suffix], **{"exif": b"", "xmp": xmp, **options})


def on_white(image: Image.Image) -> Image.Image:
    """``image`` as RGB, what is transparent in it on white."""
    if image.mode != "RGBA":
        return image
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, mask=image.getchannel("A"))
    return flat


_MEDIA_TYPES = {"webp": "image/webp", "jpg": "image/jpeg", "avif": "image/avif", "png": "image/png"}
_FORMATS = {"webp": "WEBP", "jpg": "JPEG", "avif": "AVIF", "png": "PNG"}
_AVIF_OPTIONS: Mapping[str, Any] = {"quality": 60, "speed": 7, "max_threads": 1}


def media_type_of(profile: str) -> str:
    """The media type of a rendition by the end of its profile (``w640.webp``)."""
    return _MEDIA_TYPES[profile.rpartition(".")[2]]


def _png_options(xmp: bytes) -> Mapping[str, Any]:
    chunks = PngInfo()
    if xmp:
        chunks.add_itxt("XML:com.adobe.xmp", xmp.decode())
    return {"compress_level": 6, "icc_profile": icc.compact_srgb(), "pnginfo": chunks}


def _webp_options(image: Image.Image, kind: str) -> Mapping[str, Any]:
    # method 2 costs a third less than 4 and makes files 3 to 4 % larger; the small ones, fetched most, are worth it
    method = 4 if image.width <= _SMALL else 2
    options: dict[str, Any] = {"quality": 80, "method": method, "icc_profile": icc.compact_srgb()}
    if kind == "infographic":  # letters and lines: no chroma bleeding
        options |= {"quality": 90, "use_sharp_yuv": True}
    return options


def _jpeg_options(kind: str) -> Mapping[str, Any]:
    options: dict[str, Any] = {
        "quality": 82,
        "optimize": True,
        "progressive": True,
        "icc_profile": icc.profile(icc.SRGB),
    }
    if kind == "infographic":
        options |= {"quality": 92, "subsampling": "4:4:4"}
    return options
