"""Two short stand-ins for a picture: one to look at until it has loaded, one to find its likes by."""

import numpy as np
from PIL import Image

from transcoding.pictures.renditions import on_white

_PLACEHOLDER_PIXELS = 32
_HASHED_PIXELS = 64
_DCT_ROWS = np.arange(1, 17)


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
    grey = np.asarray(flat, dtype=np.float64)
    low = _DCT_ROWS[:, None]
    across = 2 * np.arange(_HASHED_PIXELS)[None, :] + 1
    basis = np.sqrt(2 / _HASHED_PIXELS) * np.cos(np.pi / (2 * _HASHED_PIXELS) * low * across)
    frequencies = basis @ grey @ basis.T
    bits = frequencies > np.median(frequencies)
    gradients = sum(np.trunc(np.abs(np.diff(grey, axis=axis)) / 2.55).sum() for axis in (0, 1))
    return np.packbits(bits).tobytes().hex(), min(100, int(gradients / 90))
