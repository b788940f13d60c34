"""An SVG made harmless before it is rasterised.

The rasteriser has no network and runs no scripts, but it opens local files named in ``href``, and it aborts on absurd
sizes. So the document is parsed without entities and written anew: references to anything outside it refuse the file,
its size is replaced by the pixels that we want.
"""

import math
import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from transcoding.pictures.decode import decoding
from transcoding.results import MediaRejected

MAX_SVG_BYTES = 16 * 1024 * 1024
_SVG = "{http://www.w3.org/2000/svg}"
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_DROPPED = {"script", "foreignObject", "iframe", "audio", "video", "handler", "listener"}
_EMBEDDED_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*(px|pt|pc|mm|cm|in|)\s*\Z")
_PIXELS_PER_UNIT = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_MAX_NUMBER_CHARS = 100


@dataclass(frozen=True, kw_only=True)
class CleanSvg:
    """``root`` has only references to itself. ``width`` and ``height`` are its own size in CSS pixels."""

    root: Element
    width: float
    height: float

    @property
    def title(self) -> str:
        """The text of its first-level ``<title>``."""
        return _text(self.root.find(f"{_SVG}title"))

    @property
    def description(self) -> str:
        """The text of its first-level ``<desc>``: for those who cannot see it (SVG 2, section 5.8)."""
        return _text(self.root.find(f"{_SVG}desc"))

    def sized(self, width: int, height: int) -> str:
        """The document as text that draws itself on exactly ``width`` × ``height`` pixels."""
        if self.root.get("viewBox") is None:
            self.root.set("viewBox", f"0 0 {self.width:.6g} {self.height:.6g}")
        self.root.set("width", str(width))
        self.root.set("height", str(height))
        return tostring(self.root, encoding="unicode")


def clean_svg(data: bytes) -> CleanSvg:
    """Parse and disarm ``data``.

    Raises MediaRejected ``svg_too_large``, ``svg_entities``, ``external_references``, ``svg_without_size``,
    ``picture_broken``.
    """
    if len(data) > MAX_SVG_BYTES:
        raise MediaRejected(
            "SVG files may have at most 16 MB. Simplify the drawing or upload it as PDF.", code="svg_too_large"
        )
    root = _parse(data)
    if root.tag not in {f"{_SVG}svg", "svg"}:
        raise MediaRejected("This is not an SVG drawing. Export it again as SVG.", code="picture_broken")
    pending = [root]
    while pending:
        element = pending.pop()
        _disarm(element)
        pending.extend(element)
    width, height = _own_size(root)
    return CleanSvg(root=root, width=width, height=height)


def _parse(data: bytes) -> Element:
    with decoding():
        try:
            root: Element = fromstring(data, forbid_dtd=False, forbid_entities=True, forbid_external=True)
        except DefusedXmlException as error:
            raise MediaRejected(
                "This SVG defines entities, which are not accepted. Export it again as plain SVG without editor data.",
                code="svg_entities",
            ) from error
        except ParseError as error:
            raise MediaRejected(f"This SVG is damaged ({error}). Export it again.", code="picture_broken") from error
        return root


def _disarm(element: Element) -> None:
    for child in list(element):
        if not isinstance(child.tag, str) or child.tag.rpartition("}")[2] in _DROPPED:
            element.remove(child)
    for name in [name for name in element.attrib if name.lower().startswith("on") or name == _XML_BASE]:
        del element.attrib[name]
    for name in _HREFS:
        target = element.get(name)
        if target is None or target.startswith("#") or _EMBEDDED_PICTURE.match(target):
            continue
        if element.tag.rpartition("}")[2] != "a":
            raise MediaRejected(
                "This SVG takes parts from other files or addresses. Embed its pictures in it and export it again.",
                code="external_references",
                reference=target[:_MAX_NUMBER_CHARS],
            )
        del element.attrib[name]


def _own_size(root: Element) -> tuple[float, float]:
    box = _view_box(root.get("viewBox"))
    width, height = _length(root.get("width")), _length(root.get("height"))
    if box and (width is None or height is None):
        shape = box[0] / box[1]
        width, height = width or (height * shape if height else box[0]), height or (width / shape if width else box[1])
    if not width or not height or not (math.isfinite(width) and math.isfinite(height)):
        raise MediaRejected(
            "This SVG does not say how large it is. Give it a width, a height and a viewBox and export it again.",
            code="svg_without_size",
        )
    return width, height


def _view_box(value: str | None) -> tuple[float, float] | None:
    parts = re.split(r"[\s,]+", (value or "")[:_MAX_NUMBER_CHARS].strip())
    try:
        _, _, width, height = (float(part) for part in parts)
    except ValueError:
        return None
    return (width, height) if 0 < width < math.inf and 0 < height < math.inf else None


def _length(value: str | None) -> float | None:
    found = _LENGTH.match((value or "")[:_MAX_NUMBER_CHARS])
    return float(found[1]) * _PIXELS_PER_UNIT[found[2]] if found else None


def _text(element: Element | None) -> str:
    return "".join(element.itertext()) if element is not None else ""
