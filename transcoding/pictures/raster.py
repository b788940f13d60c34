"""Drawings made into pixels: SVG, and the first page of a PDF. Runs only inside the bounded child."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from transcoding.pictures.decode import decoding
from transcoding.pictures.renditions import MAX_HEIGHT, NOMINAL_WIDTHS
from transcoding.pictures.svg_clean import clean_svg
from transcoding.results import MediaRejected

_WIDTH = NOMINAL_WIDTHS[-1]
_MAX_RASTER_PIXELS = 32_000_000
_PDF_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD


@dataclass(frozen=True, kw_only=True)
class Rasterised:
    """``image`` is RGB or RGBA in sRGB, 1920 wide, or narrower where it would be too high. ``texts`` by own names."""

    image: Image.Image
    facts: dict[str, Any]
    texts: dict[str, str] = field(default_factory=dict)


def raster_size(width: float, height: float) -> tuple[int, int]:
    """Pixels for a drawing of this shape: 1920 wide, within the heights of renditions and 32 megapixels."""
    scale = min(_WIDTH / width, MAX_HEIGHT / height, (_MAX_RASTER_PIXELS / width / height) ** 0.5)
    return max(1, int(width * scale)), max(1, int(height * scale))


def rasterise_svg(source: Path) -> Rasterised:
    """Draw an SVG with the fonts of the machine and nothing from outside the file.

    Raises MediaRejected as ``clean_svg``, and ``picture_broken``.
    """
    import resvg_py

    clean = clean_svg(source.read_bytes())
    size = raster_size(clean.width, clean.height)
    with decoding():
        png = resvg_py.svg_to_bytes(svg_string=clean.sized(*size), languages=["vi", "en"])
        image = Image.open(io.BytesIO(bytes(png)), formats=("PNG",))
        image.load()
    facts = {"vector": True, "own_width": round(clean.width, 2), "own_height": round(clean.height, 2), "unit": "px"}
    return Rasterised(
        image=image.convert("RGBA"), facts=facts, texts={"Title": clean.title, "Alternative": clean.description}
    )


def rasterise_pdf(source: Path) -> Rasterised:
    """Draw the first page of a PDF on white, with its annotations, without its forms or scripts.

    Raises MediaRejected ``pdf_encrypted`` and ``picture_broken``.
    """
    import pypdfium2

    with decoding():
        try:
            document = pypdfium2.PdfDocument(source)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) == _PDF_PASSWORD_ERROR:
                raise MediaRejected(
                    "This PDF is locked with a password. Save it without one and upload that.", code="pdf_encrypted"
                ) from error
            raise
        page = document[0]
        width, height = page.get_size()
        if not (0 < width < 1e6 and 0 < height < 1e6):
            raise MediaRejected("The first page of this PDF has no size. Export it again.", code="picture_broken")
        target = raster_size(width, height)
        scale = min(target[0] / width, target[1] / height)
        bitmap = page.render(scale=scale, may_draw_forms=False, limit_image_cache=True, rev_byteorder=True)
        image = bitmap.to_pil().convert("RGB")
        facts = {
            "vector": True,
            "own_width": round(width, 2),
            "own_height": round(height, 2),
            "unit": "pt",
            "pages": len(document),
        }
        return Rasterised(image=image, facts=facts, texts=dict(document.get_metadata_dict(skip_empty=True)))


DRAWINGS: Mapping[str, Callable[[Path], Rasterised]] = {
    "image/svg+xml": rasterise_svg,
    "application/pdf": rasterise_pdf,
}
