"""Types that are recognised in order to be refused, each with what the uploader can do instead."""

import re
from struct import error as struct_error
from struct import unpack_from

from transcoding.results import MediaRejected

_PLAYLIST = "This is a playlist or manifest, not a recording: it points to other files. Upload the recording itself."
_WEB_PAGE = "This is a web page. Upload the picture or the recording itself, or write the text as an article."
_POSTSCRIPT = "PostScript files (EPS, PS, AI) are not accepted. Export the drawing as PDF or SVG."
_ARCHIVE = "Archives are not unpacked here. Upload the files inside it one by one."
_PROGRAM = "This is a program or a script, not media."
_OFFICE = "Office files are not accepted. Export the page as PDF."
_RAW = "Camera raw files are not accepted. Develop the photo and save it as JPEG, TIFF or HEIC."
_OLD_PICTURE = "This picture format is not accepted. Save it as JPEG, PNG or TIFF."
_LAYERED = "Layered working files are not accepted. Save a flat copy as JPEG, PNG or TIFF."
_OLD_VIDEO = "This video format is not accepted. Export it as MP4 (H.264 and AAC)."
_OLD_AUDIO = "This audio format is not accepted. Export it as WAV, FLAC, MP3 or M4A."

# (what it is, bytes at the start, what to do)
_MAGICS: tuple[tuple[str, bytes, str], ...] = (
    ("postscript", b"%!PS", _POSTSCRIPT),
    ("postscript", b"\x04%!PS", _POSTSCRIPT),
    ("eps", b"\xc5\xd0\xd3\xc6", _POSTSCRIPT),
    ("zip", b"PK\x03\x04", _ARCHIVE),
    ("zip", b"PK\x05\x06", _ARCHIVE),
    ("zip", b"PK\x07\x08", _ARCHIVE),
    ("gzip", b"\x1f\x8b", "Compressed files (also .svgz) are not accepted. Unpack it and upload the file inside."),
    ("bzip2", b"BZh", _ARCHIVE),
    ("xz", b"\xfd7zXZ\x00", _ARCHIVE),
    ("zstd", b"\x28\xb5\x2f\xfd", _ARCHIVE),
    ("7z", b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    ("rar", b"Rar!\x1a\x07", _ARCHIVE),
    ("elf", b"\x7fELF", _PROGRAM),
    ("mach-o", b"\xcf\xfa\xed\xfe", _PROGRAM),
    ("mach-o", b"\xce\xfa\xed\xfe", _PROGRAM),
    ("java", b"\xca\xfe\xba\xbe", _PROGRAM),
    ("wasm", b"\x00asm", _PROGRAM),
    ("ole", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OFFICE),
    ("rtf", b"{\\rtf", _OFFICE),
    ("psd", b"8BPS", _LAYERED),
    ("xcf", b"gimp xcf", _LAYERED),
    ("raw", b"IIRO", _RAW),
    ("raw", b"IIRS", _RAW),
    ("raw", b"MMOR", _RAW),
    ("raw", b"IIU\x00", _RAW),
    ("raw", b"FUJIFILMCCD-RAW", _RAW),
    ("raw", b"FOVb", _RAW),
    ("jpeg-2000", b"\x00\x00\x00\x0cjP  ", _OLD_PICTURE),
    ("jpeg-2000", b"\xff\x4f\xff\x51", _OLD_PICTURE),
    ("jpeg-xl", b"\x00\x00\x00\x0cJXL ", _OLD_PICTURE),
    ("jpeg-xl", b"\xff\x0a", _OLD_PICTURE),
    ("icon", b"\x00\x00\x01\x00", _OLD_PICTURE),
    ("wmf", b"\xd7\xcd\xc6\x9a", _OLD_PICTURE),
    ("dds", b"DDS ", _OLD_PICTURE),
    ("asf", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _OLD_VIDEO),
    ("flv", b"FLV\x01", _OLD_VIDEO),
    ("mpeg-ps", b"\x00\x00\x01\xba", _OLD_VIDEO),
    ("mpeg-es", b"\x00\x00\x01\xb3", _OLD_VIDEO),
    ("realmedia", b".RMF", _OLD_VIDEO),
    ("mxf", b"\x06\x0e\x2b\x34\x02\x05\x01\x01", _OLD_VIDEO),
    ("flash", b"FWS", _OLD_VIDEO),
    ("flash", b"CWS", _OLD_VIDEO),
    ("aiff", b"FORM", _OLD_AUDIO),
    ("midi", b"MThd", _OLD_AUDIO),
    ("amr", b"#!AMR", _OLD_AUDIO),
    ("script", b"#!", _PROGRAM),
)

# the start of a text, in lower case, behind white space; the groups are atomic, so that no text makes them backtrack
_XML_LEAD = rb"(?><\?xml[^>]*\?>\s*)?(?><!--.*?-->\s*)*+<"
_TEXTS: tuple[tuple[str, re.Pattern[bytes], str], ...] = (
    ("playlist", re.compile(rb"#extm3u|#ext-x-|ffconcat version|\[playlist\]|\[reference\]"), _PLAYLIST),
    ("playlist", re.compile(_XML_LEAD + rb"(?:mpd|smil|asx|playlist|smoothstreamingmedia)[\s>]", re.DOTALL), _PLAYLIST),
    ("sdp", re.compile(rb"v=0\r?\no="), _PLAYLIST),
    ("html", re.compile(_XML_LEAD + rb"(?:!doctype html|html|head|body|script|iframe)[\s>]", re.DOTALL), _WEB_PAGE),
    ("postscript", re.compile(rb"%!ps"), _POSTSCRIPT),
)
_PDF_MADE_BY_ILLUSTRATOR = re.compile(rb"<dc:format>\s*application/(?:vnd\.adobe\.)?illustrator\s*<", re.IGNORECASE)
_REDUCED_RESOLUTION, _DNG_VERSION = 254, 50706


def refuse_known(head: bytes) -> None:
    """Raises MediaRejected ``type_not_allowed`` if ``head`` starts a file of a type that is refused by name."""
    name, advice = _recognise(head)
    if name:
        raise MediaRejected(advice, code="type_not_allowed", recognised=name)


def _recognise(head: bytes) -> tuple[str, str]:
    for name, magic, advice in _MAGICS:
        if head.startswith(magic):
            return name, advice
    if head.startswith(b"MZ") and b"PE\x00\x00" in head[:4096]:
        return "windows-program", _PROGRAM
    if head.startswith(b"BM") and head[6:10] == b"\x00\x00\x00\x00":
        return "bmp", _OLD_PICTURE
    if head[4:12] == b"ftypcrx " or (head[:4] == b"II*\x00" and head[8:10] == b"CR") or _is_camera_raw(head):
        return "raw", _RAW
    if b"%PDF-" in head[:1024] and _PDF_MADE_BY_ILLUSTRATOR.search(head):
        return "illustrator", _POSTSCRIPT
    return _recognise_text(head)


def _recognise_text(head: bytes) -> tuple[str, str]:
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        head = head.decode("utf-16", "replace").encode()
    start = head[:4096].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x00\x0b\x0c").lower()
    for name, pattern, advice in _TEXTS:
        if pattern.match(start):
            return name, advice
    return "", ""


def _is_camera_raw(head: bytes) -> bool:
    """DNG, NEF, ARW and their like are TIFFs whose first directory is a thumbnail, or which carry DNGVersion."""
    if head[:4] not in {b"II*\x00", b"MM\x00*"}:
        return False
    order = "<" if head[:2] == b"II" else ">"
    try:
        (offset,) = unpack_from(order + "I", head, 4)
        (count,) = unpack_from(order + "H", head, offset)
        for entry in range(min(count, 200)):
            tag, _, _, value = unpack_from(order + "HHII", head, offset + 2 + 12 * entry)
            if tag == _DNG_VERSION or (tag == _REDUCED_RESOLUTION and value & 1):
                return True
    except struct_error:
        return False  # the directory lies beyond the head: large scans write it at the end, raw files at the start
    return False
