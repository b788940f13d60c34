"""Which origins' pages may read what the API answers: those that an agency registered."""

import re
from typing import Final

from permissions.models import Agency

ORIGIN: Final = re.compile(r"https?://[a-z0-9.:\[\]-]{1,290}", re.ASCII)
"""As browsers send it (RFC 6454, section 6.2): scheme and host in lower case, the port where it is not the usual."""


def is_registered(origin: str) -> bool:
    """Whether an agency that is open has this origin among its ``api_origins``; one probe of an index.

    It says nothing of rights: what may be read is decided by who asks, wherever the page is from.
    """
    if not ORIGIN.fullmatch(origin):
        return False
    return Agency.objects.filter(is_active=True, api_origins__contains=[origin]).exists()
