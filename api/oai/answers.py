"""The answers of the OAI-PMH provider, as XML."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from api.feeds_xml import Writer
from api.oai.dublin_core import NAMESPACE, SCHEMA, write_dublin_core
from api.oai.protocol import PREFIX, Asked, OaiError, asset_named, identifier_of, page_of, require_format, token_for
from api.presenters import for_lists
from assets.harvest.reading import After, Record, agencies_with_records, first_stamp, record_of, records
from assets.models import Asset
from assets.moments import rfc3339
from permissions.actor import ANONYMOUS
from permissions.models import Agency

PAGE: Final = 100
OAI: Final = "http://www.openarchives.org/OAI/2.0/"
INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
UNFIT: Final = frozenset({"badVerb", "badArgument"})
"""After these the request is not repeated with its arguments (section 3.2)."""


def base_url() -> str:
    return f"{settings.SITE_URL}/oai"


def answer(said: Callable[[], Asked], *, territory: str | None) -> bytes:
    """The answer to what was asked, an error too. ``said`` may raise it. ``territory``: where the harvester is."""
    # taken first: what is committed while this is written is at or after it, and in the next harvest
    begun = timezone.now()
    try:
        asked = said()
        body = _BODIES[asked.verb](asked, territory)
    except OaiError as error:
        return _document(begun, None if error.code in UNFIT else asked, _error(error))
    return _document(begun, asked, body)


Body = Callable[[Writer], None]


def _document(begun: datetime, asked: Asked | None, body: Body) -> bytes:
    xml = Writer()
    xml.start("OAI-PMH", xmlns=OAI, xmlns_xsi=INSTANCE, xsi_schemaLocation=f"{OAI} {OAI[:-1]}/OAI-PMH.xsd")
    xml.add("responseDate", _second(begun))
    xml.add("request", base_url(), **({} if asked is None else {"verb": asked.verb, **asked.arguments}))
    body(xml)
    xml.end("OAI-PMH")
    return xml.written()


def _error(error: OaiError) -> Body:
    return lambda xml: xml.add("error", error.sentence, code=error.code)


def _identify(asked: Asked, territory: str | None) -> Body:
    del asked, territory
    first = first_stamp() or timezone.now()

    def write(xml: Writer) -> None:
        xml.start("Identify")
        xml.add("repositoryName", "Media Center")
        xml.add("baseURL", base_url())
        xml.add("protocolVersion", "2.0")
        xml.add("adminEmail", settings.DEFAULT_FROM_EMAIL)
        xml.add("earliestDatestamp", _second(first))
        xml.add("deletedRecord", "persistent")
        xml.add("granularity", "YYYY-MM-DDThh:mm:ssZ")
        xml.start("description")
        space = f"{OAI}oai-identifier"
        xml.start("oai-identifier", xmlns=space, xsi_schemaLocation=f"{space} {space}.xsd")
        xml.add("scheme", "oai")
        xml.add("repositoryIdentifier", str(urlsplit(settings.SITE_URL).hostname))
        xml.add("delimiter", ":")
        xml.add("sampleIdentifier", identifier_of(UUID(int=0)))
        xml.end("oai-identifier")
        xml.end("description")
        xml.end("Identify")

    return write


def _formats(asked: Asked, territory: str | None) -> Body:
    del territory
    if "identifier" in asked.arguments:
        _existing(asked)

    def write(xml: Writer) -> None:
        xml.start("ListMetadataFormats")
        xml.start("metadataFormat")
        xml.add("metadataPrefix", PREFIX)
        xml.add("schema", SCHEMA)
        xml.add("metadataNamespace", NAMESPACE)
        xml.end("metadataFormat")
        xml.end("ListMetadataFormats")

    return write


def _sets(asked: Asked, territory: str | None) -> Body:
    del territory
    if asked.arguments:
        raise OaiError("badResumptionToken", "The sets are one answer.")
    agencies = list(agencies_with_records())

    def write(xml: Writer) -> None:
        xml.start("ListSets")
        for agency in agencies:
            xml.start("set")
            xml.add("setSpec", agency.code)
            xml.add("setName", agency.name_vi)
            xml.end("set")
        xml.end("ListSets")

    return write


def _record(asked: Asked, territory: str | None) -> Body:
    found = _existing(asked)
    require_format(asked)
    return _listed("GetRecord", [found], territory, token=None)


def _records(asked: Asked, territory: str | None) -> Body:
    page = page_of(asked)
    found, more = records(page.span, after=page.after, size=PAGE)
    if not found:
        raise OaiError("noRecordsMatch", "There are no such records.")
    last = After(stamp=found[-1].stamp, asset_id=found[-1].asset_id)
    resumed = "" if page.after is not None else None  # the last part of several says so by an empty token
    return _listed(asked.verb, found, territory, token=token_for(page, last) if more else resumed)


def _listed(verb: str, found: list[Record], territory: str | None, *, token: str | None) -> Body:
    codes = dict(Agency.objects.filter(pk__in={each.agency_id for each in found}).values_list("pk", "code"))
    whole = verb != "ListIdentifiers"
    alive = [each.asset_id for each in found if each.visible] if whole else []
    works = for_lists(Asset.objects.visible_to(ANONYMOUS)).in_bulk(alive)

    def write(xml: Writer) -> None:
        xml.start(verb)
        for each in found:
            work = works.get(each.asset_id)
            shown = each.visible if not whole else work is not None
            if whole:
                xml.start("record")
            _header(xml, each, codes, shown=shown)
            if work is not None:
                xml.start("metadata")
                write_dublin_core(xml, work, territory=territory)
                xml.end("metadata")
            if whole:
                xml.end("record")
        if token is not None:
            xml.add("resumptionToken", token)
        xml.end(verb)

    return write


def _header(xml: Writer, record: Record, codes: Mapping[UUID, str], *, shown: bool) -> None:
    xml.start("header", status=None if shown else "deleted")
    xml.add("identifier", identifier_of(record.asset_id))
    xml.add("datestamp", _second(record.stamp))
    if record.agency_id in codes:
        xml.add("setSpec", codes[record.agency_id])
    xml.end("header")


def _existing(asked: Asked) -> Record:
    asset_id = asset_named(asked.arguments["identifier"])
    found = record_of(asset_id) if asset_id is not None else None
    if found is None:
        raise OaiError("idDoesNotExist", "There is no such record.")
    return found


def _second(moment: datetime) -> str:
    return rfc3339(moment.astimezone(UTC).replace(microsecond=0))


_BODIES: Final[Mapping[str, Callable[[Asked, str | None], Body]]] = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "GetRecord": _record,
    "ListIdentifiers": _records,
    "ListRecords": _records,
}
