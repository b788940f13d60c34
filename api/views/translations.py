from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import NewestFirst
from api.presenters import asset_summary, for_lists
from api.serializers.base import checked_query, find_agency
from api.serializers.inputs import TranslationQuery
from api.serializers.outputs import TranslationOut
from api.territory import territory_of
from api.views.base import SignedInView, page
from assets.models import Asset
from assets.translations import to_translate, work_of


class TranslationsView(SignedInView):
    queryset = Asset.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="translations_list",
        summary="What you may edit and what lacks a translation, or has one that nobody stands for",
        parameters=[TranslationQuery],
        responses=TranslationOut(many=True),
    )
    def get(self, request: Request) -> Response:
        query = checked_query(TranslationQuery, request.query_params)
        language = query["language"]
        agency = find_agency(self.actor, query["agency"]) if "agency" in query else None
        rows = to_translate(self.actor, language=language, shown=for_lists, work=query.get("state"), agency=agency)

        territory = territory_of(request)

        def present(asset: Asset) -> dict[str, Any]:
            text = next((text for text in asset.texts.all() if text.language == language), None)
            original = next(text for text in asset.texts.all() if text.language == asset.original_language)
            return TranslationOut(
                {
                    "asset": asset_summary(self.actor, asset, territory=territory),
                    "language": language,
                    "state": work_of(asset, language),
                    "original_language": asset.original_language,
                    "original_revision": original.revision,
                    "source_revision": text.source_revision if text else None,
                }
            ).data

        return page(self, rows, present)
