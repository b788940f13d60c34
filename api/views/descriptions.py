"""One work in the forms that other systems read: ninjs for newsrooms, JSON-LD for machines that read the web."""

import hashlib
import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from api.conditional import holds
from api.described import Described, describe
from api.jsonld import json_ld
from api.negotiation import OneAnswer
from api.ninjs import ninjs
from api.presenters import for_lists
from api.serializers.base import checked_query
from api.serializers.inputs import DescriptionQuery
from api.territory import territory_of
from api.views.articles import load_article
from api.views.base import IF_NONE_MATCH, ActorView
from assets.access import get_visible
from assets.articles.delivering import Article, article_etag
from assets.models import Asset
from assets.states import Kind
from assets.tables import table_behind
from assets.uses.counting import count_read

JSON_LD = "application/ld+json"
UNCHANGED = OpenApiResponse(description="What you have still holds.")
SIGNED_IN = frozenset({"href", "bodies"})
"""Names below which addresses stand whose signatures differ each time. An article's own ETag holds its bodies."""


class DescriptionView(ActorView):
    content_negotiation_class = OneAnswer

    def described(self, request: Request, asset_id: UUID, *, lasting: bool) -> tuple[Described, Article | None]:
        """The work, and its body if it is an article, as this reader may see them now; or ``NotFound``."""
        language = checked_query(DescriptionQuery, request.query_params).get("language")
        territory = territory_of(request)
        rows = for_lists(Asset.objects.visible_to(self.actor))
        asset = rows.filter(pk=asset_id).first() or get_visible(self.actor, asset_id)
        work = describe(self.actor, asset, language=language, territory=territory, lasting=lasting)
        count_read(asset_id, self.actor)
        if asset.kind != Kind.ARTICLE:
            return work, None
        return work, load_article(self.actor, asset_id, language=work.code, territory=territory)

    def answer(
        self, request: Request, body: dict[str, Any], *, work: Described, article: Article | None, media_type: str
    ) -> HttpResponse:
        """The body, or 304 for who has it."""
        etag = _etag(body, work, article)
        held = holds(request.headers.get("If-None-Match", ""), etag)
        said = b"" if held else json.dumps(body, ensure_ascii=False).encode()
        answer = HttpResponse(said, status=304 if held else 200, content_type=media_type)
        answer.headers["ETag"] = etag
        answer.headers["Content-Language"] = work.language
        return answer


class NinjsView(DescriptionView):
    @extend_schema(
        operation_id="assets_ninjs",
        summary="A work of any kind as ninjs 3.0",
        description="In one language; the files that you may take away are its `renditions`, with addresses that end "
        "unless the work is public, the works that an article shows its `associations`.",
        parameters=[DescriptionQuery, IF_NONE_MATCH],
        responses={(200, "application/json"): OpenApiTypes.OBJECT, 304: UNCHANGED},
    )
    def get(self, request: Request, asset_id: UUID) -> HttpResponse:
        work, article = self.described(request, asset_id, lasting=False)
        return self.answer(request, ninjs(work, article), work=work, article=article, media_type="application/json")


class JsonLdView(DescriptionView):
    @extend_schema(
        operation_id="assets_jsonld",
        summary="A work of any kind as JSON-LD in the words of schema.org",
        description="In one language; files are named where everybody may fetch them, as such descriptions are kept.",
        parameters=[DescriptionQuery, IF_NONE_MATCH],
        responses={(200, JSON_LD): OpenApiTypes.OBJECT, 304: UNCHANGED},
    )
    def get(self, request: Request, asset_id: UUID) -> HttpResponse:
        work, article = self.described(request, asset_id, lasting=True)
        table = table_behind(work.asset)
        body = json_ld(work, article=article, table=table)
        return self.answer(request, body, work=work, article=article, media_type=JSON_LD)


def _etag(body: dict[str, Any], work: Described, article: Article | None) -> str:
    """Changes with all that is said, with each half of the life of signed addresses, and with an article's works."""
    step = int(work.asset.database_now.timestamp() // max(1, settings.MEDIA_URL_LIFETIME.total_seconds() / 2))
    parts = [
        step if work.signed else None,
        article_etag(article, form="ninjs") if article else None,
        _unsigned(body) if work.signed or article else body,
    ]
    return f'"{hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:32]}"'


def _unsigned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unsigned(item) for name, item in value.items() if name not in SIGNED_IN}
    return [_unsigned(item) for item in value] if isinstance(value, list) else value
