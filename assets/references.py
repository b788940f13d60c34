"""Human references such as ``VGP-20261121-P0042``: short enough to be read over the phone."""

from django.db import connection
from django.utils import timezone

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
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO assets_referencecounter AS counter (series, last) VALUES (%s, 1) "
            "ON CONFLICT (series) DO UPDATE SET last = counter.last + 1 RETURNING last",
            [series],
        )
        (number,) = cursor.fetchone()
    return f"{series}{number:04d}"
