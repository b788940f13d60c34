"""Who made a picture, whom to name and what may be done with it, as XMP in its renditions.

The properties are those of the IPTC Photo Metadata Standard 2024.1, in XMP (ISO 16684-1) alone: every reader of today
knows it, and unlike IIM and Exif it has languages. Written are only the words below: nothing of the original's own
metadata is carried over, no coordinates, no person's name but those of the credit and, in downloads, of whom it shows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from transcoding.results import EmbeddedMetadata

MAX_BYTES: Final = 60_000
"""One APP1 segment of a JPEG has 65,502 bytes for it (XMP part 3, 1.1.3)."""
_LONGEST: Final = 2000
_HEAD: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"'
    ' xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/">'
)
_IPTC_EXT: Final = ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAIL: Final = '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'


@dataclass(frozen=True, kw_only=True)
class Credits:
    """Words as people wrote them; empty where there are none. ``alt_texts`` by language (``vi``, ``en``, ``zh``);
    ``language`` is that of the original's words. ``reference`` is the asset's own. ``fills``: whether the file may say
    what people have not. ``titles`` and ``captions``, and ``terms`` beside ``usage_terms``, by language too, and
    ``people``, whom the work shows: in downloads, not in renditions, which keep the words of the day they were made."""

    reference: str
    language: str
    creator: str = ""
    credit_line: str = ""
    source: str = ""
    copyright_notice: str = ""
    usage_terms: str = ""
    alt_texts: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    captions: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    people: Sequence[str] = ()
    fills: bool = True

    def filled_from(self, metadata: EmbeddedMetadata) -> "Credits":
        """Where people have said nothing, what the file says: as the asset's own fields are filled in."""
        if not self.fills:
            return self
        alt_texts = dict(self.alt_texts)
        if metadata.alt_text and not alt_texts.get(self.language):
            alt_texts[self.language] = metadata.alt_text
        return replace(
            self,
            creator=self.creator or metadata.author,
            credit_line=self.credit_line or metadata.credit_line,
            source=self.source or metadata.source,
            copyright_notice=self.copyright_notice or metadata.copyright_notice,
            usage_terms=self.usage_terms or metadata.usage_terms,
            alt_texts=alt_texts,
        )


def xmp_of(words: Credits) -> bytes:
    """The packet, in UTF-8; always the same bytes for the same words. At most ``MAX_BYTES``: texts are cut before."""
    longest = _LONGEST
    while len(packet := _packet(words, longest).encode("utf-8")) > MAX_BYTES:
        longest //= 2
    return packet


def _packet(words: Credits, longest: int) -> str:
    language = words.language
    properties = (
        _in_languages("dc:title", words.titles, words, longest),
        _simple("photoshop:Headline", _clean(words.titles.get(language, ""), longest)),
        _in_languages("dc:description", words.captions, words, longest),
        _list("dc:creator", "rdf:Seq", [_clean(words.creator, longest)]),
        _simple("photoshop:Credit", _clean(words.credit_line, longest)),
        _simple("photoshop:Source", _clean(words.source, longest)),
        _alternatives("dc:rights", {language: _clean(words.copyright_notice, longest)}, first=language),
        _in_languages("xmpRights:UsageTerms", {language: words.usage_terms, **words.terms}, words, longest),
        _simple("photoshop:TransmissionReference", _clean(words.reference, longest)),
        _simple("dc:identifier", _clean(words.reference, longest)),
        _in_languages("Iptc4xmpCore:AltTextAccessibility", words.alt_texts, words, longest),
        _list(
            "Iptc4xmpExt:PersonInImage", "rdf:Bag", [_clean(name, longest) for name in words.people], space=_IPTC_EXT
        ),
    )
    return _HEAD + "".join(properties) + _TAIL


def _simple(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>" if value else ""


def _list(name: str, container: str, values: Sequence[str], *, space: str = "") -> str:
    """``space`` declares the prefix of ``name``, where the head does not."""
    items = "".join(f"<rdf:li>{escape(value)}</rdf:li>" for value in values if value)
    return f"<{name}{space}><{container}>{items}</{container}></{name}>" if items else ""


def _alternatives(name: str, texts: Mapping[str, str], *, first: str) -> str:
    """A language alternative. ``first`` is also the one for readers that know none of the languages (``x-default``)."""
    said = {language: text for language, text in sorted(texts.items()) if text}
    if not said:
        return ""
    default = said.get(first) or next(iter(said.values()))
    items = "".join(
        f"<rdf:li xml:lang={quoteattr(language)}>{escape(text)}</rdf:li>"
        for language, text in {"x-default": default, **said}.items()
    )
    return f"<{name}><rdf:Alt>{items}</rdf:Alt></{name}>"


def _in_languages(name: str, texts: Mapping[str, str], words: Credits, longest: int) -> str:
    cleaned = {language: _clean(text, longest) for language, text in texts.items()}
    return _alternatives(name, cleaned, first=words.language)


def plain(text: str) -> str:
    """``text`` without control characters, for what is not XML."""
    return _clean(text, _LONGEST)


def _clean(text: str, longest: int) -> str:
    """What XML 1.0 may hold of ``text``, at most ``longest`` characters."""
    return _NOT_XML.sub("", text)[:longest].strip()
