"""What happens inside the bounded child: one original in, renditions and a description out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from assets.profiles import CROPPED_KINDS
from transcoding.metadata.embedded import from_texts, read_embedded
from transcoding.metadata.exif import interoperability_index
from transcoding.pictures import decode, raster, renditions
from transcoding.pictures.colour import to_srgb
from transcoding.pictures.credits import xmp_of
from transcoding.pictures.crops import plan_crops, write_crops
from transcoding.pictures.fingerprint import perceptual_hash, placeholder
from transcoding.pictures.focus import guess_focus
from transcoding.pictures.palette import colours_of
from transcoding.pictures.wanted import Wanted
from transcoding.results import EmbeddedMetadata, ProcessingResult, RenditionFile

_OPENED, _DECODED, _WRITTEN = 5, 30, 90


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The picture upright in sRGB at the largest size that is offered; ``own_size`` is the original's, upright."""

    image: Image.Image
    own_size: tuple[int, int]
    facts: dict[str, Any]
    metadata: EmbeddedMetadata


def process(
    source: Path,
    *,
    media_type: str,
    kind: str,
    folder: Path,
    on_progress: Callable[[int], None],
    wanted: Wanted | None = None,
) -> ProcessingResult:
    """Make everything of one original in ``folder``. Raises MediaRejected; OSError where the machine fails."""
    wanted = wanted or Wanted()
    on_progress(_OPENED)
    prepared = prepare(source, media_type, scaled=_largest)
    on_progress(_DECODED)
    xmp = xmp_of(wanted.credits.filled_from(prepared.metadata)) if wanted.credits else b""
    files, small, facts = _write(prepared, kind=kind, folder=folder, on_progress=on_progress, wanted=wanted, xmp=xmp)
    digest, quality = perceptual_hash(small)
    return ProcessingResult(
        renditions=tuple(files),
        facts={
            **prepared.facts,
            **facts,
            "perceptual_hash_quality": quality,
            "transparent": prepared.image.mode == "RGBA",
        },
        metadata=prepared.metadata,
        width=prepared.own_size[0],
        height=prepared.own_size[1],
        placeholder=placeholder(small),
        perceptual_hash=digest,
        colours=colours_of(small),
    )


def prepare(source: Path, media_type: str, *, scaled: Callable[[tuple[int, int]], tuple[int, int]]) -> Prepared:
    """Decode a file no larger than it is needed: ``scaled`` says how large, of the picture's own size (upright). A
    drawing comes in the size that it is drawn in."""
    return _prepare_drawing(source, media_type) or _prepare_raster(source, media_type, scaled)


def _largest(own: tuple[int, int]) -> tuple[int, int]:
    largest = renditions.plan(*own)[-1]
    return largest.width, largest.height


def _write(
    prepared: Prepared, *, kind: str, folder: Path, on_progress: Callable[[int], None], wanted: Wanted, xmp: bytes
) -> tuple[list[RenditionFile], Image.Image, dict[str, float]]:
    """The files, a small copy, and where the subject was guessed to be."""
    files: list[RenditionFile] = []
    levels = renditions.cascade(prepared.image, renditions.plan(*prepared.image.size))
    small = renditions.small_of(levels)
    if not wanted.only_crops:
        files = renditions.write_all(
            levels,
            kind=kind,
            folder=folder,
            on_progress=lambda share: on_progress(round(_DECODED + share * (_WRITTEN - _DECODED))),
            xmp=xmp,
        )
    if kind not in CROPPED_KINDS:
        return files, small, {}
    guess = guess_focus(small)
    crops = plan_crops(levels[0].size, wanted.focus or guess)
    files += write_crops(levels, crops=crops, kind=kind, folder=folder, xmp=xmp)
    return files, small, {"guessed_focus_x": guess[0], "guessed_focus_y": guess[1]}


def _prepare_drawing(source: Path, media_type: str) -> Prepared | None:
    if media_type not in raster.DRAWINGS:
        return None
    drawn = raster.DRAWINGS[media_type](source)
    converted = to_srgb(drawn.image, profile=None)
    return Prepared(
        image=converted.image,
        own_size=converted.image.size,
        facts={"format": media_type.rpartition("/")[2].removesuffix("+xml").upper(), **drawn.facts},
        metadata=from_texts(drawn.texts),
    )


def _prepare_raster(source: Path, media_type: str, scaled: Callable[[tuple[int, int]], tuple[int, int]]) -> Prepared:
    with decode.open_picture(source, media_type) as opened:
        orientation = decode.orientation_of(opened)
        own_size = decode.oriented_size(opened.size, orientation)
        stored_mode = opened.mode
        with decode.decoding():
            metadata = read_embedded(opened)
            profile = opened.info.get("icc_profile")
        pixels = decode.load_at_most(opened, target=scaled(own_size), orientation=orientation)
        converted = to_srgb(pixels, profile=profile, interoperability_index=interoperability_index(opened))
        facts = {
            "format": opened.format,
            "mode": stored_mode,
            "orientation": orientation,
            "colour_space": converted.source_space,
            "vector": False,
        }
    return Prepared(image=converted.image, own_size=own_size, facts=facts, metadata=metadata)
