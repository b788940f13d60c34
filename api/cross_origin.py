"""CORS (the Fetch standard): scripts of registered origins may read the API's answers. Cookies never go with them.

django-cors-headers answers preflights and sets the headers; it asks here about each origin.
"""

import logging
from typing import Any, Final

from corsheaders.signals import check_request_enabled
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest

from permissions.cross_origin import is_registered

logger = logging.getLogger(__name__)
_KEPT_AS: Final = "mediacenter.cross_origin"


def may_read(request: HttpRequest, **_: Any) -> bool:
    """Whether scripts of the page that sent this may read the answer. Asked once a request.

    Without the database nobody may, so that the API can say that it is away.
    """
    origin = request.headers.get("Origin", "")
    if not origin or origin == settings.SITE_URL or not settings.CORS_URLS_REGEX.match(request.path_info):
        return False
    known: bool | None = request.META.get(_KEPT_AS)
    if known is None:
        try:
            known = is_registered(origin)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The origins that agencies registered cannot be read: %s", error)
            known = False
        request.META[_KEPT_AS] = known
    return known


def connect() -> None:
    """Have django-cors-headers ask :func:`may_read`."""
    check_request_enabled.connect(may_read, dispatch_uid="api.cross_origin")
