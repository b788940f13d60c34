"""Searching the assets: pages of hits, counts, and what is offered while somebody types."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from api.bulk import summaries
from api.pagination import NewestFirst
from api.serializers.base import checked_query
from api.serializers.outputs import FacetsOut, SuggestionsOut
from api.serializers.search import FilterQuery, SuggestionsQuery, search_query
from api.shaping import Shape
from api.views.base import ActorView
from assets.lists.listed import listed
from assets.search import facets, search, suggestions
from assets.search.highlighting import highlights
from assets.search.query import SearchQuery
from assets.search.query_language import parse

LIST_DESCRIPTION = (
    "Every word of `search` has to be there, diacritics and case ignored; what is written with the same diacritics "
    "comes first. Where words that nothing says find nothing, the hits are for `did_you_mean`. A search is read "
    "forwards: `previous` is null then."
)


class AssetPages(NewestFirst):
    """With what was meant."""

    def get_paginated_response(self, data: Any) -> Response:
        answer = super().get_paginated_response(data)
        answer.data["did_you_mean"] = None
        return answer

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        answer = super().get_paginated_response_schema(schema)
        answer["required"].append("did_you_mean")
        answer["properties"]["did_you_mean"] = {
            "type": ["string", "null"],
            "description": "What the results are for, where the words that were asked for found nothing.",
        }
        return answer


def found_page(
    view: ActorView,
    query: SearchQuery,
    *,
    cursor: str | None,
    size: int | None,
    territory: str | None,
    shape: Shape,
) -> Response:
    """A page of hits. What is not visible any more when it is to be shown is not shown."""
    answer = search(actor=view.actor, query=query, size=size or AssetPages.page_size, after=cursor)
    found, parsed = listed(view.actor, [hit.asset_id for hit in answer.hits]), parse(answer.searched)
    marked = {work.id: {"highlights": highlights(work.texts, parsed)} for work in found}
    results = summaries(view.actor, found, shape=shape, territory=territory, more=marked)
    return Response(
        {
            "next": _next(view.request, answer.next, answer.searched),
            "previous": None,
            "results": results,
            "did_you_mean": answer.did_you_mean,
        }
    )


def _next(request: Request, cursor: str | None, words: str) -> str | None:
    if cursor is None:
        return None
    address = replace_query_param(request.build_absolute_uri(), "cursor", cursor)
    return str(replace_query_param(address, "search", words) if words else address)


class FacetsView(ActorView):
    @extend_schema(
        operation_id="assets_facets",
        summary="How much of what a search finds is of which kind, state, audience, language, licence, agency, colour",
        description="Exact up to 1000, and `more` above. Of agencies and licences, those of the newest hits.",
        parameters=[FilterQuery],
        responses=FacetsOut,
    )
    def get(self, request: Request) -> Response:
        asked = checked_query(FilterQuery, request.query_params)
        counted = facets(actor=self.actor, query=search_query(self.actor, asked))
        return Response(
            {
                "total": {"count": counted.total.count, "more": counted.total.more},
                "facets": {
                    name: [{"value": one.value, "count": one.count, "more": one.more} for one in values]
                    for name, values in counted.counts.items()
                },
            }
        )


class SuggestionsView(ActorView):
    @extend_schema(
        operation_id="assets_suggestions",
        summary="Words, names, places and keywords that begin so, of what you may see",
        parameters=[SuggestionsQuery],
        responses=SuggestionsOut,
    )
    def get(self, request: Request) -> Response:
        asked = checked_query(SuggestionsQuery, request.query_params)
        found = suggestions(actor=self.actor, prefix=asked["prefix"], size=asked.get("size", 8))
        return Response({"suggestions": list(found)})
