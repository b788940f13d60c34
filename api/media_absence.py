"""What is said of media that is not there, or not for everybody."""

from uuid import UUID

from django.http import HttpResponseBase

from api.errors import plain_problem
from assets import tombstones


def nothing(key: str) -> HttpResponseBase:
    """There is no such file, or none for everybody; of a public work that was purged it is said that it is gone.

    One question to the database in each case, so that the time tells nothing.
    """
    try:
        asset_id = UUID(key.partition("/")[0])
    except ValueError:
        asset_id = None
    if asset_id is not None and tombstones.was_public(asset_id):
        return plain_problem(410, "asset_purged", "This was deleted for good.")
    return plain_problem(404, "not_found", "There is nothing here.")


def gone() -> HttpResponseBase:
    """Of a public work that was withdrawn."""
    return plain_problem(410, "withdrawn", "This was withdrawn.")
