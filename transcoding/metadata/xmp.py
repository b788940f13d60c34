"""XMP packets (ISO 16684-1) read by namespace, without entities, into named properties."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from transcoding.metadata.encodings import repair_text
from transcoding.metadata.text import LONG, plain_text

_MAX_PACKET_BYTES = 2 * 1024 * 1024
_MAX_ITEMS = 200
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://ns.adobe.com/exif/1.0/": "exif",
}
# the site's own first language before the packet's default
_LANGUAGES = ("vi", "vi-vn", "x-default", "en", "en-us")
_LOCATION_PARTS = ("Sublocation", "LocationName", "City", "ProvinceState", "CountryName")

Properties = dict[str, tuple[str, ...]]


def read_xmp(packet: bytes | str) -> Properties:
    """Properties of ``packet`` as ``prefix:Name`` to values in plain text; empty where it is no XMP or oversized.

    Of language alternatives the Vietnamese one, else the default. Locations become one value, from the place to the
    country; other structures, and everything about coordinates, are left out.
    """
    data = packet.encode() if isinstance(packet, str) else packet
    if data[:2] not in {b"\xff\xfe", b"\xfe\xff"}:  # whose last letter may end in a zero
        data = data.strip(b"\0 \r\n\t")
    if not data or len(data) > _MAX_PACKET_BYTES:
        return {}
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return {}
    found: Properties = {}
    for description in root.iter(f"{_RDF}Description"):
        for name, values in _properties_of(description):
            found.setdefault(name, values)
    return found


def _properties_of(description: Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    for attribute, value in description.attrib.items():
        yield from _named(attribute, [value])
    for element in description:
        yield from _named(element.tag, _values_of(element))


def _named(tag: str, values: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    namespace, _, name = tag.removeprefix("{").partition("}")
    prefix = _PREFIXES.get(namespace)
    if prefix is None or "gps" in name.lower():
        return
    texts = (plain_text(repair_text(value[: 4 * LONG]), most=LONG, lines=True) for value in values[:_MAX_ITEMS])
    kept = tuple(text for text in texts if text)
    if kept:
        yield f"{prefix}:{name}", kept


def _values_of(element: Element) -> list[str]:
    alternatives = element.find(f"{_RDF}Alt")
    if alternatives is not None:
        return _preferred(alternatives)
    for container in ("Seq", "Bag"):
        items = element.find(f"{_RDF}{container}")
        if items is not None:
            return [_item(item) for item in list(items)[:_MAX_ITEMS]]
    return [_item(element)]


def _item(element: Element) -> str:
    """The text of a simple value; of a location its parts; of any other structure nothing."""
    structure = element.find(f"{_RDF}Description")
    fields = element if structure is None else structure
    parts = {field.tag.rpartition("}")[2]: field for field in fields}
    parts_text = {name.rpartition("}")[2]: value for name, value in fields.attrib.items()}
    if not parts and not parts_text.keys() & set(_LOCATION_PARTS):
        return element.text or ""
    texts = [_first(_values_of(parts[name])) if name in parts else parts_text.get(name, "") for name in _LOCATION_PARTS]
    return ", ".join(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _preferred(alternatives: Element) -> list[str]:
    by_language = {item.get(_LANG, "x-default").lower(): item.text or "" for item in alternatives}
    for language in _LANGUAGES:
        if by_language.get(language, "").strip():
            return [by_language[language]]
    return [next((text for text in by_language.values() if text.strip()), "")]


def _first(values: list[str]) -> str:
    return values[0] if values else ""
