"""Keeps the media origin apart and search engines out, refuses forms with control characters, and says where a
request comes from."""

import ipaddress
import re
import uuid
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import render

from permissions.origin import LONGEST_REQUEST_ID, LONGEST_USER_AGENT, Origin, acting_from
from permissions.plain_text import control_characters

MEDIA_PATHS = ("/media/", "/store/")
ROBOTS_PATH = "/robots.txt"
INDEXED_PATHS = ("/media/public/", "/static/")
MACHINE_PATHS = ("/api/", "/oauth/", *MEDIA_PATHS)
REQUEST_ID: Final = re.compile(rf"[A-Za-z0-9._:-]{{1,{LONGEST_REQUEST_ID}}}", re.ASCII)


class MediaOriginMiddleware:
    """A host that serves stored bytes serves nothing else, and has no sessions: with ``MEDIA_ORIGIN`` apart from
    ``SITE_URL``, bytes only there, everything else only on the site.
    Robots are told the same by both."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.media_host = urlsplit(settings.MEDIA_ORIGIN).netloc.lower()
        self.apart = settings.MEDIA_ORIGIN != settings.SITE_URL

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.apart:
            on_media_host = request.get_host().lower() == self.media_host
            of_both = request.path == ROBOTS_PATH
            if not of_both and on_media_host != request.path.startswith(MEDIA_PATHS):
                return HttpResponseNotFound()
        return self.get_response(request)


class NoIndexMiddleware:
    """No search engine keeps an answer, unless its view says otherwise (``X-Robots-Tag``) or it is a public file."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if not request.path.startswith(INDEXED_PATHS):
            answer.headers.setdefault("X-Robots-Tag", "noindex")
        return answer


class PlainFormsMiddleware:
    """Control characters that pages are sent: 400 for those of a form, 404 in an address, which names nothing then.
    Views need not think of them. The API checks its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        if request.path.startswith(MACHINE_PATHS):
            return None
        if control_characters(request.path):
            raise Http404
        if request.method != "POST":
            return None
        if any(control_characters(text) for name in request.POST for text in (name, *request.POST.getlist(name))):
            return render(request, "400.html", status=400)
        return None


class OriginMiddleware:
    """Lets the record know where an act comes from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting_from(origin_of(request)):
            return self.get_response(request)


def origin_of(request: HttpRequest) -> Origin:
    """Address, browser and id of a request: only our proxies are believed, and what it says of itself is cut."""
    return Origin(
        address=client_address(request),
        user_agent=_printable(request.headers.get("User-Agent", ""))[:LONGEST_USER_AGENT],
        request_id=_request_id(request),
    )


def client_address(request: HttpRequest) -> str | None:
    """The address of whoever spoke to the outermost of our ``TRUSTED_PROXIES``, like the API's throttle sees it."""
    proxies = settings.TRUSTED_PROXIES
    said = [entry.strip() for entry in request.headers.get("X-Forwarded-For", "").split(",") if entry.strip()]
    text = said[-min(proxies, len(said))] if proxies and said else request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address).partition("%")[0]


def _request_id(request: HttpRequest) -> str:
    """The proxy's, or a new one: a stranger's would let them write what they like."""
    said = request.headers.get("X-Request-ID", "")
    return said if settings.TRUSTED_PROXIES and REQUEST_ID.fullmatch(said) else uuid.uuid4().hex


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
