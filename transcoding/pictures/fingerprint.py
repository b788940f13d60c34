"""Two short stand-ins for a picture: one to look at until it has loaded, one to find its likes by."""

from PIL import Image

from transcoding.pictures.renditions import on_white

_PLACEHOLDER_PIXELS = 32
_LEAST_HASHED_PIXELS = 64


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
    """The PDQ hash (256 bits, 64 hex digits) and its quality 0–100; below about 50 it says little (flat pictures).

    Compare by Hamming distance: up to 31 bits of 256 is the usual bound for the same picture. PDQ wants some pixels to
    work on, so a tiny picture is enlarged for it.
    """
    import numpy as np
    import pdqhash

    flat = on_white(image)
    if min(flat.size) < _LEAST_HASHED_PIXELS:
        size = max(flat.width, _LEAST_HASHED_PIXELS), max(flat.height, _LEAST_HASHED_PIXELS)
        flat = flat.resize(size, Image.Resampling.BILINEAR)
    bits, quality = pdqhash.compute(np.asarray(flat))
    return np.packbits(bits).tobytes().hex(), int(quality)
