"""Small pictures of our own poster: which sizes, and the placeholder shown while they load."""

from pathlib import Path

import blurhash
import numpy as np
from PIL import Image

from transcoding.ffmpeg.finishing import Still
from transcoding.ffmpeg.ladder import Rung

WIDTHS = (640, 320)
PLACEHOLDER_SIZE = (32, 32)


def plan_stills(rung: Rung) -> tuple[Still, ...]:
    """``w640.webp`` and ``w320.webp``, at most that wide; always both, so that every grid finds its picture."""
    stills = []
    for target in WIDTHS:
        width = min(target, rung.width)
        height = max(1, round(rung.height * width / rung.width))
        stills.append(Still(name=f"w{target}.webp", width=width, height=height))
    return tuple(stills)


def placeholder(picture: Path) -> str:
    """The BlurHash of one of our own WebP files."""
    with Image.open(picture, formats=["WEBP"]) as image:
        small = image.convert("RGB").resize(PLACEHOLDER_SIZE)
    return str(blurhash.encode(np.asarray(small), components_x=4, components_y=3))
