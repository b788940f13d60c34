"""Data tables: checked when they come in, written as CSV that no spreadsheet takes for formulas."""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from assets.models import Asset, DataTable
from assets.states import Kind
from permissions.errors import Invalid
from permissions.formulas import harmless_inside

MAX_COLUMNS = 50
MAX_ROWS = 2_000
MAX_CELL = 500
MAX_CSV = 1_000_000
"""Characters of a CSV text."""
NUMBER = re.compile(r"[+-]?\d[\d.,  ]*(?:[eE][+-]?\d{1,3})?%?", re.ASCII)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet may take for the beginning of a formula (OWASP, CSV injection), full-width forms too."""


@dataclass(frozen=True, kw_only=True)
class TableData:
    """``rows`` have as many cells as there are ``columns``; all of it text without control characters."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def table_behind(asset: Asset) -> DataTable | None:
    """The figures that an infographic shows, where they are kept."""
    return DataTable.objects.filter(asset=asset).first() if asset.kind == Kind.INFOGRAPHIC else None


def checked_table(columns: Sequence[object], rows: Sequence[Sequence[object]]) -> TableData:
    """The table with its cells as tidy text. Raises :class:`Invalid` (``table_invalid``) beyond the bounds above, and
    for rows that are longer than the headings; shorter ones are filled up."""
    headings = tuple(_cell(value) for value in columns)
    if not 1 <= len(headings) <= MAX_COLUMNS or not all(headings):
        raise _unusable(_("A table has 1 to %(most)d columns, and each has a heading.") % {"most": MAX_COLUMNS})
    if len(rows) > MAX_ROWS:
        raise _unusable(_("A table has at most %(most)d rows.") % {"most": MAX_ROWS})
    kept = []
    for number, row in enumerate(rows, start=1):
        if len(row) > len(headings):
            raise _unusable(_("Row %(number)d has more cells than there are headings.") % {"number": number})
        cells = tuple(_cell(value) for value in row) + ("",) * (len(headings) - len(row))
        if any(cells):
            kept.append(cells)
    return TableData(columns=headings, rows=tuple(kept))


def table_from_csv(text: str) -> TableData:
    """A table from CSV (RFC 4180) with a heading row; the separator is a comma, a semicolon or a tab, whichever the
    heading row has most of. Raises :class:`Invalid`."""
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_CSV:
        raise _unusable(_("The table is too large."))
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True) if line]
    except csv.Error as error:
        raise _unusable(_("The CSV cannot be read.")) from error
    if not lines:
        raise _unusable(_("The table is empty."))
    return checked_table(lines[0], lines[1:])


def table_to_csv(table: TableData, *, harmless_to_spreadsheets: bool = True) -> str:
    """CSV with a byte order mark, so that spreadsheets read Vietnamese and Chinese; what looks like a formula, wherever
    they cut the line, gets an apostrophe before it, plain numbers do not. Without ``harmless_to_spreadsheets`` it is
    the plain table, to be edited as text."""
    out = io.StringIO(newline="")
    out.write("\ufeff" if harmless_to_spreadsheets else "")
    writer = csv.writer(out)
    for row in (table.columns, *table.rows):
        writer.writerow(_harmless_row(row) if harmless_to_spreadsheets else row)
    return out.getvalue()


def harmless(cell: str) -> str:
    """The cell as a spreadsheet shows it and never computes it."""
    if NUMBER.fullmatch(cell):
        return cell
    inside = harmless_inside(cell)
    return f"'{inside}" if cell.startswith(FORMULA) else inside


def _harmless_row(row: Sequence[str]) -> list[str]:
    """The cells, and their line if it is taken for one cell: then a number at its beginning is one only as far as
    numbers follow."""
    first, *others = (harmless(cell) for cell in row)
    begins = first.startswith(FORMULA) and not NUMBER.fullmatch(",".join(row))
    return [f"'{first}" if begins else first, *others]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _unusable(_("A cell is a text or a number."))
    text = unicodedata.normalize("NFC", str(value))
    text = " ".join("".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text).split())
    if len(text) > MAX_CELL:
        raise _unusable(_("A cell has at most %(most)d characters.") % {"most": MAX_CELL})
    return text


def _unusable(sentence: str) -> Invalid:
    return Invalid(sentence, code="table_invalid", fields={"table": [sentence]})
