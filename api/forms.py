"""Forms with a file: refused by their announced length, before anything is read or written to disk."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from assets.storage.base import MIB
from assets.usecases.uploads_single import TooLarge, too_large

FRAME = MIB
"""Room for the other fields and the multipart frame around a file of ``SINGLE_POST_LIMIT``."""


def refuse_larger_form(request: HttpRequest | Request, *, limit: int | None = None) -> None:
    """Raise ``TooLarge`` when the body cannot be a form with a file of ``limit`` bytes, by default of
    ``SINGLE_POST_LIMIT``. What is not announced is not read: servers end the body at Content-Length."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    most = settings.SINGLE_POST_LIMIT if limit is None else limit
    if length.isdecimal() and int(length) <= most + FRAME:
        return
    if limit is not None:
        raise TooLarge(f"A file sent here has at most {limit // MIB} MiB.", limit=limit)
    raise too_large(most)
