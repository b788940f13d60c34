"""Bytes that somebody made of captions, as cues."""

from dataclasses import dataclass

from assets.captions.cues import Cue
from assets.captions.reading import MAX_FILE, read_captions, too_large
from assets.states import Language
from transcoding.metadata.encodings import decode_whole


@dataclass(frozen=True, kw_only=True)
class CaptionsFile:
    """``format`` and ``encoding`` say what the file was taken for."""

    format: str
    encoding: str
    cues: tuple[Cue, ...]


def read_file(data: bytes, *, language: str, chapters: bool = False) -> CaptionsFile:
    """The cues of a file in this language. Raises ``CaptionsInvalid`` with what is wrong and where."""
    if len(data) > MAX_FILE:
        raise too_large()
    decoded = decode_whole(data, chinese=language == Language.ZH)
    found = read_captions(decoded.text, chapters=chapters)
    return CaptionsFile(format=found.format, encoding=decoded.encoding, cues=found.cues)
