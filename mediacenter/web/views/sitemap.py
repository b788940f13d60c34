"""What search engines read first: ``/robots.txt`` and the sitemap. Everybody is answered alike."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from api import sitemap
from api.presenters import for_lists
from api.throttling import refuse_busy_stranger
from assets.delivery import cacheable_for
from assets.harvest.sitemap import pages, works_of
from assets.models import Asset
from mediacenter.middleware import client_address

XML = "application/xml; charset=utf-8"
OPEN = ("/embed/", "/media/public/", "/robots.txt", "/sitemap", "/static/")
"""What search engines may fetch; everything else is for people who sign in, or for programs."""
SIGNED = ("/embed/*?t=", "/embed/*&t=")
ROBOTS_MAX_AGE = 3600


@require_safe
@cache_control(public=True, max_age=ROBOTS_MAX_AGE)
def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """RFC 9309: the longest pattern that fits holds. The same for the host of the media."""
    closed, opened = (f"Disallow: {path}" for path in SIGNED), (f"Allow: {path}" for path in OPEN)
    lines = ["User-agent: *", *closed, *opened, "Disallow: /", "", f"Sitemap: {settings.SITE_URL}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The pages of the sitemap (sitemaps.org, "Using Sitemap index files")."""
    return refuse_busy_stranger(client_address(request) or "") or _cached(request, sitemap.index(pages()), [])


@require_safe
def page(request: HttpRequest, first: UUID) -> HttpResponseBase:
    """The works from this id up to the next page; none is no error."""
    refused = refuse_busy_stranger(client_address(request) or "")
    if refused is not None:
        return refused
    works = works_of(first, rows=for_lists(Asset.objects.all()))
    with translation.override(settings.LANGUAGE_CODE):
        body = sitemap.page(works)
    return _cached(request, body, [cacheable_for(work, work.database_now) for work, _ in works])


def _cached(request: HttpRequest, body: bytes, ages: Iterable[timedelta]) -> HttpResponseBase:
    """With its ETag, or 304; kept by caches no longer than any work in it."""
    age = int(min([settings.PUBLIC_MAX_AGE, *ages]).total_seconds())
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": f"public, max-age={age}", "ETag": etag}
    answer = HttpResponse(body, content_type=XML, headers=headers)
    return get_conditional_response(request, etag=etag, response=answer) or answer
