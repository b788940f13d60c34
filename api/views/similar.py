"""The pictures that look like one."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.listed_presenters import summary_of
from api.serializers.base import checked_query
from api.serializers.similar import SimilarAssets, SimilarQuery
from api.territory import territory_of
from api.views.base import ActorView
from assets.access import get_visible
from assets.lists.listed import listed
from assets.similar import neighbours


class SimilarView(ActorView):
    @extend_schema(
        operation_id="assets_similar",
        summary="The pictures that look like this one, of those that you may see",
        description="By a perceptual hash, the nearest first: other sizes, crops of a little, other colours and"
        " compression of the same picture. Nothing of works without a picture, and of pictures too flat to be told"
        " apart.",
        parameters=[SimilarQuery],
        responses=SimilarAssets,
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        asked = checked_query(SimilarQuery, request.query_params)
        asset = get_visible(self.actor, asset_id)
        near = neighbours(actor=self.actor, asset=asset, size=asked["size"], within=asked["within"])
        territory = territory_of(request)
        distances = {one.asset_id: one.distance for one in near}
        said = [
            summary_of(self.actor, work, territory=territory) | {"distance": distances[work.id]}
            for work in listed(self.actor, list(distances))
        ]
        return Response(SimilarAssets({"results": said}).data)
