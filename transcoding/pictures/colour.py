"""Any colours a file may come in, turned into sRGB (IEC 61966-2-1), eight bits a channel."""

import io
import math
from dataclasses import dataclass

from PIL import Image, ImageCms

from transcoding.pictures import icc
from transcoding.results import MediaRejected

_MAX_PROFILE_BYTES = 8 * 1024 * 1024
_ADOBE_RGB_MARK = "R03"  # DCF 2.0, optional colour space: Exif interoperability index of Adobe RGB


@dataclass(frozen=True, kw_only=True)
class Converted:
    """``image`` is RGB, or RGBA where some pixel is not opaque. ``source_space``: what its colours were taken for."""

    image: Image.Image
    source_space: str


def to_srgb(image: Image.Image, *, profile: bytes | None, interoperability_index: str = "") -> Converted:
    """Colours of ``image`` by its ICC profile, else by the Exif mark of Adobe RGB, else taken for sRGB.

    A profile that is broken or belongs to other channels is passed over, as every browser does. What comes out may be
    ``image`` itself, without its ``info``.
    """
    if not profile and interoperability_index == _ADOBE_RGB_MARK and image.mode in {"RGB", "RGBA"}:
        profile = icc.profile(icc.ADOBE_RGB)
    alpha = image.getchannel("A") if image.mode in {"RGBA", "LA"} else None
    plain = image.convert({"RGBA": "RGB", "LA": "L"}[image.mode]) if alpha else image
    converted, space = _by_profile(plain, profile) if profile else (None, "")
    if converted is None:
        converted, space = _without_profile(plain)
    if alpha is not None and alpha.getextrema() != (255, 255):
        converted.putalpha(alpha)
    converted.info.clear()
    return Converted(image=converted, source_space=space)


def to_eight_bits(image: Image.Image) -> Image.Image:
    """``image`` in one of the modes L, LA, RGB, RGBA, CMYK, LAB with its colours and transparency unchanged."""
    if "transparency" in image.info and image.mode in {"1", "L", "P", "RGB", "I;16"}:
        return _with_alpha(image)
    if image.mode in {"L", "LA", "RGB", "RGBA", "CMYK", "LAB"}:
        return image
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        return _scaled_to_eight_bits(image)
    targets = {
        "1": "L",
        "La": "LA",
        "RGBa": "RGBA",
        "PA": "RGBA",
        "P": "RGB",
        "RGBX": "RGB",
        "YCbCr": "RGB",
        "HSV": "RGB",
    }
    if image.mode not in targets:
        raise _unknown_pixels(image.mode)
    return image.convert(targets[image.mode])


def _with_alpha(image: Image.Image) -> Image.Image:
    if image.mode == "I;16":
        return _scaled_to_eight_bits(image)  # one transparent grey of 65,536 may as well be opaque
    return image.convert("RGBA")


def _scaled_to_eight_bits(image: Image.Image) -> Image.Image:
    """Grey values of 16 or 32 bits or floats, brought to 0–255 by the range that they can only mean."""
    if image.mode.startswith("I;16"):
        return image.convert("I").convert("F").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    low, high = (float(value) for value in image.getextrema())  # type: ignore[arg-type]
    if low < 0 or math.isnan(high) or high > 65535:
        raise _unknown_pixels(image.mode)
    ceiling = 1.0 if image.mode == "F" and high <= 1 else 255.0 if high <= 255 else 65535.0
    factor = 255 / ceiling
    return image.convert("F").point(lambda value: value * factor + 0.5).convert("L")


def _unknown_pixels(mode: str) -> MediaRejected:
    return MediaRejected(
        "The colours of this picture are stored in a way that is not known here. Save it as an RGB JPEG, PNG or TIFF.",
        code="pixels_not_supported",
        mode=mode,
    )


def _by_profile(image: Image.Image, profile: bytes) -> tuple[Image.Image | None, str]:
    if len(profile) > _MAX_PROFILE_BYTES:
        return None, ""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != {"L": "GRAY"}.get(image.mode, image.mode.upper()):
            return None, ""
        space = (source.profile.profile_description or "unnamed").strip("\0 ")[:80]
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            image.mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None, ""
    if image.mode == "RGB" and _changes_nothing(transform):
        return image, space
    # between equal modes Pillow can work in place only; elsewhere it makes a new image
    converted = ImageCms.applyTransform(image, transform)
    return converted, space


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """True where a grid through the colour cube stays within one step: the profile is sRGB by whatever name."""
    levels = (0, 26, 64, 115, 166, 217, 255)
    cube = bytes(channel for r in levels for g in levels for b in levels for channel in (r, g, b))
    probe = Image.frombytes("RGB", (len(levels) ** 3, 1), cube)
    moved = ImageCms.applyTransform(probe, transform)
    return moved is not None and all(abs(a - b) <= 1 for a, b in zip(moved.tobytes(), cube, strict=True))


def _without_profile(image: Image.Image) -> tuple[Image.Image, str]:
    if image.mode == "LAB":
        transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
        converted = ImageCms.applyTransform(image, transform)
        if converted is not None:
            return converted, "CIELAB"
    names = {"CMYK": "CMYK without profile", "L": "greyscale"}
    return image.convert("RGB") if image.mode != "RGB" else image, names.get(image.mode, "sRGB assumed")
