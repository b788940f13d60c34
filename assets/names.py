"""File names as users give them: kept for display and download, never part of a key or a path."""

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

from assets.states import Kind
from permissions.errors import Invalid

KIND_BY_SUFFIX: dict[str, Kind] = {
    **dict.fromkeys(
        ("jpg", "jpeg", "jpe", "jfif", "png", "webp", "tif", "tiff", "heic", "heif", "avif", "gif", "bmp"), Kind.PHOTO
    ),
    **dict.fromkeys(("svg", "pdf"), Kind.INFOGRAPHIC),
    **dict.fromkeys(
        ("mp4", "m4v", "mov", "mkv", "webm", "ts", "mts", "m2ts", "avi", "mpg", "mpeg", "3gp", "mxf"), Kind.VIDEO
    ),
    **dict.fromkeys(("mp3", "m4a", "aac", "wav", "flac", "ogg", "oga", "opus", "wma"), Kind.AUDIO),
}


def clean_filename(name: str) -> str:
    """The last path segment in NFC, without control characters, at most 255 characters; extension kept when cut.

    Raises :class:`Invalid` when nothing is left.
    """
    last = PureWindowsPath(PurePosixPath(name).name).name
    text = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C").strip(" .")
    if not text:
        raise Invalid("The file has no usable name.", fields={"filename": ["Give the file a name."]})
    if len(text) > 255:
        suffix = PurePosixPath(text).suffix[:20]
        text = text[: 255 - len(suffix)] + suffix
    return text


def guess_kind(filename: str) -> Kind | None:
    """What kind a file of this name most likely is. The bytes decide later; this only saves the uploader a question."""
    return KIND_BY_SUFFIX.get(PurePosixPath(filename).suffix.lower().lstrip("."))
