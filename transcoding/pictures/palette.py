"""Which of a few colours that everybody has a word for a picture is of.

The names are the eleven basic ones (B. Berlin, P. Kay, "Basic Color Terms", 1969), told apart by lightness, chroma and
hue in Oklab (B. Ottosson, "A perceptual color space for image processing", 2020), where equal steps look alike.
"""

import math
from collections import Counter
from functools import cache
from typing import Final

from PIL import Image

from assets.states import Colour

_PIXELS: Final = 48
_STEP: Final = 8
"""Of 255: nearer tones are one, so that few are to be named."""
_OPAQUE: Final = 128
MOST: Final = 4
_COLOURED: Final = 0.10
_UNCOLOURED: Final = 0.25
"""Shares of the picture from which a colour, or black, white or grey, is one of it: backgrounds are mostly grey."""
_TINTED: Final = 0.02
"""A larger share in colour, and the picture is not black and white."""
_GREYS: Final = frozenset({Colour.BLACK, Colour.WHITE, Colour.GREY})

_HUES: Final = (
    (18, Colour.PINK),
    (42, Colour.RED),
    (85, Colour.ORANGE),
    (116, Colour.YELLOW),
    (190, Colour.GREEN),
    (290, Colour.BLUE),
    (342, Colour.PURPLE),
    (360, Colour.PINK),
)
"""Up to so many degrees."""


def colours_of(image: Image.Image) -> tuple[Colour, ...]:
    """The colours of ``image`` (RGB or RGBA in sRGB), the one of most of it first; none of what is transparent.

    Four at most, and ``BLACK_AND_WHITE`` after them where there is no other colour in it. Meant for a small copy.
    """
    small = image.resize((_PIXELS, _PIXELS), Image.Resampling.BOX) if max(image.size) > _PIXELS else image
    raw = small.convert("RGBA").tobytes()
    tones: Counter[tuple[int, int, int]] = Counter(
        (red // _STEP, green // _STEP, blue // _STEP)
        for red, green, blue, alpha in zip(raw[::4], raw[1::4], raw[2::4], raw[3::4], strict=True)
        if alpha >= _OPAQUE
    )
    names: Counter[Colour] = Counter()
    for tone, count in tones.items():
        names[_name(*tone)] += count
    total = names.total()
    found = [name for name, count in names.most_common() if count >= total * _least(name)][:MOST]
    tinted = sum(count for name, count in names.items() if name not in _GREYS)
    if total and tinted <= total * _TINTED:
        found.append(Colour.BLACK_AND_WHITE)
    return tuple(found)


def _least(name: Colour) -> float:
    return _UNCOLOURED if name in _GREYS else _COLOURED


@cache
def _name(red: int, green: int, blue: int) -> Colour:
    lightness, chroma, hue = _oklch(*((value * _STEP + _STEP / 2) / 256 for value in (red, green, blue)))
    if lightness < 0.22 or (lightness < 0.32 and chroma < 0.04):
        return Colour.BLACK
    if chroma < 0.035 or (lightness > 0.9 and chroma < 0.05):
        return Colour.WHITE if lightness > 0.88 else Colour.GREY
    return _coloured(lightness, chroma, next(name for bound, name in _HUES if hue <= bound))


def _coloured(lightness: float, chroma: float, name: Colour) -> Colour:
    """What is said of the hue when it is this light and this strong: dark orange is brown, pale red pink."""
    if name is Colour.ORANGE and (lightness < 0.66 or (chroma < 0.09 and lightness < 0.86)):
        return Colour.BROWN
    if name is Colour.YELLOW and lightness < 0.6:
        return Colour.GREEN if lightness > 0.5 else Colour.BROWN
    if name is Colour.RED and (lightness > 0.76 or chroma < 0.07):
        return Colour.PINK if lightness > 0.65 else Colour.BROWN
    if name is Colour.PINK and lightness < 0.6:
        return Colour.RED if lightness < 0.5 else Colour.PINK
    if name is Colour.PURPLE and lightness > 0.74:
        return Colour.PINK
    return name


def _oklch(*channels: float) -> tuple[float, float, float]:
    """Lightness, chroma and hue (degrees, 0 to 360) of sRGB from 0 to 1."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360
