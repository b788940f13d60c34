"""Searches that one keeps, and their feeds at secret addresses."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import replays
from api.feeds_xml import ATOM_FORM, ATOM_TYPE, RSS_FORM, RSS_TYPE
from api.idempotency import IDEMPOTENCY_KEY, happens_once, takes_no_key
from api.pagination import NewestFirst
from api.serializers.base import checked, checked_query, find_agency
from api.serializers.inputs import Empty, PageQuery
from api.serializers.saved import FeedAddress, SavedSearchIn, SavedSearchOut, SavedSearchPatch
from api.views.base import IF_NONE_MATCH, SignedInView
from api.views.feeds import UNCHANGED, FeedView
from assets.models import SavedSearch
from assets.saved.asking import query_of, searches_of
from assets.saved.following import MOST_NEW, new_in
from assets.states import AlertRhythm
from assets.usecases.searches_save import (
    change_search,
    close_feed,
    delete_search,
    find_search,
    look_at_search,
    open_feed,
    read_feed,
    require_reading,
    save_search,
)
from permissions.actor import Actor

FEED_DESCRIPTION = (
    "For readers of feeds that cannot send a token: the address is the secret. It holds the rights that the owner of "
    "the search has at this moment, and ends when the owner ends it."
)


def shown(actor: Actor, searches: list[SavedSearch]) -> list[dict[str, Any]]:
    """With how much is new, in one query for all."""
    counts = new_in(searches, actor)
    return [_shown(saved, counts.get(saved.pk, 0)) for saved in searches]


def _shown(saved: SavedSearch, new: int) -> dict[str, Any]:
    said = {
        "id": saved.pk,
        "name": saved.name,
        "query": saved.asked,
        "alerts": saved.alerts,
        "has_feed": bool(saved.feed_digest),
        "new": {"count": min(new, MOST_NEW), "more": new > MOST_NEW},
        "created_at": saved.created_at,
    }
    return dict(SavedSearchOut(said).data)


class SavedSearchesView(SignedInView):
    queryset = SavedSearch.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="saved_searches_list",
        summary="The searches that you keep",
        parameters=[PageQuery],
        responses=SavedSearchOut(many=True),
    )
    def get(self, request: Request) -> Response:
        checked_query(PageQuery, request.query_params)
        require_reading(self.actor)
        pages = NewestFirst()
        rows = pages.paginate_queryset(searches_of(self.actor), request, view=self) or []
        return pages.get_paginated_response(shown(self.actor, rows))

    @extend_schema(
        operation_id="saved_searches_create",
        summary="Keep a search",
        description="What becomes visible to you from now on and is found counts as new. Up to 50.",
        parameters=[IDEMPOTENCY_KEY],
        request=SavedSearchIn,
        responses={201: SavedSearchOut},
    )
    @happens_once(replays.of_saved_search)
    def post(self, request: Request) -> Response:
        values = checked(SavedSearchIn, request.data)
        asked = dict(values["query"])
        if "agency" in asked:
            asked["agency"] = find_agency(self.actor, asked["agency"])
        alerts = AlertRhythm(values.get("alerts", AlertRhythm.NEVER))
        made = save_search(by=self.actor, name=values["name"], asked=asked, alerts=alerts)
        return Response(_shown(find_search(self.actor, made.pk), 0), status=201)


class SavedSearchView(SignedInView):
    @extend_schema(operation_id="saved_searches_get", summary="One of your searches", responses=SavedSearchOut)
    def get(self, request: Request, search_id: UUID) -> Response:  # noqa: ARG002
        return self._answer(search_id)

    @extend_schema(
        operation_id="saved_searches_edit",
        summary="Another name, other letters",
        request=SavedSearchPatch,
        responses=SavedSearchOut,
    )
    def patch(self, request: Request, search_id: UUID) -> Response:
        values = checked(SavedSearchPatch, request.data)
        alerts = AlertRhythm(values["alerts"]) if "alerts" in values else None
        change_search(by=self.actor, search_id=search_id, name=values.get("name"), alerts=alerts)
        return self._answer(search_id)

    @extend_schema(
        operation_id="saved_searches_delete",
        summary="Keep it no longer; its feed ends",
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request, search_id: UUID) -> Response:  # noqa: ARG002
        delete_search(by=self.actor, search_id=search_id)
        return Response(status=204)

    def _answer(self, search_id: UUID) -> Response:
        return Response(shown(self.actor, [find_search(self.actor, search_id)])[0])


class SavedSearchLookView(SignedInView):
    @extend_schema(
        operation_id="saved_searches_look",
        summary="Say that you looked: nothing of it is new any more",
        request=Empty,
        responses=SavedSearchOut,
    )
    def post(self, request: Request, search_id: UUID) -> Response:
        checked(Empty, request.data)
        return Response(_shown(look_at_search(by=self.actor, search_id=search_id), 0))


class SavedSearchFeedView(SignedInView):
    @extend_schema(
        operation_id="saved_searches_open_feed",
        summary="Give it a feed at a secret address, which is shown once; an earlier address ends",
        request=Empty,
        responses={201: FeedAddress},
    )
    @takes_no_key("the address is a secret that is shown once. Asked again, it gets another one.")
    def post(self, request: Request, search_id: UUID) -> Response:
        checked(Empty, request.data)
        _, secret = open_feed(by=self.actor, search_id=search_id)
        return Response(FeedAddress(feed_addresses(secret)).data, status=201)

    @extend_schema(
        operation_id="saved_searches_close_feed", summary="End its feed", request=None, responses={204: None}
    )
    def delete(self, request: Request, search_id: UUID) -> Response:  # noqa: ARG002
        close_feed(by=self.actor, search_id=search_id)
        return Response(status=204)


def feed_addresses(secret: str) -> dict[str, str]:
    """The addresses that have this secret in them."""
    names = {"atom": "api:saved-feed-atom", "mrss": "api:saved-feed-mrss"}
    return {form: settings.SITE_URL + reverse(name, args=[secret]) for form, name in names.items()}


class SavedFeedView(FeedView):
    """The rights are the owner's, whoever asks. The secret is not handed on as a referrer, nor kept by caches."""

    owner: Actor

    @property
    def actor(self) -> Actor:
        return self.owner if hasattr(self, "owner") else super().actor

    def answer_of(self, request: Request, secret: str) -> HttpResponse:
        checked_query(PageQuery, request.query_params)
        saved, self.owner = read_feed(secret)
        answer = self.answer_with(request, query_of(saved))
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer


class SavedAtomView(SavedFeedView):
    form = ATOM_FORM

    @extend_schema(
        operation_id="saved_feeds_atom",
        summary="A saved search as Atom, by its secret address",
        description=FEED_DESCRIPTION,
        parameters=[PageQuery, IF_NONE_MATCH],
        responses={(200, ATOM_TYPE): OpenApiTypes.STR, 304: UNCHANGED},
    )
    def get(self, request: Request, secret: str) -> HttpResponse:
        return self.answer_of(request, secret)


class SavedMediaRssView(SavedFeedView):
    form = RSS_FORM

    @extend_schema(
        operation_id="saved_feeds_mrss",
        summary="A saved search as Media RSS, by its secret address",
        description=FEED_DESCRIPTION,
        parameters=[PageQuery, IF_NONE_MATCH],
        responses={(200, RSS_TYPE): OpenApiTypes.STR, 304: UNCHANGED},
    )
    def get(self, request: Request, secret: str) -> HttpResponse:
        return self.answer_of(request, secret)
