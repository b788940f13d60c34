"""Opening a raster file that may be hostile, and getting no more pixels out of it than are needed.

Runs only inside the bounded child. One plugin is allowed per sniffed type and the opened format is checked again: a
JPEG may come back as MPO, which is a JPEG with more pictures behind it, of which the first is taken.
"""

import errno
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageFile

from transcoding.pictures.colour import to_eight_bits
from transcoding.results import MediaRejected

# sniffed type -> (Pillow's plugins to try, formats that may come out)
_PLUGINS: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "image/jpeg": (("JPEG",), frozenset({"JPEG", "MPO"})),
    "image/png": (("PNG",), frozenset({"PNG"})),
    "image/webp": (("WEBP",), frozenset({"WEBP"})),
    "image/tiff": (("TIFF",), frozenset({"TIFF"})),
    "image/gif": (("GIF",), frozenset({"GIF"})),
    "image/heic": (("HEIF",), frozenset({"HEIF"})),
    "image/avif": (("AVIF",), frozenset({"AVIF"})),
}

MAX_DECODED_PIXELS = 120_000_000
MAX_JPEG_PIXELS = 500_000_000  # JPEGs are shrunk while they are decoded
ORIENTATION_TAG = 0x0112
_TRANSPOSES: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# the machine's faults, not the file's
_MACHINE_ERRNOS = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EIO,
        errno.EROFS,
        errno.EACCES,
        errno.ENOENT,
        errno.EMFILE,
        errno.ENFILE,
        errno.EPERM,
    }
)

ImageFile.LOAD_TRUNCATED_IMAGES = False
Image.MAX_IMAGE_PIXELS = None  # our own caps, below, know what will be decoded


def is_machine_fault(error: BaseException) -> bool:
    """Whether ``error`` says that the machine failed (disk full, file gone), so that another try may succeed."""
    return isinstance(error, OSError) and error.errno in _MACHINE_ERRNOS


@contextmanager
def decoding() -> Iterator[None]:
    """Turns whatever a decoder raises on a file into MediaRejected ``picture_broken``.

    Decoders raise nearly every exception there is on damaged input, so this one place catches them all; faults of the
    machine, exhausted memory and missing libraries pass through.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (MediaRejected, MemoryError, ImportError):
        raise
    except Exception as error:
        if is_machine_fault(error) or (isinstance(error, OSError) and error.errno in {errno.ENOMEM, errno.EFBIG}):
            raise
        raise MediaRejected(
            "This picture is damaged or incomplete. Open it in a picture editor, save it again and upload that.",
            code="picture_broken",
            detail=_without_paths(error),
        ) from error


def _without_paths(error: Exception) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}"[:200] if "/" not in text else type(error).__name__


def open_picture(source: Path, media_type: str) -> ImageFile.ImageFile:
    """The file opened by the one plugin of its type, with nothing decoded yet; sizes beyond the caps are refused.

    Raises MediaRejected ``picture_broken``, ``format_mismatch``, ``too_many_pixels``.
    """
    plugins, allowed = _PLUGINS[media_type]
    if media_type == "image/heic":
        _register_heif()
    with decoding():
        image = Image.open(source, formats=plugins)
        if image.format not in allowed:
            raise MediaRejected(
                f"This file starts like {media_type} but holds {image.format}. Save it again under its real type.",
                code="format_mismatch",
            )
        _require_bounded(image.size, MAX_JPEG_PIXELS if media_type == "image/jpeg" else MAX_DECODED_PIXELS)
        return image


def orientation_of(image: Image.Image) -> int:
    """Exif orientation 1–8; 1 where there is none or it makes no sense."""
    with decoding():
        value = image.getexif().get(ORIENTATION_TAG, 1)
        return value if isinstance(value, int) and value in _TRANSPOSES else 1


def oriented_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height as the picture is meant to be seen."""
    return (size[1], size[0]) if orientation >= 5 else size


def load_at_most(image: ImageFile.ImageFile, *, target: tuple[int, int], orientation: int) -> Image.Image:
    """The first picture of the file, upright, at exactly ``target`` (no enlargement), in a mode of ``to_eight_bits``.

    A JPEG is decoded at a half, a quarter or an eighth where that is still not below the target. The colours are still
    the file's own. Raises MediaRejected ``picture_broken``, ``too_many_pixels``, ``pixels_not_supported``.
    """
    stored_target = oriented_size(target, orientation)
    with decoding():
        if image.format in {"JPEG", "MPO"}:
            image.draft(image.mode, stored_target)
            _require_bounded(image.size, MAX_DECODED_PIXELS)
        image.load()
        pixels = to_eight_bits(image)
        if pixels.size != stored_target:
            pixels = pixels.resize(stored_target, Image.Resampling.LANCZOS, reducing_gap=2.0)
        return pixels.transpose(_TRANSPOSES[orientation]) if orientation != 1 else pixels


def _require_bounded(size: tuple[int, int], most: int) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise MediaRejected("This picture has no pixels. Save it again and upload that.", code="picture_broken")
    if width * height > most:
        raise MediaRejected(
            f"This picture has {width} × {height} pixels; at most {most // 1_000_000} megapixels are accepted. "
            "Save it smaller and upload that.",
            code="too_many_pixels",
            width=width,
            height=height,
            most_pixels=most,
        )


def _register_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DECODE_THREADS = 1
