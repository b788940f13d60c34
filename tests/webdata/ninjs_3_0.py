"""ninjs 3.0 as JSON Schema, written for these tests from the names and rules of IPTC's published schema: no package has
that one. Everything that the standard leaves open is closed here to the properties that it names; what it names and the
product never says (events, planning, contacts) is left out, so that this is stricter and never looser."""

from typing import Any

TEXT = {"type": "string", "minLength": 1}
URI = {"type": "string", "format": "uri"}
TIME = {"type": "string", "format": "date-time"}
NUMBER = {"type": "number", "minimum": 0}


def closed(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


def listed(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


WORDS = closed(("value",), role=TEXT, contentType=TEXT, value={"type": "string"})
BODY = closed(
    ("value",), role=TEXT, contentType=TEXT, value={"type": "string"},
    charCount={"type": "integer"}, wordCount={"type": "integer"},
)  # fmt: skip
CONCEPT = closed(("name",), name=TEXT, rel=TEXT, uri=URI, literal=TEXT)
RENDITION = closed(
    ("name", "href", "contentType"), name=TEXT, uri=URI, href=URI, contentType=TEXT, title=TEXT, height=NUMBER,
    width=NUMBER, sizeInBytes=NUMBER, duration=NUMBER,
)  # fmt: skip
PROPERTIES: dict[str, Any] = {
    "uri": URI,
    "type": {"enum": ["text", "audio", "video", "picture", "graphic", "composite", "component"]},
    "representationType": {"enum": ["full", "partial"]},
    "version": TEXT,
    "firstCreated": TIME,
    "versionCreated": TIME,
    "contentCreated": TIME,
    "embargoed": TIME,
    "expires": TIME,
    "pubStatus": {"enum": ["usable", "withheld", "canceled"]},
    "urgency": {"type": "integer", "minimum": 1, "maximum": 9},
    "copyrightNotice": TEXT,
    "usageTerms": TEXT,
    "language": {"enum": ["vi", "en", "zh-Hans"]},
    "title": TEXT,
    "by": TEXT,
    "headlines": listed(WORDS),
    "descriptions": listed(WORDS),
    "bodies": listed(BODY),
    "subjects": listed(CONCEPT),
    "people": listed(CONCEPT),
    "places": listed(CONCEPT),
    "infoSources": listed(closed(("name",), name=TEXT, role=TEXT, uri=URI, literal=TEXT)),
    "renditions": listed(RENDITION),
    "altIds": listed(closed(role=TEXT, value=TEXT)),
    "standard": closed(("name", "version", "schema"), name={"const": "ninjs"}, version={"const": "3.0"}, schema=URI),
    "rightsInfo": closed(("linkedRights",), linkedRights=URI),
}
ASSOCIATION = closed(("name", "uri", "type", "language"), name=TEXT, **PROPERTIES)
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **closed(
        ("uri", "standard", "type", "version", "pubStatus", "language", "headlines"),
        **PROPERTIES,
        associations=listed(ASSOCIATION),
    ),
}
