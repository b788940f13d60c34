"""The product's renditions by libvips, for ``bench_pictures.py``: reads jobs from standard input, one JSON a line.

Needs pyvips and nothing of the product, so that a Python of its own can run it. Encoder settings are those of
``transcoding/pictures/renditions.py``.
"""

import json
import os
import resource
import sys
import time
from typing import Any

os.environ["VIPS_CONCURRENCY"] = "1"

import pyvips  # type: ignore[import-not-found]  # no dependency of the product

_WIDTHS = (1920, 1280, 640, 320)
_SHAPES = {"16x9": (16, 9), "4x3": (4, 3), "1x1": (1, 1), "9x16": (9, 16)}
_SHORTER = 720
_JPEG = {"Q": 82, "optimize_coding": True, "interlace": True, "keep": "icc"}


def by_thumbnail(source: str) -> Any:
    """libvips' own way: shrinks while decoding only as far as it finds harmless."""
    return pyvips.Image.thumbnail(source, _WIDTHS[0], size="down")


def by_shrink(source: str) -> Any:
    """Decoded at the half, as the product does."""
    half = pyvips.Image.jpegload(source, shrink=2)
    return half.resize(_WIDTHS[0] / half.width)


def crops(image: Any, folder: str) -> None:
    """The cuts around the middle."""
    for name, (across, down) in _SHAPES.items():
        width, height = min(image.width, image.height * across // down), min(image.height, image.width * down // across)
        cut = image.crop((image.width - width) // 2, (image.height - height) // 2, width, height)
        scaled = cut.resize(min(1, _SHORTER / min(width, height))).copy_memory()
        scaled.webpsave(f"{folder}/crop-{name}.webp", Q=80, effort=2, keep="none")


def make(source: str, folder: str, way: str) -> None:
    """Decode once, cascade down, write every file of the set."""
    image = {"thumbnail": by_thumbnail, "shrink": by_shrink}[way](source).copy_memory()
    for width in _WIDTHS:
        if image.width != width:
            image = image.resize(width / image.width).copy_memory()
        stem = f"{folder}/w{width}"
        image.webpsave(f"{stem}.webp", Q=80, effort=4 if width <= 640 else 2, keep="none")
        image.jpegsave(f"{stem}.jpg", **_JPEG)
        if width == _WIDTHS[0]:
            crops(image, folder)
    image.heifsave(f"{stem}.avif", Q=60, effort=2, compression="av1", keep="none")


def main() -> None:
    """Do what is asked until the input ends."""
    pyvips.cache_set_max(0)
    for line in sys.stdin:
        source, folder = json.loads(line)
        wall, cpu = time.perf_counter(), time.process_time()
        make(source, folder, sys.argv[1])
        cost = {
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        sys.stdout.write(json.dumps(cost) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
