"""Events as CSV for spreadsheets and as JSON Lines for machines, a piece at a time."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from permissions.formulas import SIGNS, harmless_inside, harmless_json
from permissions.models import Agency, AuditEvent, User

CHUNK: Final = 500
BOM: Final = "\ufeff"
"""Spreadsheets take a file without it for one in an old code page, and Vietnamese names with it."""
MEDIA_TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}

FORMULA: Final = re.compile(rf"[\t\r\n{SIGNS}]")
"""What makes spreadsheets run a cell."""
NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)

COLUMNS: Final = (
    *("id", "at", "act", "target", "agency", "user", "user_name", "token", "token_name", "on_behalf_of"),
    *("answerable", "answerable_name", "address", "user_agent", "request_id", "data", "hash", "seal"),
)


def safe_cell(text: str) -> str:
    """The text such that a spreadsheet shows it and never runs it: a quote before what begins like a formula and is no
    number, also where the spreadsheet may cut the cell."""
    if NUMBER.fullmatch(text):
        return text
    inside = harmless_inside(text)
    return f"'{inside}" if FORMULA.match(text) else inside


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond, as the digests have it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def as_record(event: AuditEvent, *, language: str = "vi") -> dict[str, Any]:
    """The event for machines; agencies are named in ``language``. Comes from ``with_names``."""
    token = event.token
    return {
        "id": str(event.pk),
        "at": instant(event.at),
        "act": event.act,
        "target": str(event.target),
        "agency": _agency(event.agency, language),
        "user": _person(event.user),
        "token": None if token is None else {"id": str(token.pk), "name": token.name, "prefix": token.prefix},
        "on_behalf_of": _agency(event.on_behalf_of, language),
        "answerable": _person(event.answerable),
        "address": event.address,
        "user_agent": event.user_agent,
        "request_id": event.request_id,
        "data": event.data,
        "hash": event.hash,
        "seal": getattr(event, "seal_sequence", None),
    }


def as_row(event: AuditEvent) -> list[str]:
    """The event for a spreadsheet, in the order of :data:`COLUMNS`; every cell is safe."""
    cells: tuple[object, ...] = (
        event.pk,
        instant(event.at),
        event.act,
        event.target,
        event.agency.code if event.agency else None,
        event.user_id,
        event.user.full_name if event.user else None,
        event.token_id,
        event.token.name if event.token else None,
        event.on_behalf_of.code if event.on_behalf_of else None,
        event.answerable_id,
        event.answerable.full_name if event.answerable else None,
        event.address,
        event.user_agent,
        event.request_id,
        None,
        event.hash,
        getattr(event, "seal_sequence", None),
    )
    row = [safe_cell("" if cell is None else str(cell)) for cell in cells]
    row[COLUMNS.index("data")] = harmless_json(event.data)
    return row


def export(events: Iterable[AuditEvent], form: str) -> Iterator[str]:
    """The events as ``csv`` or ``jsonl``, in pieces of some lines."""
    if form == "csv":
        yield BOM + _csv([list(COLUMNS)])
    lines: list[AuditEvent] = []
    for event in events:
        lines.append(event)
        if len(lines) == CHUNK:
            yield _piece(lines, form)
            lines = []
    if lines:
        yield _piece(lines, form)


def _piece(events: list[AuditEvent], form: str) -> str:
    if form == "csv":
        return _csv(as_row(event) for event in events)
    return "".join(json.dumps(as_record(event), ensure_ascii=False) + "\n" for event in events)


def _csv(rows: Iterable[list[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_MINIMAL).writerows(rows)
    return file.getvalue()


def _agency(agency: Agency | None, language: str) -> dict[str, str] | None:
    return None if agency is None else {"id": str(agency.pk), "code": agency.code, "name": agency.name_in(language)}


def _person(person: User | None) -> dict[str, str] | None:
    return None if person is None else {"id": str(person.pk), "name": person.full_name}
