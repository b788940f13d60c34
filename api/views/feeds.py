import hashlib
from dataclasses import replace
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from api.conditional import holds
from api.feeds import NAME, Feed, entry_of, last_change
from api.feeds_xml import ATOM_FORM, ATOM_TYPE, RSS_FORM, RSS_TYPE, FeedForm
from api.negotiation import OneAnswer
from api.pagination import NewestFirst
from api.presenters import for_lists
from api.serializers.base import checked_query
from api.serializers.inputs import PageQuery
from api.serializers.search import FilterQuery, search_query
from api.territory import territory_of
from api.views.base import IF_NONE_MATCH, ActorView
from assets.articles.delivering import HTML_LANGUAGE
from assets.queries import newest_rows
from assets.search.query import SearchQuery

DESCRIPTION = (
    "Takes what `GET assets` takes but `order`: the newest come first. Without a token: what everybody may see. Files "
    "are named of works that everybody may fetch and pass on. `rel=next` leads to older works. The ETag changes when "
    "anything in it changes."
)


UNCHANGED = OpenApiResponse(description="What you have still holds.")


class FeedQuery(FilterQuery, PageQuery):
    """A feed is in the order of time, whatever it searches for."""


class FeedView(ActorView):
    """A list in the form of a feed. Every reader has their own, so no shared cache keeps it; the ETag makes asking
    again cheap, and what is withdrawn or ends is gone with the next question."""

    content_negotiation_class = OneAnswer
    form: ClassVar[FeedForm]

    def answer(self, request: Request) -> HttpResponse:
        query = checked_query(FeedQuery, request.query_params)
        return self.answer_with(request, search_query(self.actor, query))

    def answer_with(self, request: Request, filters: SearchQuery) -> HttpResponse:
        """What the actor sees of such a list, conditional."""
        feed = self.feed_of(request, filters)
        etag = self.etag_of(feed)
        held = holds(request.headers.get("If-None-Match", ""), etag)
        answer = (
            HttpResponse(status=304)
            if held
            else HttpResponse(self.form.write(feed), content_type=f"{self.form.media_type}; charset=utf-8")
        )
        answer.headers["ETag"] = etag
        patch_vary_headers(answer, ["Authorization", "Cookie", "Accept-Language"])
        return answer

    def etag_of(self, feed: Feed) -> str:
        """Of all that it says but its own addresses: an ETag is compared at one address only."""
        older = None if feed.next_url is None else ""
        said = self.form.write(replace(feed, url="", own_url="", next_url=older))
        return f'"{hashlib.sha256(said + str(older is None).encode()).hexdigest()[:32]}"'

    def feed_of(self, request: Request, filters: SearchQuery) -> Feed:
        """A page of what the actor sees of such a list."""
        pages = NewestFirst()
        rows = newest_rows(self.actor, filters, shown=for_lists)
        found = pages.paginate_queryset(cast("QuerySet[Any]", rows), request, view=self) or []
        territory = territory_of(request)
        entries = tuple(entry_of(self.actor, row, language=filters.language, territory=territory) for row in found)
        return Feed(
            url=_address(request, without=("cursor",)),
            own_url=_address(request),
            next_url=pages.get_next_link(),
            title=": ".join(part for part in (NAME, filters.words) if part),
            language=HTML_LANGUAGE[filters.language or (get_language() or "vi")[:2]],
            updated=last_change(entries),
            entries=entries,
        )


class AtomView(FeedView):
    form = ATOM_FORM

    @extend_schema(
        operation_id="feeds_atom",
        summary="The assets that you may see, as Atom",
        description=DESCRIPTION,
        parameters=[FeedQuery, IF_NONE_MATCH],
        responses={(200, ATOM_TYPE): OpenApiTypes.STR, 304: UNCHANGED},
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)


class MediaRssView(FeedView):
    form = RSS_FORM

    @extend_schema(
        operation_id="feeds_mrss",
        summary="The assets that you may see, as Media RSS",
        description=DESCRIPTION,
        parameters=[FeedQuery, IF_NONE_MATCH],
        responses={(200, RSS_TYPE): OpenApiTypes.STR, 304: UNCHANGED},
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)


def _address(request: Request, *, without: tuple[str, ...] = ()) -> str:
    asked = sorted((name, value) for name, value in request.query_params.items() if name not in without)
    return f"{settings.SITE_URL}{request.path}{f'?{urlencode(asked)}' if asked else ''}"
