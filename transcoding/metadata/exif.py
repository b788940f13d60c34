"""Exif 2.32 / 3.0 tags of a picture that say something about it: never where it was taken, nor by which very camera."""

from typing import Any

from PIL import Image

from transcoding.metadata.encodings import decode_text
from transcoding.metadata.text import LONG, plain_text

Properties = dict[str, tuple[str, ...]]

_EXIF_IFD, _INTEROPERABILITY_IFD = 0x8769, 0xA005
_MAIN = {
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x0132: "DateTime",
    0x013B: "Artist",
    0x8298: "Copyright",
}
_WIDE = {0x9C9B: "XPTitle", 0x9C9C: "XPComment", 0x9C9D: "XPAuthor", 0x9C9E: "XPKeywords", 0x9C9F: "XPSubject"}
_PHOTO = {
    0x829A: "ExposureTime",
    0x829D: "FNumber",
    0x8827: "ISOSpeedRatings",
    0x9003: "DateTimeOriginal",
    0x9004: "DateTimeDigitized",
    0x9010: "OffsetTime",
    0x9011: "OffsetTimeOriginal",
    0x9012: "OffsetTimeDigitized",
    0x920A: "FocalLength",
    0xA434: "LensModel",
}
_USER_COMMENT = 0x9286
_INTEROPERABILITY_INDEX = 0x0001
_MAX_RAW = 64 * 1024
# what cameras write where a caption belongs
_CAMERA_CAPTIONS = frozenset(
    {
        "olympus digital camera",
        "samsung camera pictures",
        "dcim",
        "default",
        "dji",
        "picasa",
        "sony dsc",
        "minolta digital camera",
        "konica minolta",
        "kodak digital still camera",
        "exif_jpeg",
        "created by dji camera",
        "digital camera",
        "untitled",
    }
)


def read_exif(image: Image.Image) -> Properties:
    """Tags by their Exif names to one value in plain text; empty where there are none or they are broken."""
    try:
        exif = image.getexif()
        photo = exif.get_ifd(_EXIF_IFD)
    except (
        SyntaxError,
        OSError,
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
        OverflowError,
        RuntimeError,
    ):
        return {}
    found: Properties = {}
    for tags, names in ((exif, _MAIN), (photo, _PHOTO)):
        for tag, name in names.items():
            _keep(found, name, _narrow(tags.get(tag)))
    for tag, name in _WIDE.items():
        _keep(found, name, _from_utf16(exif.get(tag)))
    _keep(found, "UserComment", _user_comment(photo.get(_USER_COMMENT)))
    if found.get("ImageDescription", ("",))[0].lower() in _CAMERA_CAPTIONS:
        del found["ImageDescription"]
    return found


def interoperability_index(image: Image.Image) -> str:
    """``R98`` (sRGB), ``R03`` (Adobe RGB) or empty (DCF 2.0)."""
    try:
        index = image.getexif().get_ifd(_INTEROPERABILITY_IFD).get(_INTEROPERABILITY_INDEX, "")
    except (
        SyntaxError,
        OSError,
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
        OverflowError,
        RuntimeError,
    ):
        return ""
    return index.strip("\0 ") if isinstance(index, str) else ""


def _keep(found: Properties, name: str, text: str) -> None:
    cleaned = plain_text(text, most=LONG, lines=True)
    if cleaned:
        found[name] = (cleaned,)


def _narrow(value: Any) -> str:
    """ASCII fields, which hold anything but: Pillow hands their bytes on as Latin-1."""
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        try:
            value = value[:_MAX_RAW].encode("latin-1")
        except UnicodeEncodeError:
            return str(value)
    if isinstance(value, bytes):
        return decode_text(value[:_MAX_RAW].replace(b"\0", b"\n").strip(b"\n ")).text
    if isinstance(value, int):
        return str(value)
    try:
        return f"{float(value):.6g}" if value is not None else ""
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return ""


def _from_utf16(value: Any) -> str:
    data = (
        bytes(value)
        if isinstance(value, (bytes, tuple)) and all(isinstance(item, int) and item < 256 for item in value)
        else b""
    )
    return data[:_MAX_RAW].decode("utf-16-le", "replace").rstrip("\0")


def _user_comment(value: Any) -> str:
    """An eight-byte name of the character set, then the text; "UNICODE" is UTF-16 of either byte order."""
    if not isinstance(value, bytes) or len(value) <= 8:
        return ""
    data = value[8:_MAX_RAW]
    if value[:8] == b"UNICODE\0":
        readings = [data.decode(name, "replace").strip("\0 ") for name in ("utf-16-le", "utf-16-be")]
        return min(readings, key=lambda text: sum(ord(letter) > 0x1FFF for letter in text))
    return decode_text(data).text
