"""A picture in the size, the cut and the file type that somebody asks for."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.negotiation import OneAnswer
from api.serializers.base import checked_query
from api.serializers.images import ImageQuery
from api.statements import USAGE_STATEMENT, statement_of
from api.territory import territory_of
from api.views.base import ActorView
from assets.access import get_visible
from assets.on_demand.asking import sized_address
from assets.states import Fit, PictureFormat
from assets.usecases.downloads_admit import Taking, admit_downloads
from assets.uses.counting import count_download

LOCATION = OpenApiParameter(
    "Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[303], description="Where the picture is."
)


class AssetImageView(ActorView):
    content_negotiation_class = OneAnswer  # `format` is of the picture

    @extend_schema(
        operation_id="assets_image",
        summary="A picture in another size, cut or file type",
        description="Leads to a signed address that lives as long as those of downloads; the picture is made when that "
        "is fetched first. Sides are rounded up to a multiple of 20 up to 640, of 40 up to 1280 and of 80 up to 2560 "
        "pixels. Nothing is enlarged. `cover` cuts around the focal point. Ask again rather than keep the address: a "
        "correction, and whatever limits the work anew, ends it; after a withdrawal it answers 410. It answers 503 "
        "`pictures_busy` with Retry-After while as many pictures are being made as may be.",
        parameters=[ImageQuery, USAGE_STATEMENT, LOCATION],
        responses={
            303: OpenApiResponse(description="The address is in Location."),
            409: OpenApiResponse(description="`not_a_picture`: only photos and infographics have other sizes."),
        },
    )
    def get(self, request: Request, asset_id: UUID) -> HttpResponse:
        query: dict[str, Any] = checked_query(ImageQuery, request.query_params)
        asset = get_visible(self.actor, asset_id)
        found, address = sized_address(
            asset,
            self.actor,
            width=query.get("width"),
            height=query.get("height"),
            fit=Fit(query["fit"]),
            picture_format=PictureFormat(query["format"]),
            territory=territory_of(request),
        )
        taking = Taking(asset_id=asset_id, agency_path=asset.agency.path, file=found.name)
        admit_downloads([taking], by=self.actor, statement=statement_of(request))
        count_download(asset_id, self.actor)
        return Response(status=303, headers={"Location": address.url, "Cache-Control": "private, no-store"})
