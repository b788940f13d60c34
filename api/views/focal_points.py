from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.presenters import focal_point_out, for_lists, renditions_of
from api.serializers.base import checked
from api.serializers.inputs import FocalPointIn
from api.serializers.outputs import FocalPointOut
from api.territory import territory_of
from api.views.base import IF_MATCH, ActorView
from api.views.etags import wanted_revision
from assets.access import not_visible
from assets.focal_points import has_focal_point, is_waiting
from assets.models import Asset
from assets.profiles import is_crop
from assets.usecases.focal_points_set import set_focal_point
from permissions.actor import Actor
from permissions.errors import NotFound


def answer(actor: Actor, asset_id: UUID, *, territory: str | None) -> dict[str, Any]:
    asset = for_lists(Asset.objects.visible_to(actor)).filter(pk=asset_id).first()
    if asset is None:
        raise not_visible()
    version = asset.current_version
    if version is None or not has_focal_point(asset):
        raise NotFound("Only a photo has a focal point.")
    crops = [row for row in renditions_of(actor, asset, territory=territory) if is_crop(row["profile"])]
    said = {"focal_point": focal_point_out(version), "crops": crops, "waiting": is_waiting(version)}
    return FocalPointOut(said | {"revision": asset.revision}).data


class FocalPointView(ActorView):
    @extend_schema(
        operation_id="assets_focal_point_get",
        summary="Where the subject of a photo is, and the crops around it",
        responses=FocalPointOut,
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        return Response(answer(self.actor, asset_id, territory=territory_of(request)))

    @extend_schema(
        operation_id="assets_focal_point_set",
        summary="Say where the subject of a photo is",
        description="The crops are made anew soon after; until then `waiting` is true. Other renditions stay.",
        parameters=[IF_MATCH],
        request=FocalPointIn,
        responses=FocalPointOut,
    )
    def put(self, request: Request, asset_id: UUID) -> Response:
        values = checked(FocalPointIn, request.data)
        point = values["x"], values["y"]
        set_focal_point(asset_id=asset_id, by=self.actor, point=point, revision=wanted_revision(request))
        return Response(answer(self.actor, asset_id, territory=territory_of(request)))

    @extend_schema(
        operation_id="assets_focal_point_delete",
        summary="Leave it to the guess again",
        parameters=[IF_MATCH],
        responses={200: FocalPointOut},
    )
    def delete(self, request: Request, asset_id: UUID) -> Response:
        set_focal_point(asset_id=asset_id, by=self.actor, point=None, revision=wanted_revision(request))
        return Response(answer(self.actor, asset_id, territory=territory_of(request)))
