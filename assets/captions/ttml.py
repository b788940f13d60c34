"""TTML 1 and its text profiles (IMSC text, EBU-TT-D, DFXP): paragraphs with times, line breaks and plain styling.

Parsed as a stream without entities, document types or anything fetched, with bounds on depth and number of elements.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler, feature_namespaces
from xml.sax.xmlreader import InputSource, Locator

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser
from django.utils.translation import gettext as _

from assets.captions.cues import MAX_CUES, MAX_MARKUP, Written
from assets.captions.markup import STYLES, literal
from assets.captions.problems import refusal
from assets.captions.times import ttml_time

MAX_DEPTH: Final = 50
MAX_ELEMENTS: Final = 100_000
MAX_STYLES: Final = 1_000
_TTML: Final = ("http://www.w3.org/ns/ttml", "http://www.w3.org/2006/10/ttaf1", "http://www.w3.org/2006/04/ttaf1")
_PARAMETER: Final = tuple(f"{name}#parameter" for name in _TTML)
_STYLING: Final = tuple(f"{name}#styling" for name in _TTML) + tuple(f"{name}#style" for name in _TTML)
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_TIMED: Final = frozenset({"body", "div", "p", "span", "br"})
_RATES: Final = ("frameRate", "subFrameRate", "tickRate")
Name = tuple[str | None, str]
NAME_PARTS: Final = 2


@dataclass(frozen=True, kw_only=True)
class _Open:
    """An element that is open, with what holds inside it. Times in milliseconds."""

    name: str
    start: int
    end: int | None
    looks: frozenset[str]


def read_ttml(text: str) -> list[Written]:
    """The paragraphs of a document. Raises ``CaptionsInvalid`` with the line."""
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setFeature(feature_namespaces, True)
    document = _Document()
    parser.setContentHandler(document)
    source = InputSource()
    source.setEncoding("utf-8")  # whatever the declaration says: it was decoded before
    source.setByteStream(io.BytesIO(text.encode()))
    try:
        parser.parse(source)
    except DefusedXmlException as error:
        sentence = _("The file declares a document type or entities, which are not read for safety.")
        raise refusal(sentence, code="captions_malformed", line=document.line) from error
    except SAXParseException as error:
        line = error.getLineNumber() or 0
        raise refusal(_("This is not well-formed XML."), code="captions_malformed", line=line) from error
    return document.found


class _Document(ContentHandler):
    """Collects the paragraphs as they go by."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Written] = []
        self._open: list[_Open] = []
        self._elements = 0
        self._styles: dict[str, frozenset[str]] = {}
        self._frame_rate = Fraction(30)
        self._tick_rate = Fraction(1)
        self._words: list[str] = []
        self._letters = 0
        self._line = 0
        self._times: tuple[int, int | None] = (0, None)
        self._own_times = self._by_spans = False
        self._locator: Locator | None = None

    @property
    def line(self) -> int:
        return (self._locator.getLineNumber() or 0) if self._locator else 0

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - SAX names it
        self._locator = locator

    def startElementNS(self, name: Name, qname: str | None, attrs: Any) -> None:  # noqa: ARG002, N802
        self._elements += 1
        if self._elements > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH or len(self.found) > MAX_CUES:
            raise refusal(_("The document has too many elements."), code="captions_too_large", line=self.line)
        if len(name) != NAME_PARTS:  # expat divides at white space, which a namespace may have
            raise refusal(_("This is not well-formed XML."), code="captions_malformed", line=self.line)
        space, local = name
        values = {key: attrs.getValue(key) for key in attrs.getNames()}
        ours = space in _TTML
        if not self._open and not (ours and local == "tt"):
            raise refusal(_("This is not TTML."), code="captions_unknown_format", line=self.line)
        if local == "tt":
            self._set_rates(values)
        self._enter(local if ours else "", values)

    def endElementNS(self, name: Name, qname: str | None) -> None:  # noqa: ARG002, N802
        closed = self._open.pop()
        if closed.name == "p":
            self._end_paragraph()

    def characters(self, content: str) -> None:
        if not self._open or self._open[-1].name not in {"p", "span"} or not self._in_paragraph():
            return
        self._say(_styled(literal(content.replace("\n", " ")), self._open[-1].looks))

    def _in_paragraph(self) -> bool:
        return any(one.name == "p" for one in self._open)

    def _enter(self, local: str, values: Mapping[Name, str]) -> None:
        around = self._open[-1] if self._open else _Open(name="", start=0, end=None, looks=frozenset())
        looks = self._looks(values, around.looks)
        if local == "style" and len(self._styles) < MAX_STYLES and (_XML, "id") in values:
            self._styles[values[_XML, "id"]] = self._looks(values, frozenset())
        if local == "br" and self._in_paragraph():
            self._say("\n")
        start, end = self._interval(values, around) if local in _TIMED else (around.start, around.end)
        if local == "p":
            if self._in_paragraph():
                raise refusal(_("A paragraph stands in another."), code="captions_malformed", line=self.line)
            self._words, self._letters, self._line, self._times = [], 0, self.line, (start, end)
            self._own_times = any((None, name) in values for name in ("begin", "end", "dur"))
            self._by_spans = False
        elif local == "span" and (None, "begin") in values:
            self._widen(start, end)
        self._open.append(_Open(name=local, start=start, end=end, looks=looks))

    def _interval(self, values: Mapping[Name, str], around: _Open) -> tuple[int, int | None]:
        """Times inside an element count from its beginning, and none goes beyond its end."""
        if values.get((None, "timeContainer")) == "seq":
            sentence = _('Sequences (timeContainer="seq") are not read; give every paragraph its times.')
            raise refusal(sentence, code="captions_malformed", line=self.line)
        begin, end, length = (self._time(values.get((None, name))) for name in ("begin", "end", "dur"))
        start = around.start + (begin or 0)
        ends = [around.end] if around.end is not None else []
        ends += [around.start + end] if end is not None else []
        ends += [start + length] if length is not None else []
        return start, min(ends) if ends else None

    def _widen(self, start: int, end: int | None) -> None:
        """A paragraph without times of its own is there while any of its spans is."""
        if self._own_times or end is None or not self._in_paragraph():
            return
        first, (p_start, p_end) = not self._by_spans, self._times
        self._times = (start if first else min(p_start, start), end if first else max(p_end or 0, end))
        self._by_spans = True

    def _time(self, text: str | None) -> int | None:
        if text is None:
            return None
        found = ttml_time(text[:40], frame_rate=self._frame_rate, tick_rate=self._tick_rate)
        if found is None:
            raise refusal(_("These times cannot be read."), code="captions_time_invalid", line=self.line)
        return found

    def _set_rates(self, values: Mapping[Name, str]) -> None:
        said = {name: _number(_of(values, _PARAMETER, name)) for name in _RATES}
        if said["frameRate"]:
            self._frame_rate = Fraction(said["frameRate"])
        multiplier = _of(values, _PARAMETER, "frameRateMultiplier").replace(":", " ").split()
        if len(multiplier) == 2 and all(map(_number, multiplier)):
            self._frame_rate *= Fraction(_number(multiplier[0]), _number(multiplier[1]))
        by_frames = self._frame_rate * (said["subFrameRate"] or 1) if said["frameRate"] else Fraction(1)
        self._tick_rate = Fraction(said["tickRate"]) if said["tickRate"] else by_frames

    def _looks(self, values: Mapping[Name, str], inherited: frozenset[str]) -> frozenset[str]:
        looks = inherited
        for named in values.get((None, "style"), "").split()[:20]:
            looks |= self._styles.get(named, frozenset())
        weight = _of(values, _STYLING, "fontWeight")
        style = _of(values, _STYLING, "fontStyle")
        line = _of(values, _STYLING, "textDecoration").split()
        wanted = {
            "b": weight == "bold" if weight else None,
            "i": style in {"italic", "oblique"} if style else None,
            "u": "underline" in line if line else None,
        }
        for name, on in wanted.items():
            if on is not None:
                looks = looks | {name} if on else looks - {name}
        return looks

    def _say(self, words: str) -> None:
        self._letters += len(words)
        if self._letters > MAX_MARKUP * 4:
            raise refusal(_("This paragraph is too long."), code="captions_text_invalid", line=self._line)
        self._words.append(words)

    def _end_paragraph(self) -> None:
        text = "".join(self._words)
        start, end = self._times
        self._words = []
        if not text.strip():
            return
        if end is None:
            raise refusal(_("This paragraph has no end."), code="captions_time_invalid", line=self._line)
        self.found.append(Written(start=start, end=end, text=text, line=self._line))


def _of(values: Mapping[Name, str], spaces: tuple[str, ...], name: str) -> str:
    return next((values[space, name].strip() for space in spaces if (space, name) in values), "")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _styled(words: str, looks: frozenset[str]) -> str:
    names = [name for name in STYLES if name in looks]
    return "".join(f"<{name}>" for name in names) + words + "".join(f"</{name}>" for name in reversed(names))
