"""Requests of the Open Archives Initiative's protocol for metadata harvesting (OAI-PMH 2.0): what may be asked and how.

Source: http://www.openarchives.org/OAI/openarchivesprotocol.html, sections 2, 3 and 4.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core import signing

from assets.harvest.reading import After, Span
from permissions.models import Agency

PREFIX: Final = "oai_dc"
SALT: Final = "mediacenter.oai"
LONGEST: Final = 1000
"""Characters of an argument."""
_LIST: Final = (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"}))
VERBS: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset()),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
    "ListIdentifiers": _LIST,
    "ListRecords": _LIST,
}
"""The arguments that each verb needs, and those that it knows besides."""
RESUMED: Final = frozenset({"ListSets", "ListIdentifiers", "ListRecords"})
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SECOND: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class OaiError(Exception):
    """An answer with an ``error`` element; ``code`` as section 3.6 has it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request whose arguments fit its verb."""

    verb: str
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Page:
    """What of a list is wanted: the span, and the place that a request before this one reached."""

    span: Span
    after: After | None = None


def parse(said: Mapping[str, Sequence[str]]) -> Asked:
    """The request in these arguments, each with all its values. :class:`OaiError` ``badVerb`` or ``badArgument``."""
    verbs = said.get("verb", ())
    if len(verbs) != 1 or verbs[0] not in VERBS:
        raise OaiError("badVerb", f"Give one verb: {', '.join(VERBS)}.")
    verb = verbs[0]
    needed, known = VERBS[verb]
    arguments: dict[str, str] = {}
    for name, values in said.items():
        if name == "verb":
            continue
        if len(values) != 1 or not values[0] or len(values[0]) > LONGEST:
            raise OaiError("badArgument", f"Give {name[:40]} once, with a value of at most {LONGEST} characters.")
        if name not in needed | known and not (name == "resumptionToken" and verb in RESUMED):
            raise OaiError("badArgument", f"{verb} does not know {name[:40]}.")
        arguments[name] = values[0]
    if "resumptionToken" in arguments:
        if len(arguments) > 1:
            raise OaiError("badArgument", "A resumptionToken stands alone.")
        return Asked(verb=verb, arguments=arguments)
    missing = sorted(needed - arguments.keys())
    if missing:
        raise OaiError("badArgument", f"{verb} needs {' and '.join(missing)}.")
    return Asked(verb=verb, arguments=arguments)


def require_format(asked: Asked) -> None:
    """:class:`OaiError` ``cannotDisseminateFormat`` for all but :data:`PREFIX`."""
    if asked.arguments.get("metadataPrefix", PREFIX) != PREFIX:
        raise OaiError("cannotDisseminateFormat", f"There is {PREFIX}.")


def page_of(asked: Asked) -> Page:
    """What of the list is wanted: from a token, or from ``from``, ``until`` and ``set``."""
    token = asked.arguments.get("resumptionToken")
    if token is not None:
        return _read(token)
    require_format(asked)
    begin, end = asked.arguments.get("from"), asked.arguments.get("until")
    if begin and end and len(begin) != len(end):
        raise OaiError("badArgument", "from and until have the same granularity.")
    first = _moment("from", begin)[0] if begin else None
    last, step = _moment("until", end) if end else (None, timedelta())
    if first is not None and last is not None and first > last:
        raise OaiError("badArgument", "from is not later than until.")
    code = asked.arguments.get("set")
    return Page(span=Span(begin=first, end=_after(last, step), agency_id=_agency(code) if code else None))


def token_for(page: Page, after: After) -> str:
    """Where the next request goes on. Signed: it says nothing that the answer does not say, and cannot be made up."""
    span = page.span
    kept = [span.begin, span.end, span.agency_id, after.stamp, after.asset_id]
    return signing.dumps([None if each is None else str(each) for each in kept], salt=SALT)


def _read(token: str) -> Page:
    try:
        begin, end, agency, stamp, asset_id = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise OaiError("badResumptionToken", "This token is not one of ours. Begin anew.") from None
    span = Span(begin=_kept(begin), end=_kept(end), agency_id=UUID(agency) if agency else None)
    return Page(span=span, after=After(stamp=datetime.fromisoformat(stamp), asset_id=UUID(asset_id)))


def _kept(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def identifier_of(asset_id: UUID) -> str:
    """``oai:media.example.vn:0190…``"""
    return f"oai:{urlsplit(settings.SITE_URL).hostname}:{asset_id}"


def asset_named(identifier: str) -> UUID | None:
    """None for what is no identifier of this repository."""
    begin = identifier_of(UUID(int=0))[:-36]
    rest = identifier.removeprefix(begin)
    return UUID(rest) if rest != identifier and _UUID.fullmatch(rest) else None


def _moment(name: str, text: str) -> tuple[datetime, timedelta]:
    """The moment, and how long what is named by it lasts."""
    if _DAY.fullmatch(text):
        step = timedelta(days=1)
    elif _SECOND.fullmatch(text):
        step = timedelta(seconds=1)
    else:
        raise OaiError("badArgument", f"{name} is a day (2026-11-30) or a second (2026-11-30T09:00:00Z), in UTC.")
    try:
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC), step
    except ValueError:
        raise OaiError("badArgument", f"{name}: there is no such moment.") from None


def _after(moment: datetime | None, step: timedelta) -> datetime | None:
    """The first moment that is not meant any more; None after all of time."""
    try:
        return None if moment is None else moment + step
    except OverflowError:
        return None


def _agency(code: str) -> UUID:
    found = Agency.objects.filter(code=code.replace("\x00", "")).values_list("pk", flat=True).first()
    return found or UUID(int=0)  # a set that is not there has no records
