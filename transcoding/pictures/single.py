"""Inside the bounded child: one picture in one size, from an original or from a rendition."""

from pathlib import Path

from PIL import Image

from assets.on_demand.wishes import scaled_to_cover, window_at
from transcoding.pictures import child, renditions
from transcoding.pictures.credits import xmp_of
from transcoding.pictures.wanted import Single, Wanted

MIDDLE = (0.5, 0.5)


def make(source: Path, *, media_type: str, kind: str, folder: Path, wanted: Wanted, single: Single) -> None:
    """Write the picture into ``folder`` under ``single.name``. Raises as ``child.process``."""

    def scaled(own: tuple[int, int]) -> tuple[int, int]:
        return scaled_to_cover(own, single.width, single.height) if single.cuts else (single.width, single.height)

    image = child.prepare(source, media_type, scaled=scaled).image
    if image.size != (size := scaled(image.size)):
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if single.cuts:
        left, top = window_at(image.size, single.width, single.height, wanted.focus or MIDDLE)
        image = image.crop((left, top, left + single.width, top + single.height))
    image.info.clear()
    xmp = xmp_of(wanted.credits) if wanted.credits else b""
    renditions.save(image, folder / single.name, kind=kind, xmp=xmp)
