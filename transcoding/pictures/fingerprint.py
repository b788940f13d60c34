"""Two short stand-ins for a picture: one to look at until it has loaded, one to find its likes by."""

import math
from functools import cache
from itertools import pairwise
from operator import mul
from statistics import median

from PIL import Image

from transcoding.pictures.renditions import on_white

_PLACEHOLDER_PIXELS = 16  # twice what four waves across need; the cost grows with the square
_HASHED_PIXELS = 64
_FREQUENCIES = range(1, 17)


def placeholder(image: Image.Image) -> str:
    """The BlurHash of ``image`` (RGB or RGBA, transparency on white); more components along the longer side."""
    from blurhash import encode

    small = on_white(image)
    if max(small.size) > _PLACEHOLDER_PIXELS:
        factor = _PLACEHOLDER_PIXELS / max(small.size)
        size = max(1, round(small.width * factor)), max(1, round(small.height * factor))
        small = small.resize(size, Image.Resampling.BOX)
    raw, width = small.tobytes(), small.width
    pixels = [raw[at : at + 3] for at in range(0, len(raw), 3)]
    rows = [pixels[at : at + width] for at in range(0, len(pixels), width)]
    across, down = (4, 3) if small.width >= small.height else (3, 4)
    return str(encode(rows, components_x=across, components_y=down))


def perceptual_hash(image: Image.Image) -> tuple[str, int]:
    """A hash of 256 bits (64 hex digits) and its quality 0–100; below about 50 it says little (flat pictures).

    Made as PDQ is ("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019): luminance at
    64×64, the lowest 16×16 frequencies but the constant one, each bit whether it lies above their median. The
    reduction is an area average instead of PDQ's Jarosz filter, so compare only hashes made here, by Hamming distance:
    up to 31 of 256 is the usual bound for the same picture. (``pdqhash`` has no wheels: it would need a compiler.)
    """
    flat = on_white(image).convert("L").resize((_HASHED_PIXELS, _HASHED_PIXELS), Image.Resampling.BOX)
    raw = flat.tobytes()
    rows = [list(raw[at : at + _HASHED_PIXELS]) for at in range(0, len(raw), _HASHED_PIXELS)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    frequencies = _low_frequencies(columns)
    middle = median(frequencies)
    bits = sum((value > middle) << place for place, value in enumerate(reversed(frequencies)))
    steps = (abs(a - b) for lines in (rows, columns) for line in lines for a, b in pairwise(line))
    gradients = sum(math.trunc(step / 2.55) for step in steps)
    return f"{bits:064x}", min(100, gradients // 90)


@cache
def cosines() -> list[list[float]]:
    """The waves of the DCT-II that the hash looks at; made once, in the warm parent."""
    angle, scale = math.pi / (2 * _HASHED_PIXELS), math.sqrt(2 / _HASHED_PIXELS)
    return [[scale * math.cos(angle * f * (2 * n + 1)) for n in range(_HASHED_PIXELS)] for f in _FREQUENCIES]


def _low_frequencies(columns: list[list[int]]) -> list[float]:
    """The 16×16 lowest coefficients of the two-dimensional DCT-II, row by row, without the constant ones.

    In plain Python: four milliseconds, where importing numpy takes over a hundred.
    """
    basis = cosines()
    down = [[sum(map(mul, wave, column)) for column in columns] for wave in basis]
    return [sum(map(mul, line, wave)) for line in down for wave in basis]
