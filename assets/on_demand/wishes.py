"""Which size somebody gets who asks for one: pure, and bounded, so that a work never has more pictures than these.

Sides are rounded up to a step (20 pixels up to 640, 40 up to 1280, 80 up to 2560: 64 different ones), and what comes of
it is never larger than the work itself.
"""

import re
from dataclasses import dataclass
from typing import Final

from assets.states import Fit, PictureFormat

MOST: Final = 2560
"""The longest side that is made."""
_STEPS: Final = ((640, 20), (1280, 40), (MOST, 80))
SUFFIX: Final = {
    PictureFormat.WEBP: "webp",
    PictureFormat.JPEG: "jpg",
    PictureFormat.AVIF: "avif",
    PictureFormat.PNG: "png",
}
MEDIA_TYPE: Final = {each: f"image/{each}" for each in PictureFormat}
_NAME: Final = re.compile(r"([1-9]\d{0,3})x([1-9]\d{0,3})-(contain|cover)\.(webp|jpg|avif|png)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A picture exactly as it is made, in pixels. ``name`` says all of it and ends the address."""

    width: int
    height: int
    fit: Fit
    format: PictureFormat

    @property
    def name(self) -> str:
        return f"{self.width}x{self.height}-{self.fit}.{SUFFIX[self.format]}"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPE[self.format]


def stepped(side: int) -> int:
    """``side`` (1 to 2560) rounded up to its step."""
    step = next(step for most, step in _STEPS if side <= most)
    return -(-side // step) * step


def wanted(
    own: tuple[int, int], *, width: int | None, height: int | None, fit: Fit, picture_format: PictureFormat
) -> Wanted:
    """What somebody gets of a work of the size ``own`` (upright) who asks for ``width`` and ``height``; for ``cover``
    both are given, for ``contain`` at least one. Nothing is enlarged; a cut keeps the shape asked for."""
    across, down = (stepped(width) if width else MOST), (stepped(height) if height else MOST)
    if fit is Fit.COVER:
        factor = min(1.0, own[0] / across, own[1] / down)
        size = across * factor, down * factor
    else:
        factor = min(1.0, across / own[0], down / own[1])
        size = own[0] * factor, own[1] * factor
    return Wanted(
        width=min(own[0], max(1, round(size[0]))),
        height=min(own[1], max(1, round(size[1]))),
        fit=fit,
        format=picture_format,
    )


def read_name(name: str) -> Wanted | None:
    """The picture of this :attr:`Wanted.name`; None for what is no such name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    formats = {suffix: each for each, suffix in SUFFIX.items()}
    return Wanted(width=int(found[1]), height=int(found[2]), fit=Fit(found[3]), format=formats[found[4]])


def scaled_to_cover(own: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    """The size of the whole picture of which ``width`` × ``height`` is cut: just not smaller on either side."""
    factor = max(width / own[0], height / own[1])
    return max(width, round(own[0] * factor)), max(height, round(own[1] * factor))


def window_at(size: tuple[int, int], width: int, height: int, focus: tuple[float, float]) -> tuple[int, int]:
    """Left and top of the ``width`` × ``height`` within ``size`` whose middle is as near to ``focus`` as it can be."""
    left = min(size[0] - width, max(0, round(focus[0] * size[0] - width / 2)))
    top = min(size[1] - height, max(0, round(focus[1] * size[1] - height / 2)))
    return left, top
