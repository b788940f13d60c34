"""Forms with a file: refused by their announced length, before anything is read or written to disk."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from assets.storage.base import MIB
from assets.usecases.uploads_single import too_large

FRAME = MIB
"""Room for the other fields and the multipart frame around a file of ``SINGLE_POST_LIMIT``."""


def refuse_larger_form(request: HttpRequest | Request) -> None:
    """Raise ``TooLarge`` when the body cannot be a form with a file that fits. What is not announced is not read:
    servers end the body at Content-Length."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not length.isdecimal() or int(length) > settings.SINGLE_POST_LIMIT + FRAME:
        raise too_large(settings.SINGLE_POST_LIMIT)
