"""The lines of a report as a file that spreadsheets open."""

from collections.abc import Callable, Iterable

from assets.models import Asset
from assets.tables import TableData, table_to_csv
from assets.uses.reporting import Line

COLUMNS = (
    *("direction", "reference", "title", "asset", "agency", "kind", "site", "by", "uses"),
    *("address", "medium", "published_on"),
    *("said", "said_by", "said_on", "file"),
)


def to_csv(lines: Iterable[Line], *, title_of: Callable[[Asset], str]) -> str:
    """CSV with a heading row, the names of the API's fields. ``agency`` has the work, ``by`` used it: codes of
    agencies; an empty ``by`` is the public, or people of several. ``address`` to ``published_on`` are those of
    publications that were reported, the last four of what downloads were said to be for. Nothing in it is a formula."""
    rows = tuple(
        (
            line.direction,
            line.asset.reference,
            title_of(line.asset),
            str(line.asset.pk),
            line.asset.agency.code,
            str(line.kind),
            line.site,
            line.by,
            str(line.uses),
            line.address,
            line.medium,
            line.published_on,
            line.said,
            line.said_by,
            line.said_on,
            line.file,
        )
        for line in lines
    )
    return table_to_csv(TableData(columns=COLUMNS, rows=rows))
