"""Human references such as ``VGP-20261121-P0042``: short enough to be read over the phone."""

from django.db import connection
from django.utils import timezone

from assets.models import ReferenceCounter
from assets.states import Kind
from permissions.models import Agency

LETTERS: dict[Kind, str] = {
    Kind.PHOTO: "P",
    Kind.INFOGRAPHIC: "I",
    Kind.VIDEO: "V",
    Kind.AUDIO: "S",
    Kind.ARTICLE: "A",
}


def next_reference(*, agency: Agency, kind: Kind) -> str:
    """The next free reference of the agency's series for today (``TIME_ZONE``). Call inside a transaction.

    One upsert: concurrent callers queue on the counter's row and never get the same number.
    """
    series = f"{agency.code}-{timezone.localdate():%Y%m%d}-{LETTERS[kind]}"
    table = ReferenceCounter._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (series, last) VALUES (%s, 1) "  # noqa: S608  the table's name is ours
            f"ON CONFLICT (series) DO UPDATE SET last = {table}.last + 1 RETURNING last",
            [series],
        )
        (number,) = cursor.fetchone()
    return f"{series}{number:04d}"
