from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.conditional import holds
from api.negotiation import OneAnswer
from api.pagination import NewestFirst
from api.presenters import asset_summary, best_text, for_lists
from api.serializers.base import checked_query
from api.serializers.inputs import ArticleQuery, PageQuery
from api.serializers.outputs import AssetSummary
from api.territory import territory_of
from api.views.base import IF_NONE_MATCH, ActorView, page
from assets.access import get_visible
from assets.articles.delivering import Article, article_etag, article_html, article_text, read_article
from assets.articles.ninjs import article_ninjs
from assets.models import Asset, AssetText
from assets.states import Kind
from permissions.actor import Actor
from permissions.errors import NotFound


def load_article(actor: Actor, asset_id: UUID, *, language: str | None, territory: str | None = None) -> Article:
    """The article in this language, or in the best there is, as this reader may see it now."""
    rows = Asset.objects.visible_to(actor).with_policy_facts().prefetch_related("texts")
    asset = rows.filter(pk=asset_id).first() or get_visible(actor, asset_id)
    if asset.kind != Kind.ARTICLE:
        raise NotFound("This is not an article.")
    return read_article(asset, _text(asset, language), reader=actor, territory=territory)


def _text(asset: Asset, language: str | None) -> AssetText:
    text = best_text(asset)
    if language is not None:
        text = next((text for text in asset.texts.all() if text.language == language), None)
    if text is None:
        raise NotFound("The article has no text in this language.")
    return text


class ArticleView(ActorView):
    content_negotiation_class = OneAnswer

    @extend_schema(
        operation_id="assets_article",
        summary="An article to show: HTML, plain text or ninjs 2.1",
        description="Each work that the article shows is judged for you at this moment: a withdrawn one is a notice, "
        "one that you may not see is left out. The ETag changes when a work changes.",
        parameters=[ArticleQuery, IF_NONE_MATCH],
        responses={
            (200, "text/html"): OpenApiTypes.STR,
            (200, "text/plain"): OpenApiTypes.STR,
            (200, "application/json"): OpenApiTypes.OBJECT,
            304: OpenApiResponse(description="What you have still holds."),
        },
    )
    def get(self, request: Request, asset_id: UUID) -> HttpResponseBase:
        query = checked_query(ArticleQuery, request.query_params)
        article = load_article(self.actor, asset_id, language=query.get("language"), territory=territory_of(request))
        etag = article_etag(article, form=query["format"])
        answer: HttpResponse
        if holds(request.headers.get("If-None-Match", ""), etag):
            answer = HttpResponse(status=304)
        elif query["format"] == "ninjs":
            answer = JsonResponse(article_ninjs(article), json_dumps_params={"ensure_ascii": False})
        elif query["format"] == "text":
            answer = HttpResponse(article_text(article), content_type="text/plain; charset=utf-8")
        else:
            answer = HttpResponse(article_html(article), content_type="text/html; charset=utf-8")
        answer.headers["ETag"] = etag
        answer.headers["Content-Language"] = article.language
        return answer


class UsedInView(ActorView):
    queryset = Asset.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="assets_used_in",
        summary="The articles that show this work, as far as you may see them",
        parameters=[PageQuery],
        responses=AssetSummary(many=True),
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        checked_query(PageQuery, request.query_params)
        asset = get_visible(self.actor, asset_id)
        shown = asset.used_in.values("article_id")
        rows = for_lists(Asset.objects.visible_to(self.actor)).filter(pk__in=shown)
        territory = territory_of(request)
        return page(self, rows, lambda row: AssetSummary(asset_summary(self.actor, row, territory=territory)).data)
