"""Cuts of a photo in the shapes that pages, cards and phones ask for, made around its focal point.

Each is the largest window of its shape inside the picture, centred on the point and moved inside where it would reach
over the rim; its shorter side is 720 pixels, or fewer where the picture has fewer: nothing is enlarged. They are cut
from the largest rendition. A shape whose cut would be under 160 pixels is left out, and so are infographics: what is
cut off one says something else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final

from PIL import Image

from assets.profiles import CROP_PREFIX
from transcoding.pictures import renditions
from transcoding.results import RenditionFile

SHAPES: Final = MappingProxyType({"16x9": (16, 9), "4x3": (4, 3), "1x1": (1, 1), "9x16": (9, 16)})
SHORTER_SIDE: Final = 720
LEAST: Final = 160
Box = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class Crop:
    """One cut of a shape around a point, and the size in pixels that it is written in."""

    profile: str
    shape: tuple[int, int]
    focus: tuple[float, float]
    width: int
    height: int


def plan_crops(size: tuple[int, int], focus: tuple[float, float]) -> tuple[Crop, ...]:
    """The cuts of a picture of ``size`` (upright) around ``focus`` (0 to 1 of its width and height)."""
    found = []
    for name, shape in SHAPES.items():
        box = window(size, shape, focus)
        width, height = box[2] - box[0], box[3] - box[1]
        shorter = min(width, height)
        if shorter < LEAST:
            continue
        factor = min(1.0, SHORTER_SIDE / shorter)
        fitted = max(1, round(width * factor)), max(1, round(height * factor))
        profile = f"{CROP_PREFIX}{name}.webp"
        found.append(Crop(profile=profile, shape=shape, focus=focus, width=fitted[0], height=fitted[1]))
    return tuple(found)


def window(size: tuple[int, int], shape: tuple[int, int], focus: tuple[float, float]) -> Box:
    """The largest box of ``shape`` within ``size`` whose middle is as near to ``focus`` as it can be."""
    width, height = size
    across = min(width, max(1, round(height * shape[0] / shape[1])))
    down = min(height, max(1, round(width * shape[1] / shape[0])))
    left = _inside(focus[0] * width - across / 2, width - across)
    top = _inside(focus[1] * height - down / 2, height - down)
    return left, top, left + across, top + down


def write_crops(
    levels: Sequence[Image.Image], *, crops: Sequence[Crop], kind: str, folder: Path, xmp: bytes = b""
) -> list[RenditionFile]:
    """Cut a picture (sRGB, upright, in the levels of its cascade, largest first) and write each cut as WebP into
    ``folder``, ``xmp`` in each."""
    files = []
    for crop in crops:
        cut = _cut(levels, crop)
        renditions.save(cut, folder / crop.profile, kind=kind, xmp=xmp)
        files.append(
            RenditionFile(
                profile=crop.profile,
                path=PurePosixPath(crop.profile),
                media_type="image/webp",
                width=crop.width,
                height=crop.height,
            )
        )
    return files


def _cut(levels: Sequence[Image.Image], crop: Crop) -> Image.Image:
    """From the smallest level whose window is not smaller than the cut: the less there is to shrink, the better."""
    for image in reversed(levels):
        box = window(image.size, crop.shape, crop.focus)
        size = box[2] - box[0], box[3] - box[1]
        if size == (crop.width, crop.height):
            return image.crop(box)
        if (size[0] >= crop.width and size[1] >= crop.height) or image is levels[0]:
            break
    cut = image.resize((crop.width, crop.height), Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)
    cut.info.clear()
    return cut


def _inside(value: float, most: int) -> int:
    return min(most, max(0, round(value)))
