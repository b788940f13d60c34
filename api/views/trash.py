"""Deleting, taking back, and what must be kept."""

from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import NewestFirst
from api.serializers.base import checked, checked_query, find_agency
from api.serializers.inputs import DeleteIn, Empty, ReasonIn, TrashQuery
from api.serializers.outputs import AssetDetail, TrashItem
from api.trash_presenters import for_trash, trash_item
from api.views.assets import answer_detail
from api.views.base import IF_MATCH, ActorView, SignedInView, page
from api.views.etags import wanted_revision
from assets.models import Asset
from assets.usecases.assets_delete import delete_asset
from assets.usecases.assets_hold import hold_asset, lift_hold
from assets.usecases.assets_undelete import undelete_asset
from permissions.actor import Actor


class AssetDeleteView(ActorView):
    @extend_schema(
        operation_id="assets_delete",
        summary="Put into the trash",
        description="What is published is withdrawn first. It can be taken back until `purged_after`.",
        parameters=[IF_MATCH],
        request=DeleteIn,
        responses={200: TrashItem, 412: OpenApiResponse(description="`precondition_failed`")},
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        values = checked(DeleteIn, request.data)
        delete_asset(asset_id=asset_id, by=self.actor, revision=wanted_revision(request), **values)
        return _answer_in_trash(self.actor, asset_id)


class AssetUndeleteView(ActorView):
    @extend_schema(
        operation_id="assets_undelete", summary="Take out of the trash", request=Empty, responses=AssetDetail
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        checked(Empty, request.data)
        undelete_asset(asset_id=asset_id, by=self.actor)
        return answer_detail(self.actor, asset_id)


class AssetHoldView(ActorView):
    @extend_schema(
        operation_id="assets_hold",
        summary="Place a legal hold",
        description="Also on what lies in the trash. It is neither deleted nor purged until the hold is lifted.",
        request=ReasonIn,
        responses={204: OpenApiResponse(description="It is held.")},
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        hold_asset(asset_id=asset_id, by=self.actor, **checked(ReasonIn, request.data))
        return Response(status=204)


class AssetLiftHoldView(ActorView):
    @extend_schema(
        operation_id="assets_lift_hold",
        summary="Lift the legal hold",
        request=ReasonIn,
        responses={204: OpenApiResponse(description="It is not held any more.")},
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        lift_hold(asset_id=asset_id, by=self.actor, **checked(ReasonIn, request.data))
        return Response(status=204)


class TrashView(SignedInView):
    queryset = Asset.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="trash_list",
        summary="What lies in the trash and you could take back",
        parameters=[TrashQuery],
        responses=TrashItem(many=True),
    )
    def get(self, request: Request) -> Response:
        query = checked_query(TrashQuery, request.query_params)
        rows = for_trash(Asset.objects.trashed_for(self.actor))
        if "agency" in query:
            rows = rows.filter(agency__path__startswith=find_agency(self.actor, query["agency"]).path)
        return page(self, rows, lambda asset: TrashItem(trash_item(self.actor, asset)).data)


def _answer_in_trash(actor: Actor, asset_id: UUID) -> Response:
    asset = for_trash(Asset.objects.filter(pk=asset_id)).get()
    return Response(TrashItem(trash_item(actor, asset)).data)
