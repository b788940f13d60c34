"""Keeps the media origin apart: a host that serves stored bytes serves nothing else, and has no sessions."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound

MEDIA_PATHS = ("/media/", "/store/")


class MediaOriginMiddleware:
    """With ``MEDIA_ORIGIN`` apart from ``SITE_URL``: bytes only there, everything else only on the site."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.media_host = urlsplit(settings.MEDIA_ORIGIN).netloc.lower()
        self.apart = settings.MEDIA_ORIGIN != settings.SITE_URL

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.apart:
            on_media_host = request.get_host().lower() == self.media_host
            if on_media_host != request.path.startswith(MEDIA_PATHS):
                return HttpResponseNotFound()
        return self.get_response(request)
